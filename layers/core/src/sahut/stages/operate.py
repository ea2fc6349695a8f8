"""A person takes a conversation over, writes in it, and gives it back."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import ChannelRefused, Conflict, TryAgain
from sahut.domain.message_split import split_message
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import Part, PartState, Turn, TurnState, answer_part_id
from sahut.ports.conversations import Fence, Ownership, Turns
from sahut.stages.speak import Voice, speak

_POLL_S = 0.1
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Operating:
    turns: Turns
    ownership: Ownership
    voice: Voice
    sleep: Callable[[float], None]


def take_over(ref: ConversationRef, by: str, needs: Operating) -> Conversation:
    """From the first write on the machine begins nothing more; returns once nothing of it is in flight.

    A part that is being sent is waited for until its fate is known or its call can't be alive any
    more (HTTP time-out plus the second in which a call must begin).

    Raises:
        NotFound: no such conversation of this tenant.
    """
    head = needs.ownership.take_over(ref, needs.voice.clock(), by)
    needs.voice.live.owner(head)
    while still_in_flight(head, needs.voice.clock()):
        needs.sleep(_POLL_S)
        head = needs.turns.conversation(ref)
    return head


def still_in_flight(head: Conversation, now: float) -> int:
    """How many parts may still reach the customer."""
    return sum(1 for until in head.in_flight.values() if until > now)


def release(ref: ConversationRef, by: str, needs: Operating) -> Conversation:
    """Back to the machine, which answers only what comes from now on."""
    head = needs.ownership.release(ref, needs.voice.clock(), by)
    needs.voice.live.owner(head)
    return head


def say(ref: ConversationRef, text: str, request_id: str, needs: Operating) -> tuple[str, PartState]:
    """Sends a person's words; the same request id is the same message.

    Returns:
        the message's id and SENT, or SENDING when nobody knows whether it arrived.

    Raises:
        NotFound: no such conversation of this tenant.
        Conflict: the conversation is not a person's; take it over first.
        ChannelRefused: the channel said no.
        TryAgain: certainly not sent.
    """
    _require_person(needs.turns.conversation(ref))
    message_id = "p" + sha256(request_id.encode()).hexdigest()[:24]
    turn = _spoken_turn(ref, message_id, text, needs)
    for part in turn.answer_parts:
        if part.state is PartState.READY:
            _say_part(turn.ref, part, needs)
        elif part.state is PartState.REFUSED:
            raise ChannelRefused(part.failed_code, "refused before")
        elif part.state is not PartState.SENT:
            return message_id, PartState.SENDING
    return message_id, _worst(needs.turns.turn(turn.ref))


def _worst(turn: Turn) -> PartState:
    sent = all(part.state is PartState.SENT for part in turn.answer_parts)
    return PartState.SENT if sent else PartState.SENDING


def _spoken_turn(ref: ConversationRef, message_id: str, text: str, needs: Operating) -> Turn:
    pieces = split_message(text)
    parts = [Part(answer_part_id(1, n), piece, order=n) for n, piece in enumerate(pieces, start=1)]
    turn = Turn(
        ref=TurnRef(ref, message_id),
        state=TurnState.OPEN,
        epoch=0,
        messages=(),
        seen_seq=0,
        first_claimed_at=needs.voice.clock(),
        parts={part.part_id: part for part in parts},
    )
    needs.turns.open_spoken(turn)
    return needs.turns.turn(turn.ref)


def _say_part(ref: TurnRef, part: Part, needs: Operating) -> None:
    for _ in range(_ROUNDS):
        head, turn = needs.turns.both(ref)
        _require_person(head)
        now = needs.voice.clock()
        fence = Fence(Owner.PERSON, None, "person", head.channel_key, now, needs.voice.until())
        last = part.order == turn.answer_parts[-1].order
        try:
            spoken = speak(head, turn, part, fence, last, needs.voice)
        except Conflict:
            continue
        if not (spoken.sent or spoken.uncertain):  # 0 is a code too
            raise ChannelRefused(spoken.code, "")
        return
    raise TryAgain("the conversation changed all the time")


def _require_person(head: Conversation) -> None:
    if head.owner is not Owner.PERSON:
        raise Conflict("the conversation is not a person's, take it over first")
