"""Objects in S3: originals, media, indexes, bodies of dead letters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sahut.adapters.aws_errors import translated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class Bucket:
    """One bucket. Keys begin with a tenant id, or `dead-letters/`."""

    def __init__(self, client: S3Client, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, body: bytes, content_type: str) -> None:
        with translated():
            self._client.put_object(Bucket=self._name, Key=key, Body=body, ContentType=content_type)

    def get(self, key: str) -> bytes:
        with translated():
            return self._client.get_object(Bucket=self._name, Key=key)["Body"].read()

    def download(self, key: str, path: Path) -> None:
        with translated(), path.open("wb") as target:
            for chunk in self._client.get_object(Bucket=self._name, Key=key)["Body"].iter_chunks(1 << 20):
                target.write(chunk)
