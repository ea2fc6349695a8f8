"""Objects in S3: originals, media, indexes, bodies of dead letters."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sahut.adapters.aws_errors import code_of, translated
from sahut.domain.errors import NotFound

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = frozenset({"NoSuchKey", "404", "NotFound", "NoSuchVersion"})


@dataclass(frozen=True, slots=True)
class Listed:
    """etag: without its quotes."""

    key: str
    etag: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Upload:
    """How a file is put into the bucket without passing through us: an HTTP PUT to `url`."""

    url: str
    headers: dict[str, str]
    expires_in_s: int


class Bucket:
    """One bucket. Keys begin with a tenant id, or with a prefix that names one, or `dead-letters/`.

    Reads raise `NotFound` for an object that isn't there.
    """

    def __init__(self, client: S3Client, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, key: str, body: bytes, content_type: str) -> None:
        with translated():
            self._client.put_object(Bucket=self._name, Key=key, Body=body, ContentType=content_type)

    def put_file(self, key: str, path: Path, content_type: str) -> None:
        """Streamed. One request takes up to 5 GB."""
        with translated(), path.open("rb") as body:
            self._client.put_object(Bucket=self._name, Key=key, Body=body, ContentType=content_type)

    def get(self, key: str) -> bytes:
        with _found():
            return self._client.get_object(Bucket=self._name, Key=key)["Body"].read()

    def download(self, key: str, path: Path) -> str:
        """Writes the object to `path`; returns its S3 version id, '' in a bucket without versions."""
        with _found(), path.open("wb") as target:
            found = self._client.get_object(Bucket=self._name, Key=key)
            for chunk in found["Body"].iter_chunks(1 << 20):
                target.write(chunk)
        version = found.get("VersionId", "")
        return "" if version == "null" else version

    def size(self, key: str) -> int | None:
        """In bytes; None when there is no such object."""
        try:
            with _found():
                return self._client.head_object(Bucket=self._name, Key=key)["ContentLength"]
        except NotFound:
            return None

    def list(self, prefix: str) -> Iterator[Listed]:
        """In the order of their keys. Folder markers (keys that end with a slash) are left out."""
        with translated():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
            for page in pages:
                for found in page.get("Contents", ()):
                    if not found["Key"].endswith("/"):
                        yield Listed(found["Key"], found["ETag"].strip('"'), found["Size"])

    def delete(self, key: str) -> None:
        """Deleting what isn't there is fine. In a versioned bucket the earlier versions stay."""
        with translated():
            self._client.delete_object(Bucket=self._name, Key=key)

    def upload(self, key: str, content_type: str, expires_in_s: int) -> Upload:
        """Permission to put one object, for whoever has the URL."""
        with translated():
            url = self._client.generate_presigned_url(
                "put_object",
                Params={"Bucket": self._name, "Key": key, "ContentType": content_type},
                ExpiresIn=expires_in_s,
            )
        return Upload(url, {"Content-Type": content_type}, expires_in_s)

    def link(self, key: str, version: str, expires_in_s: int) -> str:
        """A URL that opens the object in a browser. version: S3's, '' for the newest."""
        wanted = {"Bucket": self._name, "Key": key, "ResponseContentDisposition": "inline"}
        if version:
            wanted["VersionId"] = version
        with translated():
            url: str = self._client.generate_presigned_url(
                "get_object", Params=wanted, ExpiresIn=expires_in_s
            )
        return url


@contextmanager
def _found() -> Iterator[None]:
    """NotFound for what isn't there; everything else as `translated` does it."""
    with translated():
        try:
            yield
        except ClientError as error:
            if code_of(error) in _MISSING:
                raise NotFound("object of this key") from error
            raise
