"""A server that versions can be searched on, beside their files. Real one: OpenSearch."""

from collections.abc import Iterable
from typing import Protocol

from sahut.domain.knowledge import KnowledgeRef
from sahut.ports.passages import Entry, Passages


class SearchServer(Protocol):
    """All methods raise TryAgain when the server can't be reached."""

    def open(self, ref: KnowledgeRef, version: str, embedder: str) -> Passages: ...

    def write(
        self, ref: KnowledgeRef, version: str, entries: Iterable[Entry], embedder: str, dimensions: int
    ) -> None:
        """Whole or not at all; writing a version again replaces it."""
        ...

    def holds(self, ref: KnowledgeRef, version: str) -> int | None:
        """How many passages of a version can be found; None where its index isn't there."""
        ...

    def activated(self, ref: KnowledgeRef, version: str) -> None:
        """Aliases follow the pointer; nothing is decided by them."""
        ...

    def drop(self, ref: KnowledgeRef, version: str) -> None: ...
