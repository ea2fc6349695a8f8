"""The web chat: visitors' words in, the timeline out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sahut.domain.conversation import Owner
from sahut.domain.message import Channel, Contact, InboundMessage, MessageKind
from sahut.domain.tenant import ConversationRef, TenantId
from sahut.ports.conversations import Inbound, Line, Stored, Turns
from sahut.ports.work import DispatchQueue
from sahut.stages.accept import job_of

# Two reads a second while somebody waits: the reply shows within half a second of being stored.
_POLL_S = 0.4


class Finds(Protocol):
    def find(self, tenant: TenantId, channel_key: str, alias: str) -> ConversationRef | None: ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who a visitor token stands for. channel_key: the public webchat key they came with."""

    tenant: TenantId
    channel_key: str
    visitor_id: str

    @property
    def contact(self) -> Contact:
        return Contact(user_id=self.visitor_id)


@dataclass(frozen=True, slots=True)
class Webchat:
    inbound: Inbound
    queue: DispatchQueue
    turns: Turns
    contacts: Finds
    clock: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Timeline:
    """lines: what came after the asked cursor. pending: a reply is being worked on."""

    lines: Sequence[Line]
    cursor: int
    owner: Owner
    pending: bool


def may_use(allowed_origins: Sequence[str], origin: str) -> bool:
    """Whether a page of this origin may use a tenant's web chat. origin: a browser's header, '' for none."""
    return origin in allowed_origins or "*" in allowed_origins


def write_message(visitor: Visitor, client_message_id: str, text: str, needs: Webchat) -> Stored:
    """Stores a visitor's message once and queues it.

    Raises:
        TryAgain: not stored or not queued; sending the same id again does no harm.
    """
    now = needs.clock()
    message = InboundMessage(
        provider_id=f"{visitor.visitor_id}:{client_message_id}",
        kind=MessageKind.TEXT,
        contact=visitor.contact,
        sent_at=now,
        text=text,
    )
    stored = needs.inbound.store(visitor.tenant, Channel.WEBCHAT, visitor.channel_key, message, now)
    if stored.needs_dispatch:
        needs.queue.put([job_of(stored)])
    return stored


def note_typing(visitor: Visitor, needs: Webchat) -> None:
    """Tells the conversation that its visitor is writing on; before the first message it is no news."""
    ref = needs.contacts.find(visitor.tenant, visitor.channel_key, f"user:{visitor.visitor_id}")
    if ref is not None:
        needs.turns.typing(ref, needs.clock())


def read_messages(visitor: Visitor, after: int, wait_s: float, needs: Webchat) -> Timeline:
    """What the conversation got since `after`; waits up to wait_s while there is nothing new."""
    until = needs.clock() + wait_s
    while True:
        ref = needs.contacts.find(visitor.tenant, visitor.channel_key, f"user:{visitor.visitor_id}")
        timeline = _timeline(ref, after, needs) if ref else Timeline((), after, Owner.MACHINE, False)
        if timeline.lines or needs.clock() >= until:
            return timeline
        needs.sleep(min(_POLL_S, max(0.0, until - needs.clock())))


def _timeline(ref: ConversationRef, after: int, needs: Webchat) -> Timeline:
    head = needs.turns.conversation(ref)
    pending = bool(head.open_turn_id)
    if head.line_seq <= min(after, head.claimed_line):
        return Timeline((), max(after, head.line_seq), head.owner, pending)
    lines = needs.turns.lines(ref, after=min(after, head.claimed_line))
    new = [line for line in lines if line.line > after and visible(line)]
    cursor = max([after, head.line_seq, *(line.line for line in lines)])
    return Timeline(new, cursor, head.owner, pending or any(_unanswered(line) for line in lines))


def _unanswered(line: Line) -> bool:
    return line.starts_turn and not line.turn_id and not line.revoked


def visible(line: Line) -> bool:
    """What belongs on a customer's or an operator's screen."""
    return bool(line.words) and not line.revoked and line.kind is not MessageKind.REACTION
