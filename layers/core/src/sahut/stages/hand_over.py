"""Hand over to a person: every "no" and every failure ends here.

Ownership first, in one write; then the execution that tells the customer; then the turn ends.
Each step can be repeated, so a crash between them loses nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sahut.contracts.tasks import HandOverResult, HandOverTask
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import Conflict, Outdated, TryAgain
from sahut.domain.handover import HandoverReason, reason_of
from sahut.domain.notices import disclosure, handover_notice
from sahut.domain.profile import Profile
from sahut.domain.tenant import TenantId, TurnRef
from sahut.domain.turn import PartState, Turn, TurnState
from sahut.ports.conversations import Ownership, Turns
from sahut.ports.work import HandOverMachine
from sahut.stages.claiming import guard_epoch, new_turn, unanswered
from sahut.stages.uncertain import SettleLater, begun_part

_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class HandingOver:
    """What a hand-over needs."""

    turns: Turns
    ownership: Ownership
    machine: HandOverMachine
    settle_later: SettleLater
    profile_of: Callable[[TenantId], Profile]
    clock: Callable[[], float]
    new_id: Callable[[], str]


def hand_over(task: HandOverTask, needs: HandingOver) -> HandOverResult:
    """Gives the turn to a person, or ends it if it needs none any more.

    Raises:
        Outdated: a newer dispatch attempt owns the conversation.
    """
    reason = reason_of(task.reason)
    for _ in range(_ROUNDS):
        head = needs.turns.conversation(task.conversation)
        guard_epoch(head, task.epoch)
        try:
            turn = _turn_of(head, task.turn_id, needs)
            if turn is None:
                return HandOverResult(state=TurnState.WITHDRAWN.value, turn_id="")
            return give_to_person(head, turn, head.epoch, reason, needs)
        except Outdated:
            raise
        except Conflict:
            continue
    raise TryAgain("the conversation changed all the time")


def _turn_of(head: Conversation, turn_id: str, needs: HandingOver) -> Turn | None:
    """The named or the open turn; failing both, a new one of all that nobody has claimed."""
    if turn_id or head.open_turn_id:
        return needs.turns.turn(TurnRef(head.ref, turn_id or head.open_turn_id))
    lines = unanswered(needs.turns, head)
    if not lines:
        return None
    turn = new_turn(head, needs.new_id(), head.epoch, lines, needs.clock(), TurnState.OPEN)
    needs.turns.claim(head, turn, lines)
    return turn


def give_to_person(
    head: Conversation, turn: Turn, epoch: int | None, reason: HandoverReason, needs: HandingOver
) -> HandOverResult:
    """The three steps, from wherever an earlier attempt left them.

    A reply that may be on its way is waited for instead: customers get an answer or a person,
    not both. epoch None: the caller is no dispatch attempt (settling, which reopens outcomes).

    Raises:
        Conflict: owner or epoch changed since `head` was read.
    """
    settled = turn.state.final or turn.state is TurnState.SETTLING
    if turn.state is TurnState.HANDED_OVER or (settled and epoch is not None):
        return _result(turn.state, turn)
    if turn.state is TurnState.OPEN and begun_part(turn):
        needs.settle_later(head, turn, begun_part(turn))
        return _result(TurnState.SETTLING, turn)
    if turn.state is TurnState.OPEN and _all_sent(turn):
        return _finish(turn, epoch, TurnState.ANSWERED, "", needs)
    if turn.state is not TurnState.HANDING_OVER:
        if head.owner is Owner.PERSON:
            return _finish(turn, epoch, TurnState.LEFT_TO_PERSON, reason.value, needs)
        notice = _notice(head, turn, reason, needs.profile_of(head.ref.tenant))
        needs.ownership.hand_over(head, turn, reason, notice, needs.clock())
        turn = needs.turns.turn(turn.ref)
    if turn.ticket_id == turn.ref.turn_id:
        needs.machine.start(turn.ref)
    return _finish(turn, epoch, TurnState.HANDED_OVER, turn.reason, needs)


def _notice(head: Conversation, turn: Turn, reason: HandoverReason, profile: Profile) -> str:
    """What the customer is told; if it is the session's first reply, also that a machine writes."""
    language = turn.language or head.language or profile.default_language
    text = handover_notice(reason, language)
    return f"{disclosure(language, profile.name)}\n\n{text}" if head.must_disclose else text


def _all_sent(turn: Turn) -> bool:
    parts = turn.answer_parts
    return bool(parts) and not turn.streaming and all(part.state is PartState.SENT for part in parts)


def _finish(
    turn: Turn, epoch: int | None, state: TurnState, reason: str, needs: HandingOver
) -> HandOverResult:
    needs.turns.finish(turn, epoch, state, reason, needs.clock())
    return _result(state, turn)


def _result(state: TurnState, turn: Turn) -> HandOverResult:
    return HandOverResult(state=state.value, turn_id=turn.ref.turn_id)
