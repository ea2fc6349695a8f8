"""A customer's word to what they were asked: a clear yes, a clear no, or something else altogether."""

from collections.abc import Callable
from dataclasses import dataclass

from sahut.domain.confirming import Said, said
from sahut.domain.conversation import Conversation
from sahut.domain.errors import Conflict, NotFound, Outdated
from sahut.domain.lane import Lane
from sahut.domain.tenant import TurnRef
from sahut.domain.tool_use import Pending
from sahut.domain.turn import Turn, TurnState
from sahut.ports.conversations import Turns
from sahut.ports.tools import ToolUses


@dataclass(frozen=True, slots=True)
class Confirming:
    turns: Turns
    uses: ToolUses
    clock: Callable[[], float]


def answered_question(head: Conversation, turn: Turn, needs: Confirming) -> Lane | None:
    """CONFIRMED or DECLINED; None when nothing was asked, or this is no answer.

    After a no, and after anything else, no question is open any more.
    """
    if any(use.effectful and use.begun_at for use in turn.tools):
        return Lane.CONFIRMED  # done in an earlier round of this turn: its outcome must still be told
    pending = head.pending
    if pending is None:
        return None
    word = said(turn.question) if _is_open(pending, head, turn, needs) else Said.SOMETHING_ELSE
    if word is Said.YES:
        try:
            needs.uses.confirm(head.ref, turn.epoch, pending.pending_id, turn.ref.turn_id)
        except Outdated:
            raise
        except Conflict:
            return None
        return Lane.CONFIRMED
    needs.uses.drop(head.ref, pending.pending_id)
    return Lane.DECLINED if word is Said.NO else None


def _is_open(pending: Pending, head: Conversation, turn: Turn, needs: Confirming) -> bool:
    """Whether the customer has read the question, and may still answer it."""
    if pending.expired(needs.clock()) or pending.asked_in == turn.ref.turn_id:
        return False
    try:
        asked = needs.turns.turn(TurnRef(head.ref, pending.asked_in))
    except NotFound:
        return False
    return asked.state is TurnState.ANSWERED
