"""Where passages are found. Adapters: sqlite (one immutable file per version), OpenSearch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sahut.domain.answer import FoundPassage, Passage


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for.

    text: the question, chat shorthand spelt out. vector: its embedding by the index's own embedder;
    None lets words decide alone. synonyms: more words, looked up beside those of the text. tags: only
    documents that carry all of them.
    """

    text: str
    vector: Sequence[float] | None = None
    synonyms: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()


class Passages(Protocol):
    """One knowledge base version of one tenant, opened for reading."""

    @property
    def version(self) -> str: ...

    @property
    def embedder(self) -> str:
        """Name of the embedder whose query vectors it understands; '' when it has no vectors."""
        ...

    def find(self, query: Query, limit: int) -> tuple[FoundPassage, ...]:
        """The best passages, best first, at most `limit`. Scores: see domain/fusion.py.

        Raises:
            Refused: the vector has another size than the index.
            TryAgain: the index can't be reached now.
        """
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage on its way into an index.

    vector: its unit vector as little-endian float16, two bytes a dimension; b'' in a lexical index.
    tags: of its document.
    """

    passage: Passage
    vector: bytes = b""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What went into an index. collapsed: passages that nearly repeat another and are not searched."""

    passages: int
    collapsed: int


class IndexWriter(Protocol):
    """Writes one version of one knowledge base, whole or not at all."""

    def write(self, entries: Iterable[Entry], *, version: str, embedder: str, dimensions: int) -> Written:
        """Reads `entries` once, in order, and keeps few of them in memory at a time.

        dimensions: 0 makes a lexical index.

        Raises:
            ValueError: a vector of another size.
        """
        ...
