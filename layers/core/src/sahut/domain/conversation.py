"""A conversation: who has it, how far it is, and what may be said in it now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sahut.domain.message import Channel, Contact
from sahut.domain.tenant import ConversationRef
from sahut.domain.tool_use import Pending

# Meta's customer service window and our session end after the same silence (FACTS §3, DESIGN §4).
WINDOW_S = 24 * 3600.0
SESSION_SILENCE_S = 24 * 3600.0

# A web chat tells every 2 s that its visitor types; one cue may get lost.
TYPING_S = 4.0


class Owner(StrEnum):
    """MACHINE may answer. WAITING: only reserved notices go out. PERSON: nothing automatic does."""

    MACHINE = "machine"
    WAITING = "waiting"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Conversation:
    """The head of a conversation, as stored.

    epoch: number of the newest dispatch attempt; writes of older ones are refused.
    inbound_seq: raised by messages that start turns and by changes to claimed ones: an answer
        written for a lower number is stale.
    line_seq: last used position of the timeline.
    claimed_line: every turn-starting message at or before this position is claimed.
    watermark: messages at or before this position are never answered by the machine.
    open_turn_id: the turn being worked on, '' for none. open_turn_live: how many of its messages
        were not revoked.
    ticket_id: the open ticket (= its turn's id), '' for none.
    typing_at: when a web chat last told that its visitor is typing.
    summary: of what was said up to the line summary_until, for models; '' for none.
    pending: what the customer was asked to confirm, None for nothing.
    in_flight: part id → seconds since the epoch until which a send may still reach the channel.
    """

    ref: ConversationRef
    channel: Channel
    channel_key: str
    contact: Contact
    owner: Owner = Owner.MACHINE
    epoch: int = 0
    inbound_seq: int = 0
    line_seq: int = 0
    claimed_line: int = 0
    watermark: int = 0
    open_turn_id: str = ""
    open_turn_live: int = 0
    ticket_id: str = ""
    last_customer_at: float = 0.0
    session_started_at: float = 0.0
    disclosed_at: float = 0.0
    language: str = ""
    typing_at: float = 0.0
    summary: str = ""
    summary_until: int = 0
    pending: Pending | None = None
    in_flight: Mapping[str, float] = field(default_factory=dict)

    def still_typing(self, now: float) -> bool:
        return now - self.typing_at < TYPING_S

    def window_open(self, now: float) -> bool:
        """Whether free-form text may be sent; webchat has no window."""
        return self.channel is not Channel.WHATSAPP or now - self.last_customer_at < WINDOW_S

    @property
    def must_disclose(self) -> bool:
        """Whether the next machine reply must say that it is a machine (once per session)."""
        return self.disclosed_at < self.session_started_at


def session_start(previous_at: float, started_at: float, now: float) -> float:
    """When the session that a message at `now` belongs to began: silence of 24 h ends the last."""
    if not previous_at or now - previous_at > SESSION_SILENCE_S:
        return now
    return started_at
