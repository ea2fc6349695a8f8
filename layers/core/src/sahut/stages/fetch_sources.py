"""Fetch the sources: a knowledge base's pages and sitemaps on the web, into its originals.

The looking itself is stages/refresh_sources.py's; this is its place in the workflow.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sahut.contracts.knowledge_tasks import FetchResult, FetchTask
from sahut.domain.knowledge import KnowledgeRef, KnowledgeSettings
from sahut.domain.web_sources import PageOutcome
from sahut.stages.refresh_sources import Refreshing, RefreshJob, refresh_sources

# The function has 300 s; the rest of it is for the last page and for what is noted about it.
FETCH_S = 240.0


class Lease(Protocol):
    def begin_fetching(self, ref: KnowledgeRef, build_id: str) -> None:
        """Raises: Outdated: another build holds the lease."""
        ...


class Decisions(Protocol):
    def settings(self, ref: KnowledgeRef) -> KnowledgeSettings: ...


@dataclass(frozen=True, slots=True)
class Fetching:
    lease: Lease
    documents: Decisions
    refreshing: Refreshing
    clock: Callable[[], float]


def fetch_sources(task: FetchTask, needs: Fetching) -> FetchResult:
    """Looks at as many addresses as there is time for.

    Raises:
        Outdated: another build holds the lease.
    """
    if not task.cursor:
        needs.lease.begin_fetching(task.ref, task.build_id)
    urls = needs.documents.settings(task.ref).urls
    job = RefreshJob(task.ref, task.build_id, urls, needs.clock() + FETCH_S, task.cursor)
    done = refresh_sources(job, needs.refreshing)
    return FetchResult(
        left=done.left > 0, cursor=done.cursor, fetched=done.outcomes.get(PageOutcome.FETCHED, 0)
    )
