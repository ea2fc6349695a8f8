"""The book of what models have cost. One real adapter, yet a Protocol: so that stages stay free of AWS."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from sahut.domain.spending import Account, Spending, Usage
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef


class SpendingBook(Protocol):
    """Days are UTC's."""

    def add(self, turn: TurnRef, run: str, usage: Mapping[Account, Usage], now: float) -> None:
        """Books what one run of a stage used on its turn and on the tenant's day.

        All or nothing, and once, however often it is repeated with the same run.
        """
        ...

    def days(self, tenant: TenantId, first: date, last: date) -> Mapping[date, Spending]:
        """The days on which something was spent."""
        ...

    def of_conversation(self, ref: ConversationRef) -> Spending: ...

    def first_to_reach(self, tenant: TenantId, day: date, percent: int, now: float) -> bool:
        """True for one caller only, of all that ever ask for this day and share of its limit."""
        ...
