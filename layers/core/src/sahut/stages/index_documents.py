"""Documents into one immutable index version. Knows no storage: the caller uploads file and manifest."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from sahut.domain.answer import Passage
from sahut.domain.splitting import split_document, text_to_embed
from sahut.ports.embedder import Embedder

# Raised when the same documents would give other passages or another file.
PIPELINE = "1"

Vector = Sequence[float]


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """name: unique in its knowledge base; becomes the document id. uri: where a citation leads, or ''."""

    name: str
    text: str
    uri: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was built. version: hash of all that decides the content. embedded: vectors made anew."""

    version: str
    embedder: str
    documents: int
    passages: int
    embedded: int


class WriteIndex(Protocol):
    """Writes the file (adapters.sqlite_index.build with its path bound)."""

    def __call__(
        self,
        passages: Sequence[Passage],
        vectors: Sequence[Vector] | None,
        *,
        version: str,
        embedder: str,
    ) -> None: ...


def index_documents(
    documents: Iterable[SourceDocument],
    embedder: Embedder | None,
    write: WriteIndex,
    known: Mapping[str, Vector] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Manifest:
    """Splits, embeds and writes. The order of the documents doesn't matter.

    embedder None: a lexical index. known: vectors of an earlier version of the same embedder, by
    `content_hash`. progress: is told (embedded, to embed).

    Raises:
        Refused: the embedder can't work. ValueError: two documents have one name.
    """
    ordered = sorted(documents, key=lambda document: document.name)
    if len({document.name for document in ordered}) != len(ordered):
        raise ValueError("two documents have the same name")
    passages = [p for document in ordered for p in split_document(document.name, document.text, document.uri)]
    name = embedder.name if embedder else ""
    version = content_version(passages, name)
    vectors, embedded = None, 0
    if embedder:
        vectors, embedded = _vectors(passages, embedder, known or {}, progress)
    write(passages, vectors, version=version, embedder=name)
    return Manifest(version, name, len(ordered), len(passages), embedded)


def content_hash(passage: Passage) -> str:
    """Equal for passages that get the same vector."""
    return hashlib.sha256(text_to_embed(passage).encode("utf-8", "replace")).hexdigest()


def content_version(passages: Sequence[Passage], embedder: str) -> str:
    """20 hex digits: the same documents, embedder and pipeline give the same version."""
    digest = hashlib.sha256(f"{PIPELINE}\0{embedder}".encode())
    for passage in passages:
        digest.update(repr(sorted(asdict(passage).items())).encode("utf-8", "replace"))
    return digest.hexdigest()[:20]


def _vectors(
    passages: Sequence[Passage],
    embedder: Embedder,
    known: Mapping[str, Vector],
    progress: Callable[[int, int], None],
) -> tuple[list[Vector], int]:
    hashes = [content_hash(passage) for passage in passages]
    texts = {key: text_to_embed(p) for key, p in zip(hashes, passages, strict=True) if key not in known}
    made: dict[str, Vector] = {}
    missing = list(texts)
    for at in range(0, len(missing), 32):
        keys = missing[at : at + 32]
        made.update(zip(keys, embedder.embed_passages([texts[key] for key in keys]), strict=True))
        progress(len(made), len(missing))
    return [made[key] if key in made else known[key] for key in hashes], len(made)
