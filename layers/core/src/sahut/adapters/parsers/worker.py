"""The child process that reads files: one JSON line in, one out, until its input ends.

Run by `IsolatedParser` as `python -m sahut.adapters.parsers.worker`. Limits itself, so that neither a hostile
file nor a lost parent leaves it running.
"""

import argparse
import json
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from sahut.adapters.parsers.facade import FileParser
from sahut.adapters.parsers.limits import FULL
from sahut.ports.parser import DocumentParser, DocumentUnreadable, Unreadable

READY = b"ready"
# The parent kills at its own time limit; this is for a parent that is gone.
_AFTER_PARENT_S = 10.0
_MEMORY = "Reading the file takes too much memory. Divide it into smaller ones."


def main(arguments: Sequence[str] | None = None, parser: DocumentParser | None = None) -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--memory-bytes", type=int, required=True)
    options.add_argument("--timeout-s", type=float, required=True)
    given = options.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_AS, (given.memory_bytes, given.memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _serve(parser or FileParser(), given.timeout_s, given.memory_bytes)
    return 0


def _serve(parser: DocumentParser, timeout_s: float, memory_bytes: int) -> None:
    # Libraries print to 1 and 2; answers go to a copy that nobody else knows, what they print nowhere.
    with os.fdopen(os.dup(1), "wb") as answers, Path(os.devnull).open("r+b") as nowhere:
        answers.write(b"%s %d\n" % (READY, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
        answers.flush()
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        for line in sys.stdin.buffer:
            signal.setitimer(signal.ITIMER_REAL, timeout_s + _AFTER_PARENT_S)
            go_on = _answer(line, parser, answers, memory_bytes)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if not go_on:
                return


def _answer(line: bytes, parser: DocumentParser, answers: BinaryIO, memory_bytes: int) -> bool:
    """Whether another document may come: memory that a document took is rarely given back."""
    path, name = json.loads(line)
    fresh = True
    try:
        parsed = parser.parse(Path(path), name)
        said: dict[str, object] = {
            "text": parsed.text, "title": parsed.title, "pages": parsed.pages, "notes": parsed.notes,
        }  # fmt: skip
    except DocumentUnreadable as error:
        said = {"reason": error.reason.value, "detail": error.detail}
        fresh = error.reason is not Unreadable.TOO_MUCH_MEMORY
    except MemoryError:
        said = {"reason": Unreadable.TOO_MUCH_MEMORY.value, "detail": _MEMORY}
        fresh = False
    except FileNotFoundError:
        said = {"missing": True}
    full = _peak_bytes() > FULL * memory_bytes
    if full and said.get("reason") == Unreadable.CORRUPT.value:
        # Some libraries call a file damaged when they get no more memory.
        said = {"reason": Unreadable.TOO_MUCH_MEMORY.value, "detail": _MEMORY}
    said["stays"] = fresh and not full
    answers.write(json.dumps(said, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
    answers.flush()
    return bool(said["stays"])


def _peak_bytes() -> int:
    """The most memory that this program had resident. Not `ru_maxrss`, which knows our parent's, too."""
    for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("the kernel doesn't tell how much memory this process had")


if __name__ == "__main__":
    sys.exit(main())
