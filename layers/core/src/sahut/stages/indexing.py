"""What every way of building an index shares: a document's passages, their hashes, vectors as bytes.

Knows no storage and no index: in one process (`index_documents`) and in the stages of a build alike.
"""

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from sahut.domain.answer import Passage
from sahut.domain.splitting import split_document, text_to_embed
from sahut.ports.passages import Entry

# Raised when the same documents would give other passages or another file.
PIPELINE = "2"

_DIGEST_BITS = 256


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document that was parsed.

    name: unique in its knowledge base; becomes the document id. uri: where it stands on the web, or ''.
    title: its own, or ''. pages: (offset in text, page number), ascending, as parsers give them. tags:
    what it can be filtered by. document_version: the original's S3 version id, or ''.
    """

    name: str
    text: str
    uri: str = ""
    title: str = ""
    pages: tuple[tuple[int, int], ...] = ()
    tags: tuple[str, ...] = ()
    document_version: str = ""


def passages_of(document: SourceDocument) -> tuple[Passage, ...]:
    """In reading order; () when it says nothing."""
    return split_document(
        document.name,
        document.text,
        title=document.title,
        uri=document.uri,
        pages=document.pages,
        document_version=document.document_version,
    )


def content_hash(passage: Passage) -> str:
    """64 hex digits, equal for passages that get the same vector."""
    return hashlib.sha256(text_to_embed(passage).encode("utf-8", "replace")).hexdigest()


def vector_bytes(vector: Sequence[float]) -> bytes:
    """Little-endian float16, as an Entry carries it.

    Raises:
        ValueError: a number is beyond ±65,504, which no unit vector has.
    """
    try:
        return struct.pack(f"<{len(vector)}e", *vector)
    except OverflowError as error:
        raise ValueError("a vector that isn't of unit length") from error


class VersionDigest:
    """Names a version by its content: the same entries in any order, by any way of building, give one name.

    Vectors don't count, because text and embedder decide them.

    Args:
        embedder: its name, '' for a lexical index.
    """

    def __init__(self, embedder: str = "") -> None:
        self._embedder = embedder
        self._sum = 0

    def add(self, entry: Entry) -> None:
        # A sum of hashes doesn't depend on their order and, unlike XOR, sees what comes twice.
        said = repr((astuple(entry.passage), sorted(entry.tags))).encode("utf-8", "replace")
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(said).digest())) % 2**_DIGEST_BITS

    def hexdigest20(self) -> str:
        """20 hex digits."""
        said = f"{PIPELINE}\0{self._embedder}\0{self._sum}"
        return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:20]
