"""Dispatch: starts the workflow for one queued message and stays until its message is settled.

The queue gives order and one at a time within a conversation; the epoch makes sure that an
execution which outlives its dispatcher can change nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sahut.contracts.jobs import DispatchJob
from sahut.contracts.tasks import ConversationTask
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import TryAgain
from sahut.domain.tenant import ConversationRef
from sahut.ports.conversations import Turns
from sahut.ports.work import AnswerMachine, RunStatus


class Finality(Protocol):
    def needs_dispatch(self, ref: ConversationRef, line: int) -> bool: ...


class AttemptFailed(TryAgain):
    """The execution ended without settling its message; the queue may redeliver early."""


@dataclass(frozen=True, slots=True)
class Dispatching:
    """What dispatch needs. show_typing returns at once; turn_deadline_s is added to now."""

    messages: Finality
    turns: Turns
    machine: AnswerMachine
    show_typing: Callable[[Conversation, str], None]
    clock: Callable[[], float]
    turn_deadline_s: float


def dispatch(job: DispatchJob, needs: Dispatching) -> None:
    """Returns when the message is in a final turn (or its outcome awaits the channel's word).

    Raises:
        AttemptFailed: the execution failed or timed out; safe to try again soon.
        TryAgain: the connection broke; the execution may still be running.
    """
    ref = job.conversation
    if not needs.messages.needs_dispatch(ref, job.line):
        return
    head = needs.turns.next_epoch(ref)
    if head.owner is Owner.MACHINE:
        needs.show_typing(head, job.message_id)
    task = ConversationTask(
        tenant_id=job.tenant_id,
        conversation_id=job.conversation_id,
        message_id=job.message_id,
        epoch=head.epoch,
        deadline=needs.clock() + needs.turn_deadline_s,
    )
    run = needs.machine.run(task)
    if run.status is RunStatus.LOST:
        raise TryAgain("the connection to the execution broke")
    if run.status is not RunStatus.SUCCEEDED:
        raise AttemptFailed(f"execution {run.status.value}: {run.error}")
    if needs.messages.needs_dispatch(ref, job.line):
        raise AttemptFailed("the execution ended, its message is in no final turn")
