"""What a build has to do: which originals are new, changed, gone, or as the newest version knows them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from sahut.domain.knowledge import MAX_DOCUMENT_BYTES

# Said of a document that can't be read any more and could be read before.
STILL_USED = " What the document said before is still used."


@dataclass(frozen=True, slots=True)
class Original:
    """A file as the bucket lists it. etag: changes whenever its content does."""

    name: str
    etag: str
    bytes: int
    tags: tuple[str, ...] = ()
    source_uri: str = ""

    @property
    def too_large(self) -> bool:
        """Whoever may write to the bucket may put anything there; local disks are small."""
        return self.bytes > MAX_DOCUMENT_BYTES

    @property
    def bytes_to_read(self) -> int:
        return 0 if self.too_large else self.bytes


@dataclass(frozen=True, slots=True)
class Indexed:
    """A document as a version's manifest lists it.

    reason, detail: set when it could not be read; `passages` are then those of an earlier content that
    stays in the index, 0 for none.
    """

    name: str
    etag: str
    content_sha256: str = ""
    object_version: str = ""
    title: str = ""
    source_uri: str = ""
    tags: tuple[str, ...] = ()
    passages: int = 0
    reason: str = ""
    detail: str = ""
    notes: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """Why it could not be read, as people are told."""
        return self.detail + (STILL_USED if self.reason and self.passages else "")


def original_from(fields: Mapping[str, object]) -> Original:
    """As a plan's JSON has it."""
    return Original(**_tupled(fields, "tags"))  # type: ignore[arg-type]  # as `asdict` wrote it


def indexed_from(fields: Mapping[str, object]) -> Indexed:
    """As a manifest's JSON has it."""
    return Indexed(**_tupled(fields, "tags", "notes"))  # type: ignore[arg-type]  # as `asdict` wrote it


def _tupled(fields: Mapping[str, object], *names: str) -> dict[str, object]:
    lists = {name: value for name in names if isinstance(value := fields.get(name), list)}
    return {**fields, **{name: tuple(value) for name, value in lists.items()}}


@dataclass(frozen=True, slots=True)
class Difference:
    """Names, sorted. retagged: same content, other tags or source."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    retagged: tuple[str, ...]

    @property
    def to_read(self) -> tuple[str, ...]:
        return tuple(sorted(self.new + self.changed))

    @property
    def anything(self) -> bool:
        return bool(self.new or self.changed or self.removed or self.retagged)


def difference(
    originals: Iterable[Original], known: Iterable[Indexed], *, afresh: bool = False
) -> Difference:
    """Compares the bucket with a version's manifest.

    afresh: everything is read again (another embedder or another pipeline built that version).
    """
    before = {document.name: document for document in known}
    now = {original.name: original for original in originals}
    same = {name for name in now.keys() & before.keys() if now[name].etag == before[name].etag and not afresh}
    retagged = {name for name in same if _about(now[name]) != _about(before[name])}
    return Difference(
        new=_sorted(now.keys() - before.keys()),
        changed=_sorted((now.keys() & before.keys()) - same),
        removed=_sorted(before.keys() - now.keys()),
        unchanged=_sorted(same - retagged),
        retagged=_sorted(retagged),
    )


def _about(document: Original | Indexed) -> tuple[tuple[str, ...], str]:
    return tuple(sorted(document.tags)), document.source_uri


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def shares(sizes: Mapping[str, int], most: int, bytes_each: int) -> list[list[str]]:
    """Names dealt out in their order: at most `most` shares, of about equal size, none smaller than needed.

    sizes: bytes by name. Each share is a run of neighbours, so that joining them keeps the order.
    """
    total = sum(sizes.values())
    wanted = max(1, min(most, -(-total // bytes_each), len(sizes)))
    limit = total / wanted
    dealt: list[list[str]] = [[]]
    filled = 0.0
    for name in sorted(sizes):
        if dealt[-1] and filled + sizes[name] / 2 > limit and len(dealt) < most:
            dealt.append([])
            filled = 0.0
        dealt[-1].append(name)
        filled += sizes[name]
    return [share for share in dealt if share]


def manifest_of(
    plan: Sequence[Original], difference_: Difference, known: Iterable[Indexed], read: Mapping[str, Indexed]
) -> list[Indexed]:
    """The documents of the version that is being built, by name.

    read: what became of those that had to be read; one that is missing there was deleted meanwhile. One
    that can't be read any more keeps the passages of its earlier content, if there were any.
    """
    before = {document.name: document for document in known}
    originals = {original.name: original for original in plan}
    to_read = set(difference_.to_read)
    found: list[Indexed] = []
    for name in sorted(originals):
        if name not in to_read:
            about = originals[name]
            found.append(replace(before[name], tags=about.tags, source_uri=about.source_uri))
        elif name in read:
            found.append(_after_reading(read[name], before.get(name)))
    return found


def _after_reading(read: Indexed, before: Indexed | None) -> Indexed:
    if not read.reason or before is None or not before.passages:
        return read
    return replace(
        read,
        content_sha256=before.content_sha256,
        object_version=before.object_version,
        title=before.title,
        passages=before.passages,
    )


def version_of(documents: Iterable[Indexed], made_with: Sequence[str]) -> str:
    """20 hex digits. made_with: embedder, pipeline, engine: all else that decides what is in a version."""
    digest = sha256("\0".join(made_with).encode())
    for document in sorted(documents, key=lambda each: each.name):
        if document.passages:
            said = (document.name, document.content_sha256, sorted(document.tags), document.source_uri)
            digest.update(repr(said).encode("utf-8", "replace"))
    return digest.hexdigest()[:20]
