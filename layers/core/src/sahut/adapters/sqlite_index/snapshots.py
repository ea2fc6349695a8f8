"""Index files of many versions, fetched once and kept on local disk.

The directory may be shared by processes and wiped at any time (/tmp of a Lambda function). A file is
named by the hash of its content: it is complete and right, or it isn't there.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeAlias

from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.errors import Refused, TryAgain

# Fetches the object with this key into the file.
Download: TypeAlias = Callable[[str, Path], None]

# A file of 10,000 passages has 19 MB and takes 15 MB of memory once it is searched; one of 100,000 has 186
# and takes 154. A function has 512 MB of disk, and of memory what its embedder leaves (it needs 200 MB).
KEEP = 4
KEEP_BYTES = 200_000_000


class Snapshots:
    """Opens versions; keeps the last used ones on disk and in memory.

    Args:
        keep, keep_bytes: at most so many, and so many bytes of files together; but always the last one.
    """

    def __init__(
        self, directory: Path, download: Download, keep: int = KEEP, keep_bytes: int = KEEP_BYTES
    ) -> None:
        self._directory = directory
        self._download = download
        self._keep = keep
        self._keep_bytes = keep_bytes
        self._open: dict[str, SqlitePassages] = {}
        self._lock = threading.Lock()

    def open(self, object_key: str, sha256: str) -> SqlitePassages:
        """The version stored under `object_key`, whose bytes have this SHA-256 (hex).

        Raises:
            TryAgain: what was fetched has another hash, or another process removed it meanwhile.
            Refused: the file is no index of ours, or `sha256` is no hash.
        """
        if len(sha256) != 64 or not sha256.isalnum():
            raise Refused("not a SHA-256")
        with self._lock:
            passages = self._open.pop(sha256, None) or self._from_disk(object_key, sha256)
            self._open[sha256] = passages
            while len(self._open) > 1 and not self._fits([each.file_bytes for each in self._open.values()]):
                del self._open[next(iter(self._open))]
        return passages

    def _from_disk(self, object_key: str, sha256: str) -> SqlitePassages:
        path = self._directory / f"{sha256}.sqlite"
        if not path.exists():
            self._fetch(object_key, sha256, path)
        try:
            os.utime(path)
            return SqlitePassages(path)
        except (FileNotFoundError, Refused) as error:
            if path.exists():
                raise
            raise TryAgain("the index file was removed while it was opened") from error
        finally:
            self._drop_oldest()

    def _fetch(self, object_key: str, sha256: str, path: Path) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=self._directory, suffix=".part", delete=False) as part:
            draft = Path(part.name)
        try:
            self._download(object_key, draft)
            with draft.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
                    raise TryAgain("an index file arrived damaged")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _drop_oldest(self) -> None:
        """An open file stays readable after it is unlinked, here and in other processes."""
        files = sorted(self._directory.glob("*.sqlite"), key=_last_used)
        sizes = [_size(path) for path in files]
        for at, path in enumerate(files[:-1]):
            if not self._fits(sizes[at:]):
                path.unlink(missing_ok=True)

    def _fits(self, sizes: Sequence[int]) -> bool:
        return len(sizes) <= self._keep and sum(sizes) <= self._keep_bytes


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _last_used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
