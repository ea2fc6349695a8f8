"""Settling: what became of a part that the channel was silent about, or took back afterwards."""

from collections.abc import Callable
from dataclasses import dataclass

from sahut.contracts.jobs import SettleCause, SettleJob
from sahut.domain.conversation import Conversation
from sahut.domain.errors import Conflict, Outdated, TryAgain
from sahut.domain.graph_errors import GraphOutcome, outcome_of
from sahut.domain.handover import HandoverReason
from sahut.domain.turn import Part, PartState, Turn, TurnState
from sahut.ports.conversations import Turns
from sahut.stages.hand_over import HandingOver, give_to_person
from sahut.stages.uncertain import begun_part

_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Settling:
    """alert: tells the tenant of a code that only they can mend (conversation, code, title)."""

    turns: Turns
    handing_over: HandingOver
    alert: Callable[[Conversation, int, str], None]


def settle(job: SettleJob, needs: Settling) -> None:
    """Brings a settling turn to its end, and reopens an answered one whose part failed.

    Raises:
        TryAgain: the turn is still being worked on; look again later.
    """
    for _ in range(_ROUNDS):
        head, turn = needs.turns.both(job.turn)
        try:
            if job.cause is SettleCause.UNCERTAIN:
                _settle_uncertain(head, turn, needs)
            else:
                _settle_failed(head, turn, needs)
            return
        except Outdated:
            raise
        except Conflict:
            continue
    raise TryAgain("the conversation changed all the time")


def _settle_uncertain(head: Conversation, turn: Turn, needs: Settling) -> None:
    if turn.state is TurnState.HANDING_OVER:
        give_to_person(head, turn, None, HandoverReason.DELIVERY_UNCERTAIN, needs.handing_over)
    if turn.state is not TurnState.SETTLING:
        # Settled already; or still open: then its dispatch attempt queues another look.
        return
    part = begun_part(turn)
    left = [each for each in turn.answer_parts if each.state is PartState.READY]
    if part is not None and _arrived(part) and not left:
        needs.turns.finish(turn, None, TurnState.ANSWERED, "status_seen", needs.handing_over.clock())
        return
    give_to_person(head, turn, None, _reason(part), needs.handing_over)


def _arrived(part: Part) -> bool:
    return part.status_rank > 0 and not part.failed_code


def _reason(part: Part | None) -> HandoverReason:
    if part is not None and part.failed_code:
        return _reason_for(part.failed_code)
    return HandoverReason.DELIVERY_UNCERTAIN


def _settle_failed(head: Conversation, turn: Turn, needs: Settling) -> None:
    if turn.state in (TurnState.OPEN, TurnState.SETTLING):
        raise TryAgain("the turn is still being worked on")
    failed = next((part for part in turn.answer_parts if part.failed_code), None)
    if failed is None or turn.state not in (TurnState.ANSWERED, TurnState.HANDING_OVER):
        return
    if outcome_of(failed.failed_code) is GraphOutcome.ALERT:
        needs.alert(head, failed.failed_code, "")
    give_to_person(head, turn, None, _reason_for(failed.failed_code), needs.handing_over)


def _reason_for(code: int) -> HandoverReason:
    """The error table decides; a template needs an approved one, which a person picks."""
    closed = outcome_of(code) is GraphOutcome.TEMPLATE
    return HandoverReason.WINDOW_CLOSED if closed else HandoverReason.DELIVERY_REFUSED
