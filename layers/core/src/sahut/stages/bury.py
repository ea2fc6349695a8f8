"""Dead letters: what the queues gave up on is recorded, and its customer gets a person.

The conversation is given to a person by the database alone; the letter stays readable and can be
redriven. A letter leaves its queue only when both are done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sahut.contracts.jobs import DispatchJob, SettleJob
from sahut.contracts.tasks import HandOverTask
from sahut.domain.errors import Conflict, NotFound, TryAgain
from sahut.domain.handover import HandoverReason
from sahut.domain.tenant import ConversationRef, TenantId
from sahut.domain.turn import TurnState
from sahut.ports.conversations import Turns
from sahut.ports.work import Letter, Letters
from sahut.stages.dispatch import Finality
from sahut.stages.hand_over import HandingOver, give_to_person, hand_over


@dataclass(frozen=True, slots=True)
class Burying:
    messages: Finality
    turns: Turns
    handing_over: HandingOver
    letters: Letters
    clock: Callable[[], float]


def bury(body: str, needs: Burying) -> str:
    """Records one letter and hands its conversation over; returns the letter's id.

    Raises:
        TryAgain: something was not reached; the letter must stay in its queue.
    """
    letter_id = sha256(body.encode(errors="replace")).hexdigest()[:32]
    job = _read(body)
    if job is None:
        needs.letters.record(
            Letter(letter_id, "event", "failed execution or unreadable", body, needs.clock())
        )
        return letter_id
    tenant = TenantId(job.tenant_id)
    kind = "message" if isinstance(job, DispatchJob) else "settle"
    needs.letters.record(Letter(letter_id, kind, "given up by its queue", body, needs.clock(), tenant))
    _give_to_person(job, ConversationRef(tenant, job.conversation_id), needs)
    return letter_id


def _read(body: str) -> DispatchJob | SettleJob | None:
    """None for what is no job of ours, or names a tenant that can't exist."""
    for contract in (DispatchJob, SettleJob):
        try:
            job = contract.model_validate_json(body)
            TenantId(job.tenant_id)
        except ValueError:
            continue
        return job
    return None


def _give_to_person(job: DispatchJob | SettleJob, ref: ConversationRef, needs: Burying) -> None:
    try:
        if isinstance(job, SettleJob):
            _give_settling(job, needs)
        else:
            _give_message(job, ref, needs)
    except NotFound:
        return  # the retention has removed it; the letter tells what it was
    except Conflict as error:
        raise TryAgain("the conversation changed meanwhile") from error


def _give_settling(job: SettleJob, needs: Burying) -> None:
    head, turn = needs.turns.both(job.turn)
    if turn.state in (TurnState.SETTLING, TurnState.HANDING_OVER):
        give_to_person(head, turn, None, HandoverReason.DELIVERY_UNCERTAIN, needs.handing_over)


def _give_message(job: DispatchJob, ref: ConversationRef, needs: Burying) -> None:
    """Twice at most: an older turn may be open, whose end lets this message be claimed."""
    for _ in range(2):
        if not needs.messages.needs_dispatch(ref, job.line):
            return
        head = needs.turns.next_epoch(ref)
        task = HandOverTask(
            tenant_id=job.tenant_id,
            conversation_id=job.conversation_id,
            message_id=job.message_id,
            epoch=head.epoch,
            deadline=needs.clock(),
            reason=HandoverReason.DEAD_LETTER.value,
        )
        hand_over(task, needs.handing_over)
    if needs.messages.needs_dispatch(ref, job.line):
        raise TryAgain("the message is in no final turn yet")
