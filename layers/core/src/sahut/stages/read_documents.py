"""Read a share: files into passages. A document that can't be read is said so, and holds up no other."""

from collections.abc import Callable
from dataclasses import dataclass

from sahut.contracts.knowledge_tasks import ReadResult, ReadTask
from sahut.domain.answer import Passage
from sahut.domain.errors import NotFound
from sahut.domain.knowledge import MAX_DOCUMENT_BYTES, DocumentState
from sahut.domain.knowledge_diff import STILL_USED, Indexed, Original
from sahut.ports.knowledge import BuildFiles, Documents, Fetched, Originals
from sahut.ports.parser import DocumentParser, DocumentUnreadable, Unreadable
from sahut.stages.indexing import SourceDocument, passages_of
from sahut.stages.plan_build import read_plan
from sahut.stages.shards import write_passages, write_share

_TOO_LARGE = f"The file has more than {MAX_DOCUMENT_BYTES // 2**20} MB. Divide it into smaller ones."


@dataclass(frozen=True, slots=True)
class Reading:
    originals: Originals
    documents: Documents
    files: BuildFiles
    parser: DocumentParser
    clock: Callable[[], float]


@dataclass(slots=True)
class _Share:
    """The shards that are being written. Passages wait here until a shard is full."""

    task: ReadTask
    files: BuildFiles
    waiting: list[Passage]
    shards: list[str]
    passages: int = 0

    def add(self, passages: tuple[Passage, ...]) -> None:
        self.waiting += passages
        self.passages += len(passages)
        while len(self.waiting) >= self.task.shard_passages:
            self._write(self.waiting[: self.task.shard_passages])
            self.waiting = self.waiting[self.task.shard_passages :]

    def finish(self) -> None:
        if self.waiting:
            self._write(self.waiting)

    def _write(self, passages: list[Passage]) -> None:
        shard = f"shard-{self.task.share}-{len(self.shards)}"
        write_passages(self.task, self.files, shard, passages)
        self.shards.append(shard)


def read_documents(task: ReadTask, needs: Reading) -> ReadResult:
    """Parses and splits the documents of one share, in the order of their names."""
    plan = read_plan(task, needs.files)
    originals = {original.name: original for original in plan.originals}
    known = {document.name: document for document in plan.known}
    share = _Share(task, needs.files, [], [])
    results: list[Indexed] = []
    for name in plan.shares[int(task.share)]:
        result = _read(task, originals[name], known.get(name), share, needs)
        if result is not None:
            results.append(result)
    share.finish()
    write_share(task, needs.files, task.share, results, share.shards)
    failed = sum(1 for result in results if result.reason)
    return ReadResult(shards=share.shards, documents=len(results), failed=failed, passages=share.passages)


def _read(
    task: ReadTask, original: Original, before: Indexed | None, share: _Share, needs: Reading
) -> Indexed | None:
    """What became of one document; None when it was deleted meanwhile."""
    try:
        if original.too_large:
            raise DocumentUnreadable(Unreadable.TOO_LARGE, _TOO_LARGE)
        with needs.originals.fetch(task.ref, original.name) as file:
            passages, indexed = _passages(original, file, needs.parser)
    except NotFound:
        return None
    except DocumentUnreadable as problem:
        _tell_unreadable(task, original, problem, before, needs)
        return Indexed(
            original.name, original.etag, tags=original.tags, source_uri=original.source_uri,
            reason=problem.reason.value, detail=problem.detail,
        )  # fmt: skip
    share.add(passages)
    needs.documents.change(
        task.ref,
        original.name,
        needs.clock(),
        state=DocumentState.EMBEDDING.value,
        reason="",
        detail="",
        passages=len(passages),
        content_sha256=indexed.content_sha256,
        object_version=indexed.object_version,
        notes=list(indexed.notes),
    )
    return indexed


def _passages(
    original: Original, file: Fetched, parser: DocumentParser
) -> tuple[tuple[Passage, ...], Indexed]:
    parsed = parser.parse(file.path, original.name)
    source = SourceDocument(
        name=original.name,
        text=parsed.text,
        uri=original.source_uri,
        title=parsed.title,
        pages=parsed.pages,
        document_version=file.object_version,
    )
    passages = passages_of(source)
    if not passages:
        raise DocumentUnreadable(Unreadable.EMPTY, "The file has no text that could be found.")
    indexed = Indexed(
        name=original.name,
        etag=original.etag,
        content_sha256=file.sha256,
        object_version=file.object_version,
        title=passages[0].title,
        source_uri=original.source_uri,
        tags=original.tags,
        passages=len(passages),
        notes=parsed.notes,
    )
    return passages, indexed


def _tell_unreadable(
    task: ReadTask,
    original: Original,
    problem: DocumentUnreadable,
    before: Indexed | None,
    needs: Reading,
) -> None:
    stays = before is not None and before.passages > 0
    detail = problem.detail + (STILL_USED if stays else "")
    needs.documents.change(
        task.ref,
        original.name,
        needs.clock(),
        state=DocumentState.FAILED.value,
        reason=problem.reason.value,
        detail=detail,
    )
