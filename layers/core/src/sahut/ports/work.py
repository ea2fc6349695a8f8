"""Queues, state machines and stores that the stages hand work to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sahut.contracts.jobs import DispatchJob, SettleJob
from sahut.contracts.tasks import ConversationTask
from sahut.domain.tenant import TenantId, TurnRef


class DispatchQueue(Protocol):
    def put(self, jobs: Sequence[DispatchJob]) -> None:
        """Queues every job, each in its conversation's group.

        Raises:
            TryAgain: at least one was not queued; queueing all of them again does no harm.
        """
        ...


class SettleQueue(Protocol):
    def put(self, job: SettleJob, delay_s: float) -> None: ...


class RunStatus(StrEnum):
    """LOST: the connection broke, the execution may still be running."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Run:
    status: RunStatus
    error: str = ""


class AnswerMachine(Protocol):
    def run(self, task: ConversationTask) -> Run:
        """Runs the workflow `answer_message` and waits for its end."""
        ...


class HandOverMachine(Protocol):
    def start(self, turn: TurnRef) -> None:
        """Starts the execution named like the ticket; one that exists already is fine."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """Something that could not be processed. body: what arrived, as text.

    letter_id: the same for the same thing, so that recording twice is recording once.
    """

    letter_id: str
    kind: str
    reason: str
    body: str
    at: float
    tenant: TenantId | None = None
    turn: TurnRef | None = None


class Letters(Protocol):
    def record(self, letter: Letter) -> None: ...


class ObjectStore(Protocol):
    def put(self, key: str, body: bytes, content_type: str) -> None: ...

    def get(self, key: str) -> bytes:
        """Raises: NotFound: there is no such object."""
        ...
