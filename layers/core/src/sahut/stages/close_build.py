"""Close the build: gives the lease back, unless something changed meanwhile; then it goes around again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sahut.contracts.knowledge_tasks import CloseResult, CloseTask
from sahut.domain.knowledge import KnowledgeRef


class Ending(Protocol):
    def end(self, ref: KnowledgeRef, build_id: str, outcome: str, error: str, now: float) -> bool:
        """True: more was asked meanwhile. Raises: Outdated: another build holds the lease."""
        ...

    def wants_refresh(self, ref: KnowledgeRef) -> bool: ...


@dataclass(frozen=True, slots=True)
class Closing:
    lease: Ending
    clock: Callable[[], float]


def close_build(task: CloseTask, needs: Closing) -> CloseResult:
    """Ends a round of a build.

    Raises:
        Outdated: another build holds the lease; this one has nothing to give back.
    """
    again = needs.lease.end(task.ref, task.build_id, task.outcome, task.error, needs.clock())
    return CloseResult(again=again, refresh=again and needs.lease.wants_refresh(task.ref))
