"""Routes of what a tenant's models cost: by day, and of one conversation."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated

from sahut.contracts.costs_api import LONGEST_DAYS, CostsView, SpendingView, costs_view, spending_view
from sahut.domain.tenant import ConversationRef
from sahut.runtime.api_keys import AsBackend
from sahut.runtime.bootstrap import composition
from sahut.runtime.http_problems import HttpProblem
from sahut.runtime.lean_fastapi import APIRouter, Path, Query

router = APIRouter(prefix="/v1/costs", tags=["costs"])


@router.get("")
def get_costs(
    key: AsBackend,
    first: Annotated[date | None, Query(alias="from")] = None,
    last: Annotated[date | None, Query(alias="to")] = None,
) -> CostsView:
    """Both days included; days are UTC's, and today's without them."""
    made = composition()
    today = datetime.fromtimestamp(made.clock(), UTC).date()
    until = last or today
    since = first or until
    if not 0 <= (until - since).days < LONGEST_DAYS:
        raise HttpProblem(422, "No span of days", f"`from` to `to`, at most {LONGEST_DAYS} days")
    return costs_view(made.spending.days(key.tenant, since, until))


@router.get("/conversations/{conversation_id}")
def get_conversation_costs(
    key: AsBackend, conversation_id: Annotated[str, Path(max_length=80)]
) -> SpendingView:
    """Since the conversation began."""
    made = composition()
    ref = ConversationRef(key.tenant, conversation_id)
    made.turns.conversation(ref)  # there is none: not found
    return spending_view(made.spending.of_conversation(ref))
