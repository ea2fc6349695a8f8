"""Search from outside a conversation: what would a question find, in this version or an earlier one?"""

from collections.abc import Callable
from dataclasses import dataclass

from sahut.contracts.knowledge_tasks import FoundView, SearchResult, SearchTask
from sahut.domain.answer import FoundPassage
from sahut.domain.errors import NotFound, Refused
from sahut.domain.evidence import PASSAGES_WANTED, weigh
from sahut.domain.knowledge import KnowledgeRef, VersionState
from sahut.domain.lane import search_text
from sahut.domain.profile import Profile
from sahut.domain.query import synonyms_for
from sahut.domain.tenant import TenantId
from sahut.ports.knowledge import Documents, IndexShelf, Versions
from sahut.ports.passages import Query
from sahut.stages.retrieve import QueryVectors


@dataclass(frozen=True, slots=True)
class Searching:
    versions: Versions
    shelf: IndexShelf
    documents: Documents
    query_vector: QueryVectors
    profile_of: Callable[[TenantId], Profile]


def search_knowledge(task: SearchTask, needs: Searching) -> SearchResult:
    """Finds passages as a turn would, and says whether they would be enough to answer.

    Raises:
        NotFound: nothing is live, or no such version. Refused: the version's file was deleted.
    """
    version = needs.versions.version(task.ref, task.version or _live(task.ref, needs))
    if version.state is VersionState.PRUNED:
        raise Refused(f"version {version.version} is too old, its index was deleted")
    passages = needs.shelf.open(task.ref, version)
    text = search_text(task.query)
    query = Query(
        text,
        needs.query_vector(text, passages.embedder),
        synonyms_for(text, needs.documents.settings(task.ref).synonyms),
        frozenset(task.tags),
    )
    found = passages.find(query, max(task.limit, PASSAGES_WANTED))
    threshold = needs.profile_of(task.ref.tenant).evidence_threshold
    evidence = weigh(task.query, found[:PASSAGES_WANTED], threshold, version.calibration)
    return SearchResult(
        version=version.version,
        evidence=evidence.score,
        enough=evidence.enough,
        passages=[_view(hit) for hit in found[: task.limit]],
    )


def _live(ref: KnowledgeRef, needs: Searching) -> str:
    live = needs.versions.live(ref)
    if live is None:
        raise NotFound("live version; nothing has been indexed yet")
    return live.version


def _view(hit: FoundPassage) -> FoundView:
    passage = hit.passage
    return FoundView(
        document=passage.document_id,
        document_version=passage.document_version,
        title=passage.title,
        heading=passage.heading,
        page=passage.page,
        start=passage.start,
        end=passage.end,
        language=passage.language,
        uri=passage.uri,
        text=passage.text,
        score=round(hit.fused, 4),
        dense=round(hit.dense, 4),
        lexical=round(hit.lexical, 4),
    )
