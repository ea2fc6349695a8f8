"""Says which step runs and how long it took: `  building … 2.4 s`."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


class Progress:
    """Writes to `out`; None keeps silent."""

    def __init__(self, out: TextIO | None = sys.stderr) -> None:
        self._out = out

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Shows `title` at once and the time taken when the block ends; a failure is marked."""
        began = time.monotonic()
        self._write(f"  {title} … ")
        try:
            yield
        except BaseException:
            self._write("failed\n")
            raise
        self._write(f"{time.monotonic() - began:.1f} s\n")

    def say(self, text: str) -> None:
        self._write(f"{text}\n")

    def _write(self, text: str) -> None:
        if self._out:
            self._out.write(text)
            self._out.flush()
