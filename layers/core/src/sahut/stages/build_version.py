"""Build the version: what stays from the newest version and what was read now, as one immutable index.

Memory is bounded: both sides are streams in the order of document names, and so is the index.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from heapq import merge

from sahut.contracts.knowledge_tasks import BuildTask, WriteResult
from sahut.domain.errors import NotFound
from sahut.domain.knowledge import DocumentState, Version, VersionState
from sahut.domain.knowledge_diff import Indexed, manifest_of, version_of
from sahut.ports.knowledge import BuildFiles, Documents, IndexShelf, StoredIndex, Versions
from sahut.ports.passages import Entry
from sahut.stages.plan_build import Plan, read_plan
from sahut.stages.shards import read_entries, read_share


@dataclass(frozen=True, slots=True)
class Building:
    documents: Documents
    versions: Versions
    shelf: IndexShelf
    files: BuildFiles
    clock: Callable[[], float]
    pipeline: str
    embedder: str


def build_version(task: BuildTask, needs: Building) -> WriteResult:
    """Writes and records the version; the index of one that exists already is taken as it is, if it stands.

    A live version that the search server lost is written again first; nothing else may be to do.

    Raises:
        NotFound: a file of the build is gone (a week has passed).
    """
    plan = read_plan(task, needs.files)
    if plan.lost:
        live = _standing(task, needs.versions.version(task.ref, plan.lost), needs)
        if not plan.anything:
            return WriteResult(version=live.version, passages=live.passages, failed=live.failed_documents)
    read, shards = _read(task, plan, needs)
    documents = manifest_of(plan.originals, plan.difference, plan.known, read)
    settings = needs.documents.settings(task.ref)
    made_with = (needs.embedder, needs.pipeline, settings.engine.value)
    version_id = version_of(documents, made_with)
    failed = sum(1 for document in documents if document.reason)
    version = _ready(task, version_id, needs)
    if version is None:
        entries = _entries(task, plan, documents, read, shards, needs)
        stored = needs.shelf.store(task.ref, version_id, entries, documents, settings)
        version = _version(version_id, made_with, stored, documents, needs)
    else:  # the same passages, but other files may come to them: unreadable ones, others of the same content
        _standing(task, version, needs)
        needs.shelf.describe(task.ref, version_id, documents)
    now = needs.clock()
    needs.versions.add(task.ref, replace(version, seen_at=now, failed_documents=failed))
    _tell_indexed(task, read, version_id, needs)
    return WriteResult(version=version_id, passages=version.passages, failed=failed)


def _read(task: BuildTask, plan: Plan, needs: Building) -> tuple[dict[str, Indexed], list[str]]:
    """What became of each document that had to be read, and the shards in order."""
    read: dict[str, Indexed] = {}
    shards: list[str] = []
    for share in range(len(plan.shares)):
        documents, names = read_share(task, needs.files, str(share))
        read |= {document.name: document for document in documents}
        shards += names
    return read, shards


def _ready(task: BuildTask, version_id: str, needs: Building) -> Version | None:
    try:
        version = needs.versions.version(task.ref, version_id)
    except NotFound:
        return None
    return version if version.state is VersionState.READY else None


def _standing(task: BuildTask, version: Version, needs: Building) -> Version:
    """The same version, of which nothing is missing any more."""
    if not needs.shelf.stands(task.ref, version):
        needs.shelf.restore(task.ref, version)
    return version


def _entries(
    task: BuildTask,
    plan: Plan,
    documents: list[Indexed],
    read: Mapping[str, Indexed],
    shards: list[str],
    needs: Building,
) -> Iterator[Entry]:
    """All passages by document name: kept ones from the base, the others from the shards."""
    tags = {document.name: document.tags for document in documents}
    sources = {document.name: document.source_uri for document in documents}
    renewed = {name for name, document in read.items() if not document.reason}

    def kept() -> Iterator[Entry]:
        if plan.base:
            base = needs.versions.version(task.ref, plan.base)
            for entry in needs.shelf.entries(task.ref, base):
                name = entry.passage.document_id
                if name in tags and name not in renewed:
                    yield entry

    def fresh() -> Iterator[Entry]:
        for shard in shards:
            yield from read_entries(task, needs.files, shard)

    for entry in merge(kept(), fresh(), key=lambda entry: entry.passage.document_id):
        name = entry.passage.document_id
        passage = replace(entry.passage, uri=sources.get(name, ""))
        yield replace(entry, passage=passage, tags=tags.get(name, ()))


def _version(
    version_id: str,
    made_with: tuple[str, str, str],
    stored: StoredIndex,
    documents: list[Indexed],
    needs: Building,
) -> Version:
    embedder, pipeline, _ = made_with
    now = needs.clock()
    return Version(
        version=version_id,
        state=VersionState.READY,
        object_key=stored.object_key,
        sha256=stored.sha256,
        embedder=embedder,
        engine=stored.engine,
        documents=sum(1 for document in documents if document.passages),
        passages=stored.passages,
        collapsed=stored.collapsed,
        bytes=stored.bytes,
        built_at=now,
        seen_at=now,
        pipeline=pipeline,
        failed_documents=sum(1 for document in documents if document.reason),
    )


def _tell_indexed(task: BuildTask, read: Mapping[str, Indexed], version_id: str, needs: Building) -> None:
    """Documents of the base keep the version that first had them."""
    for name, document in read.items():
        if not document.reason:
            needs.documents.change(
                task.ref, name, needs.clock(), state=DocumentState.INDEXED.value, version=version_id
            )
