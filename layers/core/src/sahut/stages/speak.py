"""One part to the channel: fence, call, record. The only place where anything is said.

Answers, notices and a person's words all come through here; what differs is the fence.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sahut.domain.conversation import Conversation
from sahut.domain.errors import ChannelRefused, TryAgain, Uncertain
from sahut.domain.graph_errors import GraphOutcome, outcome_of
from sahut.domain.message import Channel
from sahut.domain.turn import Part, PartState, Turn, callback_data
from sahut.ports.channel import ChannelSender, SendRequest
from sahut.ports.conversations import Fence, Line, Sending

# The call must begin this soon after the fence, or it does not begin at all: a take-over waits
# for the HTTP time-out plus this (DESIGN §1).
CALL_BEGINS_WITHIN_S = 1.0


class Live(Protocol):
    """Best effort: what is not shown now, a client reads later by its line."""

    def message(self, head: Conversation, line: Line, pending: bool) -> None:
        """pending: more of the same reply follows."""
        ...

    def owner(self, head: Conversation) -> None: ...


@dataclass(frozen=True, slots=True)
class Voice:
    """What speaking needs. http_timeout_s bounds one call. alert: tells the tenant (code, title).

    live: shows a published line to browsers that are connected now, and raises nothing.
    """

    sending: Sending
    sender_of: Callable[[Conversation], ChannelSender]
    alert: Callable[[Conversation, int, str], None]
    clock: Callable[[], float]
    http_timeout_s: float
    live: Live

    def until(self) -> float:
        """When a part that is fenced now can't reach the channel any more."""
        return self.clock() + CALL_BEGINS_WITHIN_S + self.http_timeout_s


@dataclass(frozen=True, slots=True)
class Spoken:
    """sent: the channel took it. uncertain: nobody knows. Neither: refused with `code` for good."""

    sent: bool
    uncertain: bool = False
    code: int = 0


def speak(head: Conversation, turn: Turn, part: Part, fence: Fence, last: bool, voice: Voice) -> Spoken:
    """Sends one part.

    Raises:
        Conflict: the fence does not hold; nothing was sent.
        TryAgain: certainly not sent, the part is ready again.
        Outdated: a newer attempt took the turn between the fence and the record.
    """
    if head.channel is Channel.WEBCHAT:
        line = voice.sending.publish(head, turn, part, fence, last)
        is_answer = fence.epoch is not None
        voice.live.message(head, line, pending=is_answer and not last)
        return Spoken(sent=True)
    voice.sending.fence(head, turn, part, fence)
    request = SendRequest(
        channel_key=head.channel_key,
        contact=head.contact,
        text=part.text,
        callback_data=callback_data(turn.ref, part.part_id),
        deadline=fence.now + CALL_BEGINS_WITHIN_S,
    )
    try:
        provider_id = voice.sender_of(head).send(request)
    except Uncertain:
        return Spoken(sent=False, uncertain=True)
    except ChannelRefused as error:
        return _refused(head, turn, part, fence, error, voice)
    except TryAgain:
        voice.sending.not_sent(turn, part, fence, PartState.READY, 0)
        raise
    voice.sending.sent(turn, part, provider_id, fence, last)
    return Spoken(sent=True)


def _refused(
    head: Conversation, turn: Turn, part: Part, fence: Fence, error: ChannelRefused, voice: Voice
) -> Spoken:
    outcome = outcome_of(error.code)
    if outcome in (GraphOutcome.RETRY, GraphOutcome.RETRY_PAIR):
        voice.sending.not_sent(turn, part, fence, PartState.READY, error.code)
        raise TryAgain(f"the channel is busy: code {error.code}")
    voice.sending.not_sent(turn, part, fence, PartState.REFUSED, error.code)
    if outcome is GraphOutcome.ALERT:
        voice.alert(head, error.code, error.title)
    return Spoken(sent=False, code=error.code)
