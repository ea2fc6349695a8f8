"""Routes for people and backends: list conversations, take over, write, release."""

from __future__ import annotations

from typing import Annotated, Literal

from sahut.adapters.dynamodb.registry import ApiKey
from sahut.contracts.chat import (
    ConversationDetail,
    ConversationList,
    ConversationView,
    OwnerChange,
    PersonMessage,
    PersonMessageResult,
)
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import PartState
from sahut.runtime.api_keys import AsBackend, name_of
from sahut.runtime.bootstrap import composition, needs_of
from sahut.runtime.chat_routes import view_of
from sahut.runtime.lean_fastapi import APIRouter, Header, Path, Query
from sahut.stages import operate
from sahut.stages.webchat import visible

router = APIRouter(prefix="/v1/conversations", tags=["people"])


ConversationId = Annotated[str, Path(max_length=80)]


@router.get("")
def list_conversations(
    key: AsBackend,
    owner: Annotated[Literal["machine", "waiting", "person"], Query()] = "waiting",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> ConversationList:
    """Conversations by who has them, the latest change first."""
    made = composition()
    refs = made.inbox.list(key.tenant, Owner(owner), limit)
    heads = [made.turns.conversation(ref) for ref in refs]
    return ConversationList(conversations=[_view(head) for head in heads])


@router.get("/{conversation_id}")
def get_conversation(
    conversation_id: ConversationId, key: AsBackend, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> ConversationDetail:
    """One conversation with its newest messages, oldest first."""
    turns = composition().turns
    ref = ConversationRef(key.tenant, conversation_id)
    head = turns.conversation(ref)
    lines = turns.last_lines(ref, limit)
    messages = [view_of(line, key.tenant) for line in lines if visible(line)]
    return ConversationDetail(**_view(head).model_dump(), messages=messages)


@router.post("/{conversation_id}/take-over")
def take_over(
    conversation_id: ConversationId, key: AsBackend, change: OwnerChange | None = None
) -> ConversationView:
    """A person takes the conversation. After this 200 the channel accepts nothing of the machine's."""
    ref = ConversationRef(key.tenant, conversation_id)
    head = operate.take_over(ref, _by(key, change), needs_of("operate"))
    return _view(head)


@router.post("/{conversation_id}/release")
def release(
    conversation_id: ConversationId, key: AsBackend, change: OwnerChange | None = None
) -> ConversationView:
    """Gives the conversation back to the machine, which answers only what comes from now on."""
    ref = ConversationRef(key.tenant, conversation_id)
    return _view(operate.release(ref, _by(key, change), needs_of("operate")))


@router.post("/{conversation_id}/messages")
def write(
    conversation_id: ConversationId,
    message: PersonMessage,
    key: AsBackend,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=200)],
) -> PersonMessageResult:
    """Sends a person's words. The same `Idempotency-Key` is the same message."""
    ref = ConversationRef(key.tenant, conversation_id)
    message_id, state = operate.say(ref, message.text, idempotency_key, needs_of("operate"))
    return PersonMessageResult(message_id=message_id, state="sent" if state is PartState.SENT else "unknown")


def _reason(head: Conversation) -> str:
    """Why a person is needed, as the turn that opened the ticket says."""
    if not head.ticket_id:
        return ""
    return composition().turns.turn(TurnRef(head.ref, head.ticket_id)).reason


def _by(key: ApiKey, change: OwnerChange | None) -> str:
    return name_of(key, change.by if change else "")


def _view(head: Conversation) -> ConversationView:
    now = composition().clock()
    return ConversationView(
        conversation_id=head.ref.conversation_id,
        channel=head.channel.value,
        owner=head.owner.value,
        ticket_id=head.ticket_id,
        reason=_reason(head),
        last_customer_at=head.last_customer_at,
        window_open=head.window_open(now),
        in_flight=operate.still_in_flight(head, now),
    )
