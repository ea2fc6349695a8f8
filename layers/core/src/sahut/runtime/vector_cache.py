"""Vectors of passages that were embedded before, in a file: embedding is what takes the time of an index."""

import hashlib
import sqlite3
from array import array
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from sahut.ports.embedder import Embedder


class CachedEmbedder:
    """Another embedder that keeps every passage's vector in `file`; queries are always embedded anew."""

    def __init__(self, inner: Embedder, file: Path) -> None:
        self._inner = inner
        self._file = file
        self.made = 0
        """Passages that were not in the file."""

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dimensions(self) -> int:
        return self._inner.dimensions

    def embed_query(self, text: str) -> list[float]:
        return self._inner.embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        keys = [hashlib.sha256(f"{self.name}\0{text}".encode("utf-8", "replace")).digest() for text in texts]
        with closing(sqlite3.connect(self._file, timeout=60)) as database, database:
            database.execute(
                "CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL)"
            )
            known = {key: vector for key in keys if (vector := _read(database, key)) is not None}
            missing = [at for at, key in enumerate(keys) if key not in known]
            made = self._inner.embed_passages([texts[at] for at in missing]) if missing else []
            for at, vector in zip(missing, made, strict=True):
                known[keys[at]] = vector
                row = (keys[at], array("f", vector).tobytes())
                database.execute("INSERT OR REPLACE INTO vectors VALUES (?, ?)", row)
        self.made += len(made)
        return [known[key] for key in keys]


def _read(database: sqlite3.Connection, key: bytes) -> list[float] | None:
    row = database.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
    return array("f", row[0]).tolist() if row else None
