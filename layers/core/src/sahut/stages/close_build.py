"""Close the build: gives the lease back, unless something changed meanwhile; then it goes around again."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sahut.contracts.knowledge_tasks import CloseResult, CloseTask
from sahut.domain.knowledge import Again, BuildEnd, KnowledgeRef


class Ending(Protocol):
    def end(self, ref: KnowledgeRef, build_id: str, end: BuildEnd, now: float) -> Again | None:
        """What was asked meanwhile, None for nothing. Raises: Outdated: another build holds the lease."""
        ...


@dataclass(frozen=True, slots=True)
class Closing:
    lease: Ending
    clock: Callable[[], float]


def close_build(task: CloseTask, needs: Closing) -> CloseResult:
    """Ends a round of a build.

    Raises:
        Outdated: another build holds the lease; this one has nothing to give back.
    """
    end = BuildEnd(task.outcome, task.error, task.fetch_failed)
    again = needs.lease.end(task.ref, task.build_id, end, needs.clock())
    return CloseResult(again=again is not None, refresh=again is not None and again.refresh)
