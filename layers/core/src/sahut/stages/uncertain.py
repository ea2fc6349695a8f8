"""What is done with a part whose fate nobody knows: never again, but looked at later."""

from collections.abc import Callable
from dataclasses import dataclass

from sahut.contracts.jobs import SettleCause, SettleJob
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.tenant import TurnRef
from sahut.domain.turn import Part, PartState, Turn
from sahut.ports.conversations import Fence, Sending
from sahut.ports.work import SettleQueue


@dataclass(frozen=True, slots=True)
class SettleLater:
    """delay_s: how long the channel gets to say something about the part."""

    queue: SettleQueue
    sending: Sending
    clock: Callable[[], float]
    delay_s: float

    def __call__(self, head: Conversation, turn: Turn, part: Part | None) -> None:
        """Queued before it is marked, so that a crash between the two can't forget it."""
        self.queue.put(settle_job(turn.ref, SettleCause.UNCERTAIN), self.delay_s)
        if part is not None and part.state is not PartState.UNCERTAIN:
            now = self.clock()
            fence = Fence(Owner.MACHINE, head.epoch, "machine", head.channel_key, now, now)
            self.sending.uncertain(turn, part, fence)


def begun_part(turn: Turn) -> Part | None:
    """The answer part that may or may not have reached the customer, if there is one."""
    doubtful = (PartState.SENDING, PartState.UNCERTAIN)
    return next((part for part in turn.answer_parts if part.state in doubtful), None)


def settle_job(ref: TurnRef, cause: SettleCause) -> SettleJob:
    return SettleJob(
        tenant_id=str(ref.conversation.tenant),
        conversation_id=ref.conversation.conversation_id,
        turn_id=ref.turn_id,
        cause=cause,
    )
