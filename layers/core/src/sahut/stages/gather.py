"""Gather the burst: which messages make up this turn, and has the customer finished?

Re-adopts an open turn first. Then waits, if the last words look like a fragment, and claims
every unanswered message as one turn. Refuses to know what the messages mean.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sahut.contracts.tasks import ConversationTask, GatherOutcome, GatherResult
from sahut.domain.burst import wait_s
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import Conflict, Outdated, TryAgain
from sahut.domain.media import PERCEIVED
from sahut.domain.tenant import TurnRef
from sahut.domain.turn import PartState, Turn, TurnState
from sahut.ports.conversations import Line, Turns
from sahut.stages.claiming import claimed, fitting, guard_epoch, live_messages, new_turn, unanswered
from sahut.stages.fetch_media import MediaFetcher

# Every round that fails does so because the customer wrote meanwhile; nobody writes that often.
_ROUNDS = 20

# While waiting for the end of a burst: a typing sign may stop, and a new message may finish it.
_LOOK_AGAIN_S = 0.5


@dataclass(frozen=True, slots=True)
class Gathering:
    """What this stage needs. clock: seconds since the epoch."""

    turns: Turns
    media: MediaFetcher
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    new_id: Callable[[], str]


def gather(task: ConversationTask, needs: Gathering) -> GatherResult:
    """Claims the burst that `task.message_id` belongs to, or resumes the turn that is open.

    Raises:
        Outdated: a newer dispatch attempt owns the conversation.
        TryAgain: the conversation changed all the time.
    """
    waited_s = 0.0
    for _ in range(_ROUNDS):
        head = needs.turns.conversation(task.conversation)
        guard_epoch(head, task.epoch)
        try:
            step = _step(head, waited_s, needs)
        except Outdated:
            raise
        except Conflict:
            continue
        if isinstance(step, GatherResult):
            return step
        needs.sleep(step)
        waited_s += step
    raise TryAgain("the conversation changed all the time")


def _step(head: Conversation, waited_s: float, needs: Gathering) -> GatherResult | float:
    """What to do now; a number means: look again after so many seconds."""
    lines = unanswered(needs.turns, head)
    if head.open_turn_id:
        turn = needs.turns.turn(TurnRef(head.ref, head.open_turn_id))
        if turn.state.needs_dispatch:
            return _resume(head, turn, lines, needs)
        # It ended, and whoever ended it died before the conversation was free for the next one.
        needs.turns.finish(turn, head.epoch, turn.state, turn.reason, needs.clock())
        return 0.0
    if head.owner is not Owner.MACHINE:
        return _leave(head, lines, needs)
    forgotten = [line for line in lines if line.line <= head.watermark]
    if forgotten:
        _leave(head, forgotten, needs)
        return 0.0
    if not lines:
        return GatherResult(outcome=GatherOutcome.NOTHING)
    pause_s = _pause_s(head, lines, waited_s, needs)
    return pause_s if pause_s > 0 else _claim(head, lines, needs)


def _pause_s(head: Conversation, lines: list[Line], waited_s: float, needs: Gathering) -> float:
    now = needs.clock()
    since_last_s = max(0.0, now - lines[-1].at)
    pause_s = wait_s([line.text for line in lines], since_last_s, head.still_typing(now), waited_s)
    return min(pause_s, _LOOK_AGAIN_S)


def _claim(head: Conversation, lines: list[Line], needs: Gathering) -> GatherResult:
    needs.media.fetch(head, lines)
    turn = new_turn(head, needs.new_id(), head.epoch, lines, needs.clock(), TurnState.OPEN)
    needs.turns.claim(head, turn, lines)
    return _result(GatherOutcome.GATHERED, turn)


def _leave(head: Conversation, lines: list[Line], needs: Gathering) -> GatherResult:
    """Messages that a person sees to join the ticket; their turn ends without a word."""
    if not lines:
        return GatherResult(outcome=GatherOutcome.NOTHING)
    needs.media.fetch(head, lines)
    state = TurnState.LEFT_TO_PERSON
    turn = new_turn(head, needs.new_id(), head.epoch, lines, needs.clock(), state)
    needs.turns.claim(head, replace(turn, ticket_id=head.ticket_id), lines)
    return GatherResult(outcome=GatherOutcome.LEFT_TO_PERSON, turn_id=turn.ref.turn_id)


def _resume(head: Conversation, turn: Turn, lines: list[Line], needs: Gathering) -> GatherResult:
    if turn.state is TurnState.HANDING_OVER:
        return _result(GatherOutcome.HANDING_OVER, turn)
    if any(part.state is not PartState.READY for part in turn.answer_parts):
        return _result(GatherOutcome.WRITTEN, turn)
    if head.owner is not Owner.MACHINE or turn.forgotten(head.watermark):
        needs.turns.finish(turn, head.epoch, TurnState.LEFT_TO_PERSON, "person_has_it", needs.clock())
        return _result(GatherOutcome.LEFT_TO_PERSON, turn)
    newer = bool(lines) or head.inbound_seq > turn.seen_seq
    if newer and (not turn.answer_parts or turn.may_supersede(needs.clock())):
        return _start_over(head, turn, lines, needs)
    if head.open_turn_live <= 0:
        return _withdraw(head, turn, needs)
    return _result(GatherOutcome.WRITTEN if turn.answer_parts else GatherOutcome.GATHERED, turn)


def _start_over(head: Conversation, turn: Turn, lines: list[Line], needs: Gathering) -> GatherResult:
    """One more round with all messages, the newer ones included; it counts once there was an answer."""
    live = live_messages(needs.turns, turn)
    lines = fitting(lines, live)
    everything = [*live, *lines]
    if not everything:
        return _withdraw(head, turn, needs)
    needs.media.fetch(head, lines)
    again = replace(
        turn,
        messages=claimed(everything),
        seen_seq=head.inbound_seq,
        epoch=head.epoch,
        round=turn.round + (1 if turn.answer_parts else 0),
    )
    needs.turns.claim(head, again, lines)
    return _result(GatherOutcome.GATHERED, again)


def _withdraw(head: Conversation, turn: Turn, needs: Gathering) -> GatherResult:
    needs.turns.finish(turn, head.epoch, TurnState.WITHDRAWN, "all_revoked", needs.clock())
    return _result(GatherOutcome.WITHDRAWN, turn)


def _result(outcome: GatherOutcome, turn: Turn) -> GatherResult:
    has_media = any(each.kind in PERCEIVED and not each.heard for each in turn.messages)
    return GatherResult(outcome=outcome, turn_id=turn.ref.turn_id, reason=turn.reason, has_media=has_media)
