"""Files that customers sent: kept in memory, found by id, gone when told to expire."""

import base64
import hashlib
import itertools
from dataclasses import dataclass


@dataclass(slots=True)
class MediaFile:
    """expired: as after Meta's 7 days; the id is then unknown to the API."""

    media_id: str
    content: bytes
    mime_type: str
    filename: str = ""
    expired: bool = False

    @property
    def sha256(self) -> str:
        """Base64 of the digest, as webhooks carry it."""
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()

    @property
    def sha256_hex(self) -> str:
        """Hexadecimal digest, as GET /{media_id} gives it."""
        return hashlib.sha256(self.content).hexdigest()


class MediaStore:
    def __init__(self) -> None:
        self._files: dict[str, MediaFile] = {}
        self._ids = itertools.count(1_006_000_000_000_001)

    def add(self, content: bytes, mime_type: str, filename: str = "") -> MediaFile:
        file = MediaFile(str(next(self._ids)), content, mime_type, filename)
        self._files[file.media_id] = file
        return file

    def find(self, media_id: str) -> MediaFile | None:
        """The file, or None when it never was or has expired."""
        file = self._files.get(media_id)
        return None if file is None or file.expired else file

    def expire(self, media_id: str, *, expired: bool) -> bool:
        """Whether there is such a file."""
        file = self._files.get(media_id)
        if file is None:
            return False
        file.expired = expired
        return True

    def clear(self) -> None:
        self._files.clear()
