"""A turn: one burst of messages and the one outcome it gets. Its record is the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sahut.domain.answer import Citation, FoundPassage
from sahut.domain.message import Media, MessageKind
from sahut.domain.tenant import TurnRef
from sahut.domain.tool_use import ToolUse

# DESIGN §1: at most two supersedes, or 20 s after the first claim, whichever comes first.
MAX_SUPERSEDES = 2
SUPERSEDE_WITHIN_S = 20.0

# A claim is one transaction: 100 items at most, less the conversation, the turn and slack.
MAX_CLAIM = 90

NOTICE = "notice"


class TurnState(StrEnum):
    """OPEN and HANDING_OVER are work in progress, SETTLING waits for the channel's word."""

    OPEN = "open"
    HANDING_OVER = "handing_over"
    SETTLING = "settling"
    ANSWERED = "answered"
    HANDED_OVER = "handed_over"
    LEFT_TO_PERSON = "left_to_person"
    WITHDRAWN = "withdrawn"

    @property
    def final(self) -> bool:
        return self not in _IN_PROGRESS

    @property
    def needs_dispatch(self) -> bool:
        """Whether a dispatch attempt still has work to do. SETTLING has its own queue."""
        return self in (TurnState.OPEN, TurnState.HANDING_OVER)


_IN_PROGRESS = frozenset({TurnState.OPEN, TurnState.HANDING_OVER, TurnState.SETTLING})


class PartState(StrEnum):
    """READY → SENDING → SENT, or back to READY when the channel certainly refused for now.

    UNCERTAIN parts are never sent again. REFUSED and DROPPED were certainly not sent.
    """

    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text that the channel carries in one message.

    part_id: `a<round>-<n>` for answers, `notice` for the line at a hand-over.
    status_rank: the highest delivery status seen (domain.message.status_rank), 0 for none.
    failed_code: the channel's error after it had accepted the part, 0 for none.
    """

    part_id: str
    text: str
    state: PartState = PartState.READY
    order: int = 0
    provider_id: str = ""
    status_rank: int = 0
    failed_code: int = 0
    sending_since: float = 0.0
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """What the later stages need of a claimed message, as it was when it was claimed.

    heard: what a model made of its voice note or picture, '' for nothing.
    """

    line: int
    provider_id: str
    kind: MessageKind
    text: str
    media: Media | None = None
    sent_at: float = 0.0
    heard: str = ""

    @property
    def words(self) -> str:
        """What was written, and what a model heard or saw in the file."""
        return "\n".join(text for text in (self.text, self.heard) if text)


@dataclass(frozen=True, slots=True)
class Turn:
    """One burst and what became of it.

    seen_seq: the conversation's inbound_seq that this round's claim saw; a higher one means
    that something newer came. round counts from 1 and rises with each supersede. asked_back: its answer
    is a question to the customer. streaming: its answer has begun to go out and is not all there.
    enough: whether its passages are evidence. tools: what models have asked tools in this round.
    model: who wrote the answer. gave_up: which call wrote none that may be sent, and why a person gets it.
    """

    ref: TurnRef
    state: TurnState
    epoch: int
    messages: tuple[ClaimedMessage, ...]
    seen_seq: int
    first_claimed_at: float
    round: int = 1
    language: str = ""
    lane: str = ""
    smalltalk: str = ""
    parts: Mapping[str, Part] = field(default_factory=dict)
    passages: tuple[FoundPassage, ...] = ()
    evidence_score: float = 0.0
    enough: bool = True
    tools: tuple[ToolUse, ...] = ()
    kb_version: str = ""
    reason: str = ""
    ticket_id: str = ""
    asked_back: bool = False
    streaming: bool = False
    model: str = ""
    gave_up: str = ""

    @property
    def question(self) -> str:
        """The burst as the customer wrote it, one message a line."""
        return "\n".join(message.words for message in self.messages if message.words)

    def forgotten(self, watermark: int) -> bool:
        """Whether a person had the conversation and gave it back after these messages came."""
        return bool(self.messages) and max(message.line for message in self.messages) <= watermark

    @property
    def last_message_id(self) -> str:
        return self.messages[-1].provider_id if self.messages else ""

    def may_supersede(self, now: float) -> bool:
        """Whether a newer message may still restart this turn (bounds of DESIGN §1)."""
        return self.round <= MAX_SUPERSEDES and now - self.first_claimed_at <= SUPERSEDE_WITHIN_S

    @property
    def answer_parts(self) -> tuple[Part, ...]:
        """This round's answer, in sending order."""
        mine = [part for part in self.parts.values() if part.part_id.startswith(f"a{self.round}-")]
        return tuple(sorted(mine, key=lambda part: part.order))


def answer_part_id(round_: int, order: int) -> str:
    return f"a{round_}-{order}"


def callback_data(turn: TurnRef, part_id: str) -> str:
    """What travels with a sent part and comes back in its statuses (at most 512 characters)."""
    return f"{turn.conversation.conversation_id}|{turn.turn_id}|{part_id}"


def read_callback_data(text: str) -> tuple[str, str, str] | None:
    """(conversation id, turn id, part id), or None when it is not ours."""
    pieces = text.split("|")
    if len(pieces) != 3 or not all(pieces):
        return None
    return pieces[0], pieces[1], pieces[2]
