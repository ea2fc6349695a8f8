"""Originals and intermediate files of builds, in S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sahut.adapters.s3 import paths
from sahut.adapters.s3.objects import Bucket, Upload
from sahut.domain.errors import NotFound
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.knowledge_diff import Original
from sahut.ports.knowledge import EvaluationSet, Fetched


class S3Originals:
    """See `ports.knowledge.Originals`. Keys that are no document's name are passed over."""

    def __init__(self, documents: Bucket) -> None:
        self._bucket = documents

    def list(self, ref: KnowledgeRef) -> Iterator[Original]:
        for found in self._bucket.list(paths.originals(ref)):
            named = paths.of_original(found.key)
            if named is not None:
                yield Original(named[1], found.etag, found.bytes)

    def put(self, ref: KnowledgeRef, name: str, body: bytes, content_type: str) -> None:
        self._bucket.put(paths.original(ref, name), body, content_type)

    def delete(self, ref: KnowledgeRef, name: str) -> None:
        """Earlier versions of the object stay, for citations of earlier answers."""
        self._bucket.delete(paths.original(ref, name))

    def upload(self, ref: KnowledgeRef, name: str, content_type: str, expires_in_s: int) -> Upload:
        return self._bucket.upload(paths.original(ref, name), content_type, expires_in_s)

    def link(self, ref: KnowledgeRef, name: str, object_version: str, expires_in_s: int) -> str:
        return self._bucket.link(paths.original(ref, name), object_version, expires_in_s)

    @contextmanager
    def fetch(self, ref: KnowledgeRef, name: str) -> Iterator[Fetched]:
        with TemporaryDirectory(prefix="sahut-") as folder:
            # The parser decides by content; the ending only helps people who look.
            path = Path(folder) / f"original{Path(name).suffix[:12]}"
            version = self._bucket.download(paths.original(ref, name), path)
            with path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            yield Fetched(path, version, digest)


class S3BuildFiles:
    """See `ports.knowledge.BuildFiles`."""

    def __init__(self, indexes: Bucket) -> None:
        self._bucket = indexes

    def put(self, ref: KnowledgeRef, build_id: str, name: str, body: bytes) -> None:
        self._bucket.put(paths.build_file(ref, build_id, name), body, "application/octet-stream")

    def get(self, ref: KnowledgeRef, build_id: str, name: str) -> bytes:
        return self._bucket.get(paths.build_file(ref, build_id, name))

    def size(self, ref: KnowledgeRef, build_id: str, name: str) -> int | None:
        return self._bucket.size(paths.build_file(ref, build_id, name))


class S3EvaluationSets:
    """A tenant's own questions: one set for each knowledge base."""

    def __init__(self, indexes: Bucket) -> None:
        self._bucket = indexes

    def put(self, ref: KnowledgeRef, text: str) -> str:
        """Stores the set and returns the SHA-256 (hex) by which figures name it."""
        body = text.encode()
        self._bucket.put(paths.evaluation_set(ref), body, "application/x-ndjson")
        return sha256(body).hexdigest()

    def get(self, ref: KnowledgeRef) -> EvaluationSet | None:
        """None when the tenant has none."""
        try:
            body = self._bucket.get(paths.evaluation_set(ref))
        except NotFound:
            return None
        return EvaluationSet(body.decode(), sha256(body).hexdigest())
