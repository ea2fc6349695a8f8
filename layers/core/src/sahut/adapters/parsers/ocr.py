"""Text in pictures, by the `tesseract` program where it is on PATH. Knows no document format."""

import os
import shutil
import subprocess
import time
from functools import cache
from pathlib import Path

from sahut.adapters.parsers.limits import OCR_BUDGET_S, OCR_PAGE_TIMEOUT_S

_WANTED = ("eng", "ind")
# Its threads slow each other down on the two cores that a function has.
_ENVIRONMENT = {"OMP_THREAD_LIMIT": "1"}
HOW_TO = (
    "Save it with a text layer (OCR), or upload the text; pictures are read where tesseract is installed."
)


class OcrFailed(Exception):
    """Tesseract said no, or took too long, with this picture."""


class Ocr:
    """Reads pictures for one document.

    Args:
        budget_s: for all of its pages; what comes later is left out.
    """

    def __init__(self, budget_s: float = OCR_BUDGET_S, page_timeout_s: float = OCR_PAGE_TIMEOUT_S) -> None:
        self._program = shutil.which("tesseract") or ""
        self._ends_at = time.monotonic() + budget_s
        self._page_timeout_s = page_timeout_s

    @property
    def works(self) -> bool:
        return bool(self._program) and bool(_languages(self._program))

    @property
    def has_time(self) -> bool:
        return time.monotonic() < self._ends_at

    def read_picture(self, picture: bytes | Path) -> list[str]:
        """One text for each page of a PNG, JPEG, TIFF or PNM.

        Raises:
            OcrFailed: it isn't one, or it takes longer than a page may.
        """
        given = str(picture) if isinstance(picture, Path) else "-"
        left_s = min(self._page_timeout_s, max(self._ends_at - time.monotonic(), 1.0))
        try:
            done = subprocess.run(
                [self._program, given, "-", "-l", _languages(self._program)],
                input=b"" if isinstance(picture, Path) else picture,
                capture_output=True,
                timeout=left_s,
                env={**os.environ, **_ENVIRONMENT},
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise OcrFailed(type(error).__name__) from error
        return done.stdout.decode("utf-8", "replace").rstrip("\f").split("\f")


@cache
def _languages(program: str) -> str:
    """`eng+ind`, or what there is of it; '' when there is neither."""
    try:
        listed = subprocess.run([program, "--list-langs"], capture_output=True, timeout=20, check=True)
    except (subprocess.SubprocessError, OSError):
        return ""
    offered = listed.stdout.decode("utf-8", "replace").split()
    return "+".join(language for language in _WANTED if language in offered)
