"""What people and backends do with a knowledge base: put documents in, take them out, move the pointer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from sahut.contracts.knowledge_tasks import KnowledgeJob
from sahut.domain.errors import Conflict
from sahut.domain.knowledge import (
    Activation,
    Document,
    DocumentState,
    KnowledgeRef,
    KnowledgeSettings,
    Version,
    VersionState,
)
from sahut.ports.knowledge import Versions
from sahut.stages.activate_version import live_of


class Jobs(Protocol):
    def put(self, job: KnowledgeJob) -> None: ...


class OriginalFiles(Protocol):
    """The bucket's side of documents; writing and deleting there is what sets a build off."""

    def put(self, ref: KnowledgeRef, name: str, body: bytes, content_type: str) -> None: ...

    def delete(self, ref: KnowledgeRef, name: str) -> None: ...


class DocumentList(Protocol):
    def document(self, ref: KnowledgeRef, name: str) -> Document: ...

    def put(self, ref: KnowledgeRef, document: Document) -> None: ...

    def forget(self, ref: KnowledgeRef, name: str) -> None: ...

    def settings(self, ref: KnowledgeRef) -> KnowledgeSettings: ...

    def decide(self, ref: KnowledgeRef, settings: KnowledgeSettings, now: float) -> None: ...

    def list_base(self, ref: KnowledgeRef, now: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Managing:
    """retune: gives the live version these synonyms, if there is a live one and it has others."""

    documents: DocumentList
    versions: Versions
    originals: OriginalFiles
    jobs: Jobs
    retune: Callable[[KnowledgeRef, tuple[tuple[str, ...], ...]], None]
    clock: Callable[[], float]


def announce_document(ref: KnowledgeRef, name: str, tags: Sequence[str], needs: Managing) -> Document:
    """Lists a document that will be put into the bucket."""
    now = needs.clock()
    document = Document(name, DocumentState.QUEUED, tags=tuple(sorted(set(tags))), updated_at=now)
    needs.documents.list_base(ref, now)
    needs.documents.put(ref, document)
    return document


def add_document(
    ref: KnowledgeRef, name: str, body: bytes, content_type: str, tags: Sequence[str], needs: Managing
) -> Document:
    """Stores a document; the bucket's event sets the build off."""
    document = announce_document(ref, name, tags, needs)
    needs.originals.put(ref, name, body, content_type)
    return replace(document, bytes=len(body))


def remove_document(ref: KnowledgeRef, name: str, needs: Managing) -> None:
    """Takes a document out of every later version.

    Raises:
        NotFound: there is none of this name.
    """
    needs.documents.document(ref, name)
    needs.originals.delete(ref, name)
    needs.documents.forget(ref, name)


def request_build(ref: KnowledgeRef, refresh: bool, needs: Managing) -> None:
    needs.jobs.put(KnowledgeJob(tenant_id=str(ref.tenant), knowledge_base=ref.name, refresh=refresh))


def change_settings(ref: KnowledgeRef, settings: KnowledgeSettings, needs: Managing) -> None:
    """Stores what the tenant decided: synonyms hold from the next question, the rest from the next build.

    Raises:
        Conflict: a version was made live in this very moment; the same once more gives it the synonyms.
    """
    before = needs.documents.settings(ref)
    needs.documents.decide(ref, settings, needs.clock())
    needs.retune(ref, settings.synonyms)
    if (settings.engine, settings.urls) != (before.engine, before.urls):
        request_build(ref, refresh=settings.urls != before.urls, needs=needs)


def choose_version(ref: KnowledgeRef, version_id: str, by: str, reason: str, needs: Managing) -> Version:
    """Makes a version live, back or forward; the next question is answered from it.

    Raises:
        NotFound: no such version.
        Conflict: its index was deleted, or the gate refused it and no reason is given.
    """
    version = needs.versions.version(ref, version_id)
    if version.state is VersionState.PRUNED:
        raise Conflict("the version is too old, its index was deleted; see keep_versions")
    if version.refused and not reason:
        raise Conflict(f"the gate refused this version ({version.refused}); give a reason to override it")
    change = Activation(version_id, needs.clock(), by, reason)
    needs.versions.activate(ref, live_of(version, needs.documents.settings(ref), change), change)
    return version


class SourceOriginals:
    """Pages on the web as documents like any other. See `stages.refresh_sources.WebOriginals`."""

    def __init__(self, documents: DocumentList, originals: OriginalFiles, clock: Callable[[], float]) -> None:
        self._documents = documents
        self._originals = originals
        self._clock = clock

    def store(self, ref: KnowledgeRef, name: str, body: bytes, content_type: str, source_uri: str) -> None:
        document = Document(name, DocumentState.QUEUED, source_uri=source_uri, updated_at=self._clock())
        self._documents.put(ref, document)
        self._originals.put(ref, name, body, content_type)

    def remove(self, ref: KnowledgeRef, name: str) -> None:
        self._originals.delete(ref, name)
        self._documents.forget(ref, name)
