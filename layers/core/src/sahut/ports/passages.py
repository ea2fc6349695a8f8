"""Where passages are found. Adapters: sqlite (one immutable file per version), OpenSearch."""

from collections.abc import Sequence
from typing import Protocol

from sahut.domain.answer import FoundPassage


class Passages(Protocol):
    """One knowledge base version of one tenant, opened for reading."""

    @property
    def version(self) -> str: ...

    @property
    def embedder(self) -> str:
        """Name of the embedder whose query vectors it understands; '' when it has no vectors."""
        ...

    def find(self, query: str, query_vector: Sequence[float] | None, limit: int) -> tuple[FoundPassage, ...]:
        """The best passages, best first. query_vector None: lexical only."""
        ...
