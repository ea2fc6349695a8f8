"""Books what models used for a turn, also those that failed or were stopped.

Written before the turn's own record: a run whose record is refused, because a newer attempt owns the turn,
has cost the tenant money all the same.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sahut.domain.budget import nano_usd
from sahut.domain.spending import Account, Usage
from sahut.domain.tenant import TurnRef
from sahut.ports.spending import SpendingBook
from sahut.stages.candidates import Attempt


@dataclass(frozen=True, slots=True)
class Booking:
    """new_id: names a run. booked: is told whose day has more on it now."""

    book: SpendingBook
    booked: Callable[[TurnRef], None]
    clock: Callable[[], float]
    new_id: Callable[[], str]


def spend(turn: TurnRef, agent: str, attempts: Mapping[str, Sequence[Attempt]], needs: Booking) -> None:
    """Books one run's attempts, by scenario. Those that used no tokens cost nothing."""
    usage: dict[Account, Usage] = {}
    for scenario, tried in attempts.items():
        for each in tried:
            if each.tokens_in or each.tokens_out:
                account = Account(agent, scenario, each.candidate)
                usage[account] = usage.get(account, Usage()) + _usage(each)
    if usage:
        needs.book.add(turn, needs.new_id(), usage, needs.clock())
        needs.booked(turn)


def _usage(attempt: Attempt) -> Usage:
    return Usage(attempt.calls, attempt.tokens_in, attempt.tokens_out, nano_usd(attempt.price_usd))
