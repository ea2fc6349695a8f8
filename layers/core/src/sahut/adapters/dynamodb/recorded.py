"""Turns as they were recorded, for replay: read conversation by conversation, changed by nobody."""

from __future__ import annotations

from collections.abc import Iterator

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.records import turn_from
from sahut.adapters.dynamodb.table import Tables
from sahut.adapters.dynamodb.wire import Item, float_of, text_of
from sahut.domain.conversation import Owner
from sahut.domain.lane import Lane
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import Turn, TurnState
from sahut.ports.recorded import Recorded, Seen, documents_of


class RecordedTurnStore:
    """See `sahut.ports.recorded.RecordedTurns`."""

    def __init__(self, tables: Tables, conversations: str) -> None:
        self._tables = tables
        self._conversations = conversations

    def since(self, tenant: TenantId, at: float) -> Iterator[Recorded]:
        for owner in Owner:
            partition = keys.inbox(tenant, owner.value)
            for head in self._tables.query_index(self._conversations, "inbox", "inbox_pk", partition):
                if float_of(head, "last_customer_at") >= at:
                    yield from self._of(ConversationRef(tenant, text_of(head, "conversation_id")), at)

    def _of(self, ref: ConversationRef, at: float) -> Iterator[Recorded]:
        first, last = keys.turn(TurnRef(ref, "0")), keys.turn(TurnRef(ref, "~"))
        for item in self._tables.query(self._conversations, first.pk, first.sk, last.sk):
            turn = turn_from(TurnRef(ref, text_of(item, "turn_id")), item)
            if turn.first_claimed_at >= at and turn.lane == Lane.ANSWER.value and turn.state.final:
                yield Recorded(turn, _seen(turn, item), text_of(item, "query"))


def _seen(turn: Turn, item: Item) -> Seen:
    answered = turn.state is TurnState.ANSWERED
    parts = turn.answer_parts if answered else ()
    kind = "asked_back" if turn.asked_back else "answered"
    return Seen(
        outcome=kind if answered else turn.state.value,
        reason="" if answered else turn.reason,
        text=text_of(item, "answer") if answered else "",
        documents=documents_of([citation for part in parts for citation in part.citations]),
        model=text_of(item, "model"),
        price_usd=float_of(item, "price_usd"),
        confidence=float_of(item, "confidence"),
        kb_version=turn.kb_version,
    )
