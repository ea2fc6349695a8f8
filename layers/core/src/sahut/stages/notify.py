"""The one line that tells a customer of a hand-over: reserved with the ticket, sent at most once."""

from sahut.contracts.tasks import DeliverOutcome, DeliverResult
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import Conflict, Outdated, TryAgain
from sahut.domain.tenant import TurnRef
from sahut.domain.turn import NOTICE, Part, PartState, Turn
from sahut.ports.conversations import Fence, Turns
from sahut.stages.speak import Voice, speak

_ROUNDS = 30


def tell(ref: TurnRef, turns: Turns, voice: Voice) -> DeliverResult:
    """Sends the notice while the conversation waits for a person; later nothing automatic goes out.

    An uncertain notice is left alone: the ticket is open, and a second notice is the greater harm.

    Raises:
        TryAgain: certainly not sent, and may succeed later.
    """
    for _ in range(_ROUNDS):
        head, turn = turns.both(ref)
        part = turn.parts.get(NOTICE)
        if part is None or not _may_be_told(head, part, voice.clock()):
            return DeliverResult(outcome=DeliverOutcome.DROPPED)
        try:
            return _result(head, turn, part, voice)
        except Outdated:
            raise
        except Conflict:
            continue
    raise TryAgain("the conversation changed all the time")


def _may_be_told(head: Conversation, part: Part, now: float) -> bool:
    return part.state is PartState.READY and head.owner is Owner.WAITING and head.window_open(now)


def _result(head: Conversation, turn: Turn, part: Part, voice: Voice) -> DeliverResult:
    fence = Fence(
        owner=Owner.WAITING,
        epoch=None,
        author="notice",
        channel_key=head.channel_key,
        now=voice.clock(),
        until=voice.until(),
        ticket_id=turn.ref.turn_id,
        discloses=head.must_disclose,
    )
    spoken = speak(head, turn, part, fence, False, voice)
    if spoken.sent:
        return DeliverResult(outcome=DeliverOutcome.TOLD)
    outcome = DeliverOutcome.SETTLING if spoken.uncertain else DeliverOutcome.DROPPED
    return DeliverResult(outcome=outcome, reason=str(spoken.code or ""))
