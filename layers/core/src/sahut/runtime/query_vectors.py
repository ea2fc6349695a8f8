"""Questions into vectors: the embedder, loaded with the first one, and the vectors of the last ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sahut.domain.errors import Refused
from sahut.runtime.log_events import Event, log

if TYPE_CHECKING:
    from sahut.ports.embedder import Embedder

# Customers ask the same things: a vector is 12 ms of work and 3 kB.
REMEMBERED_QUERIES = 256


class RememberedVectors:
    """A stages.retrieve.QueryVectors. embedder: made when the first question comes."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[tuple[str, str], Sequence[float] | None] = {}

    def __call__(self, text: str, embedder: str) -> Sequence[float] | None:
        """None when the index has no vectors, or this function cannot make such ones: then words decide."""
        if not embedder:
            return None
        if (text, embedder) not in self._vectors:
            self._vectors[text, embedder] = self._embed(text, embedder)
            if len(self._vectors) > REMEMBERED_QUERIES:
                del self._vectors[next(iter(self._vectors))]
        return self._vectors[text, embedder]

    def _embed(self, text: str, embedder: str) -> Sequence[float] | None:
        if self._embedder.name != embedder:
            log(Event.EMBEDDER_MISSING, why="the index was built with another embedder")
            return None
        try:
            return self._embedder.embed_query(text)
        except Refused as error:
            log(Event.EMBEDDER_MISSING, why=str(error))
            return None
