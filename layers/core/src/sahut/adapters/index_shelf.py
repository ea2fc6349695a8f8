"""Index files of all versions in S3, opened from local disk; and the search server beside them, if any.

The file is always written: it is what a later build carries unchanged documents over from, and what an
earlier version is searched in. A search server serves the versions of the tenants that chose it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory

from sahut.adapters.s3 import paths
from sahut.adapters.s3.objects import Bucket
from sahut.adapters.search_server import SearchServer
from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.adapters.sqlite_index.snapshots import Snapshots
from sahut.domain.errors import Refused
from sahut.domain.knowledge import Engine, KnowledgeBase, KnowledgeRef, KnowledgeSettings, Version
from sahut.domain.knowledge_diff import Indexed, indexed_from
from sahut.ports.knowledge import StoredIndex
from sahut.ports.passages import Entry, Passages


class S3IndexShelf:
    """See `ports.knowledge.IndexShelf`.

    scratch: folder on local disk, shared by the processes of a function. server: makes the search server
    at first use, None where none was deployed with. embedder, dimensions: of the vectors that are written.
    """

    def __init__(
        self,
        indexes: Bucket,
        scratch: Path,
        server: Callable[[], SearchServer | None],
        embedder: str,
        dimensions: int,
    ) -> None:
        self._bucket = indexes
        self._scratch = scratch
        self._snapshots = Snapshots(scratch, self._download)
        self._make_server = server
        self._server: SearchServer | None = None
        self._embedder = embedder
        self._dimensions = dimensions

    def _download(self, key: str, path: Path) -> None:
        self._bucket.download(key, path)

    def manifest(self, ref: KnowledgeRef, version_id: str) -> list[Indexed]:
        return [indexed_from(each) for each in json.loads(self._bucket.get(paths.manifest(ref, version_id)))]

    def entries(self, ref: KnowledgeRef, version: Version) -> Iterator[Entry]:
        return self._file(version).entries()

    def open(self, ref: KnowledgeRef, version: Version | KnowledgeBase) -> Passages:
        if version.engine is Engine.OPENSEARCH:
            return self._search_server().open(ref, version.version, version.embedder)
        return self._file(version)

    def _file(self, version: Version | KnowledgeBase) -> SqlitePassages:
        return self._snapshots.open(version.object_key, version.sha256)

    def store(
        self,
        ref: KnowledgeRef,
        version_id: str,
        entries: Iterator[Entry],
        documents: Sequence[Indexed],
        settings: KnowledgeSettings,
    ) -> StoredIndex:
        key = paths.snapshot(ref, version_id)
        with TemporaryDirectory(prefix="sahut-build-") as folder:
            path = Path(folder) / "index.sqlite"
            written = SqliteIndexWriter(path).write(
                entries, version=version_id, embedder=self._embedder, dimensions=self._dimensions
            )
            with path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            self._bucket.put_file(key, path, "application/vnd.sqlite3")
            if settings.engine is Engine.OPENSEARCH:
                made = SqlitePassages(path)
                self._search_server().write(
                    ref, version_id, made.searched(), self._embedder, self._dimensions
                )
                made.close()
            size = path.stat().st_size
        self.describe(ref, version_id, documents)
        return StoredIndex(key, digest, size, written.passages, written.collapsed, settings.engine)

    def describe(self, ref: KnowledgeRef, version_id: str, documents: Sequence[Indexed]) -> None:
        manifest = json.dumps([asdict(each) for each in documents], ensure_ascii=False)
        self._bucket.put(paths.manifest(ref, version_id), manifest.encode(), "application/json")

    def stands(self, ref: KnowledgeRef, version: Version) -> bool:
        if version.engine is not Engine.OPENSEARCH:
            return True
        return self._search_server().holds(ref, version.version) == version.passages - version.collapsed

    def restore(self, ref: KnowledgeRef, version: Version) -> None:
        entries = self._file(version).searched()
        self._search_server().write(ref, version.version, entries, self._embedder, self._dimensions)

    def activated(self, ref: KnowledgeRef, version: Version) -> None:
        if version.engine is Engine.OPENSEARCH:
            self._search_server().activated(ref, version.version)

    def drop(self, ref: KnowledgeRef, version: Version) -> None:
        self._bucket.delete(version.object_key)
        if version.engine is Engine.OPENSEARCH:
            self._search_server().drop(ref, version.version)

    def _search_server(self) -> SearchServer:
        self._server = self._server or self._make_server()
        if self._server is None:
            raise Refused("this version is on a search server, and none was deployed with")
        return self._server
