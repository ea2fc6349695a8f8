"""The memory of conversations. One real adapter (DynamoDB), yet Protocols: so that stages stay free of boto3.

Every method that takes an `epoch` raises `Outdated` when a newer dispatch attempt owns the turn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from sahut.domain.answer import FoundPassage
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.handover import HandoverReason
from sahut.domain.message import Channel, InboundMessage, MessageKind, StatusUpdate
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import Part, PartState, Turn, TurnState

# What a stage adds to the ledger: small facts, JSON-like.
Scalar: TypeAlias = bool | int | float | str | None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an inbound message. `attempt` counts how often it was (re)queued.

    needs_dispatch: whether somebody must still bring it into a final turn.
    """

    conversation: ConversationRef
    message_id: str
    line: int
    attempt: int
    needs_dispatch: bool
    duplicate: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the timeline, from the customer or to them.

    author: customer, machine, notice, person or staff_phone. revision rises with every edit.
    """

    line: int
    author: str
    kind: MessageKind
    text: str
    at: float
    provider_id: str = ""
    client_message_id: str = ""
    starts_turn: bool = False
    turn_id: str = ""
    revoked: bool = False
    revision: int = 0
    media: Mapping[str, str] = field(default_factory=dict)
    citations: tuple[Mapping[str, str], ...] = ()
    heard: str = ""

    @property
    def words(self) -> str:
        """What was written, and what a model heard or saw in the file."""
        return "\n".join(text for text in (self.text, self.heard) if text)


class Inbound(Protocol):
    """Storing what customers write: each message once."""

    def store(
        self, tenant: TenantId, channel: Channel, channel_key: str, message: InboundMessage, now: float
    ) -> Stored: ...


class Amendments(Protocol):
    """What changes a stored message or a sent part later. Everything here is idempotent."""

    def amend(self, tenant: TenantId, channel_key: str, message: InboundMessage, now: float) -> None:
        """Applies an edit or a revoke, also one that arrives before its message."""
        ...

    def link_alias(self, tenant: TenantId, channel_key: str, known: str, added: str) -> bool:
        """Lets a contact be found under another alias too; False when `known` is unknown."""
        ...

    def status(self, tenant: TenantId, channel_key: str, update: StatusUpdate) -> TurnRef | None:
        """Records a status, keeping the order; the turn whose outcome it reopens, else None."""
        ...


class Earlier(Protocol):
    """What answering reads of the conversation before a turn, and the one thing that it notes."""

    def turn(self, ref: TurnRef) -> Turn: ...

    def last_lines(self, ref: ConversationRef, limit: int) -> Sequence[Line]:
        """The newest entries, oldest first."""
        ...

    def summarised(self, ref: ConversationRef, summary: str, until_line: int) -> None:
        """Notes what was said up to `until_line`, unless a later summary is there already."""
        ...


class Turns(Earlier, Protocol):
    """What the stages of a turn read and write."""

    def conversation(self, ref: ConversationRef) -> Conversation: ...

    def both(self, ref: TurnRef) -> tuple[Conversation, Turn]: ...

    def lines(self, ref: ConversationRef, after: int, limit: int = 0) -> Sequence[Line]: ...

    def next_epoch(self, ref: ConversationRef) -> Conversation:
        """Starts a new dispatch attempt; the head as it is then."""
        ...

    def claim(self, head: Conversation, turn: Turn, lines: Sequence[Line]) -> None:
        """Makes `lines` messages of `turn` and stores it; nothing newer than `head` may have come.

        Raises:
            Conflict: something changed since `head` and `lines` were read.
        """
        ...

    def record(self, ref: TurnRef, epoch: int, saw: Mapping[str, Scalar]) -> None:
        """Adds what a stage saw and decided to the ledger."""
        ...

    def record_passages(
        self, ref: TurnRef, epoch: int, passages: Sequence[FoundPassage], ledger: Mapping[str, Scalar]
    ) -> None: ...

    def record_answer(
        self, ref: TurnRef, epoch: int, parts: Sequence[Part], ledger: Mapping[str, Scalar]
    ) -> None:
        """Stores the parts of this round's answer, before any of them is sent."""
        ...

    def finish(self, turn: Turn, epoch: int | None, state: TurnState, reason: str, now: float) -> None:
        """Ends a turn and frees the conversation for the next.

        epoch None: the caller is no dispatch attempt, and the turn is not the open one.
        """
        ...

    def open_spoken(self, turn: Turn) -> None:
        """Stores what a person says, once: repeating it changes nothing."""
        ...

    def typing(self, ref: ConversationRef, now: float) -> None:
        """Notes that the customer is writing on; *Gather the burst* waits a little for it."""
        ...

    def media_fetched(self, ref: ConversationRef, line: int, object_key: str) -> None:
        """Notes where the file of a message lies now."""
        ...


@dataclass(frozen=True, slots=True)
class Fence:
    """What must hold for a part to go out.

    epoch None: the sender is no dispatch attempt. seen_seq None: newer messages don't matter.
    until: seconds since the epoch after which the part can't reach the channel any more.
    first: no part of the answer went out yet, so not all of its messages may have been revoked.
    discloses: the part says that it comes from a machine.
    """

    owner: Owner
    epoch: int | None
    author: str
    channel_key: str
    now: float
    until: float
    seen_seq: int | None = None
    ticket_id: str = ""
    first: bool = False
    discloses: bool = False


class Sending(Protocol):
    """The only way a word gets out: fence first, then the call, then the record."""

    def fence(self, head: Conversation, turn: Turn, part: Part, fence: Fence) -> None:
        """Marks a part `sending` and puts it on the timeline.

        Raises:
            Conflict: the fence does not hold (read head and turn again to see why).
        """
        ...

    def publish(self, head: Conversation, turn: Turn, part: Part, fence: Fence, last: bool) -> Line:
        """For channels whose timeline is the channel: fenced and sent in one write; the line as stored.

        Raises:
            Conflict: as `fence`.
        """
        ...

    def stream(self, head: Conversation, turn: Turn, part: Part, fence: Fence, last: bool) -> Line:
        """As `publish`, for a part that was not stored before: an answer on its way out as it is written.

        Raises:
            Conflict: as `fence`, or the part is there already.
        """
        ...

    def sent(self, turn: Turn, part: Part, provider_id: str, fence: Fence, last: bool) -> None:
        """Records that the channel took the part; with `last` the turn is answered."""
        ...

    def not_sent(self, turn: Turn, part: Part, fence: Fence, state: PartState, code: int) -> None:
        """Records that the channel certainly did not take it: READY again, or REFUSED for good."""
        ...

    def uncertain(self, turn: Turn, part: Part, fence: Fence) -> None:
        """Records that nobody knows, and that the turn now waits for the channel's word."""
        ...


class Ownership(Protocol):
    """Who has the conversation."""

    def hand_over(
        self, head: Conversation, turn: Turn, reason: HandoverReason, notice: str, now: float
    ) -> None:
        """One write: owner `waiting`, the ticket, the reserved notice, the turn `handing_over`.

        Raises:
            Conflict: the owner or the epoch changed since `head` was read.
        """
        ...

    def take_over(self, ref: ConversationRef, now: float, by: str) -> Conversation:
        """owner = person, whatever it was; returns the head with what is still in flight."""
        ...

    def release(self, ref: ConversationRef, now: float, by: str) -> Conversation:
        """owner = machine, and the watermark advances to the last line."""
        ...
