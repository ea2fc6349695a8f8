"""What to do next with a written answer: one pure decision, taken anew before every part."""

from dataclasses import dataclass
from enum import StrEnum

from sahut.domain.conversation import Conversation, Owner
from sahut.domain.turn import Part, PartState, Turn, TurnState


class Step(StrEnum):
    SEND = "send"
    FINISH = "finish"
    SETTLE = "settle"
    REFUSED = "refused"
    BROKEN_OFF = "broken_off"
    NEWER = "newer"
    PERSON = "person"
    WINDOW_CLOSED = "window_closed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class NextStep:
    """part: the one to send or to settle. seen_seq: nothing newer than this may have come, if set."""

    step: Step
    part: Part | None = None
    seen_seq: int | None = None
    last: bool = False


def next_step(head: Conversation, turn: Turn, now: float) -> NextStep:
    """DESIGN §1, *Send reply*. What was begun is settled before anything else is looked at."""
    if turn.state is not TurnState.OPEN:
        return NextStep(Step.SETTLE if turn.state is TurnState.SETTLING else Step.ENDED)
    parts = turn.answer_parts
    for part in parts:
        if part.state in (PartState.SENDING, PartState.UNCERTAIN):
            return NextStep(Step.SETTLE, part)
        if part.state is PartState.REFUSED:
            return NextStep(Step.REFUSED, part)
    left = [part for part in parts if part.state is PartState.READY]
    if parts and not left:
        return NextStep(Step.BROKEN_OFF if turn.streaming else Step.FINISH)
    if head.owner is not Owner.MACHINE or turn.forgotten(head.watermark):
        return NextStep(Step.PERSON)
    return _send(head, turn, left, len(left) == len(parts), now)


def _send(head: Conversation, turn: Turn, left: list[Part], first: bool, now: float) -> NextStep:
    if not left or (first and head.open_turn_live <= 0):
        return NextStep(Step.NEWER)
    seen_seq = turn.seen_seq if first and turn.may_supersede(now) else None
    if seen_seq is not None and head.inbound_seq > seen_seq:
        return NextStep(Step.NEWER)
    if not head.window_open(now):
        return NextStep(Step.WINDOW_CLOSED)
    return NextStep(Step.SEND, left[0], seen_seq, last=len(left) == 1)
