"""Send reply: brings a written answer to the customer, part by part, each behind the fence.

Refuses to know what the answer says. Never repeats a part whose fate is unknown.
"""

from dataclasses import dataclass

from sahut.contracts.tasks import DeliverOutcome, DeliverResult, DeliverTask
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.delivery import NextStep, Step, next_step
from sahut.domain.errors import Conflict, Outdated, TryAgain
from sahut.domain.graph_errors import GraphOutcome, outcome_of
from sahut.domain.handover import HandoverReason
from sahut.domain.turn import Part, Turn, TurnState
from sahut.ports.conversations import Fence, Turns
from sahut.stages.claiming import guard_epoch
from sahut.stages.notify import tell
from sahut.stages.speak import Voice, speak
from sahut.stages.uncertain import SettleLater

# A Conflict means that somebody changed the conversation between our read and our fence.
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Delivery:
    """What sending needs."""

    turns: Turns
    voice: Voice
    settle_later: SettleLater


def deliver(task: DeliverTask, needs: Delivery) -> DeliverResult:
    """Sends what is left of the answer, or the notice that a hand-over reserved.

    Raises:
        Outdated: a newer dispatch attempt owns the conversation.
        TryAgain: certainly not sent, and may succeed later.
    """
    if task.part == "notice":
        return tell(task.turn, needs.turns, needs.voice)
    for _ in range(_ROUNDS):
        head, turn = needs.turns.both(task.turn)
        guard_epoch(head, task.epoch)
        step = next_step(head, turn, needs.voice.clock())
        if step.part is None or step.step is not Step.SEND:
            return _end(head, turn, step, needs)
        try:
            ended = _send(head, turn, step.part, step, needs)
        except Outdated:
            raise
        except Conflict:
            continue
        if ended is not None:
            return ended
    raise TryAgain("the conversation changed all the time")


def _end(head: Conversation, turn: Turn, step: NextStep, needs: Delivery) -> DeliverResult:
    now = needs.voice.clock()
    match step.step:
        case Step.NEWER:
            return DeliverResult(outcome=DeliverOutcome.NEWER)
        case Step.SETTLE:
            needs.settle_later(head, turn, step.part)
            return DeliverResult(outcome=DeliverOutcome.SETTLING)
        case Step.FINISH:
            needs.turns.finish(turn, head.epoch, TurnState.ANSWERED, "", now)
            return DeliverResult(outcome=DeliverOutcome.ANSWERED)
        case Step.PERSON:
            needs.turns.finish(turn, head.epoch, TurnState.LEFT_TO_PERSON, "person_has_it", now)
            return DeliverResult(outcome=DeliverOutcome.LEFT_TO_PERSON)
        case Step.WINDOW_CLOSED:
            return _refused(HandoverReason.WINDOW_CLOSED)
        case Step.BROKEN_OFF:
            return _refused(HandoverReason.BROKEN_OFF)
        case Step.REFUSED:
            return _refused(HandoverReason.DELIVERY_REFUSED)
        case _:
            return DeliverResult(outcome=DeliverOutcome.ANSWERED, reason=turn.state.value)


def _refused(reason: HandoverReason) -> DeliverResult:
    return DeliverResult(outcome=DeliverOutcome.REFUSED, reason=reason.value)


def _send(
    head: Conversation, turn: Turn, part: Part, step: NextStep, needs: Delivery
) -> DeliverResult | None:
    """One part. None: sent, go on with the next."""
    spoken = speak(head, turn, part, _fence(head, turn, part, step, needs.voice), step.last, needs.voice)
    if spoken.uncertain:
        needs.settle_later(head, turn, part)
        return DeliverResult(outcome=DeliverOutcome.SETTLING)
    if not spoken.sent:
        closed = outcome_of(spoken.code) is GraphOutcome.TEMPLATE
        return _refused(HandoverReason.WINDOW_CLOSED if closed else HandoverReason.DELIVERY_REFUSED)
    return DeliverResult(outcome=DeliverOutcome.ANSWERED) if step.last else None


def _fence(head: Conversation, turn: Turn, part: Part, step: NextStep, voice: Voice) -> Fence:
    first = part.order == turn.answer_parts[0].order
    return Fence(
        owner=Owner.MACHINE,
        epoch=head.epoch,
        author="machine",
        channel_key=head.channel_key,
        now=voice.clock(),
        until=voice.until(),
        seen_seq=step.seen_seq,
        first=first,
        discloses=first and head.must_disclose,
    )
