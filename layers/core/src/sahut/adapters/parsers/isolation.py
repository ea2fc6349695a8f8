"""Reads files in a child process, so that none of them can take this one down or hold it up.

One child lives for many documents. It gets paths on its input and answers JSON lines; after a crash, a
time-out, much memory or many documents another one takes its place. Works where there is neither shared
memory nor semaphores, as in AWS Lambda. Knows no file format.
"""

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import IO, Self

from pydantic import BaseModel

from sahut.adapters.parsers.limits import FULL
from sahut.ports.parser import DocumentUnreadable, ParsedDocument, Unreadable

WORKER = "sahut.adapters.parsers.worker"
_READY = b"ready "
_START_TIMEOUT_S = 30.0
_PIECE_BYTES = 1024 * 1024
# What programs need to start; credentials stay with the parent.
_ENVIRONMENT = (
    "PATH",
    "LD_LIBRARY_PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "TESSDATA_PREFIX",
    "PYTHONPYCACHEPREFIX",
)


class _Answer(BaseModel):
    """What the child says: text, or a reason, or that there is no such file."""

    text: str = ""
    title: str = ""
    pages: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()
    reason: Unreadable | None = None
    detail: str = ""
    missing: bool = False
    stays: bool


class _Gone(Exception):
    """The child ended before it answered."""


class _TooSlow(Exception):
    pass


class _Child:
    """One process.

    Raises:
        RuntimeError: it doesn't start; that is an installation's fault and no document's.
    """

    def __init__(self, module: str, timeout_s: float, memory_bytes: int) -> None:
        self.served = 0
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        with tempfile.TemporaryFile() as complaints:
            self._process = subprocess.Popen(
                self._command(module),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                env=_environment(),
                start_new_session=True,  # so that it can be killed with its own children
                bufsize=0,
            )
            try:
                said = self._line(time.monotonic() + _START_TIMEOUT_S)
            except (_Gone, _TooSlow):
                said = b""
            # The system counts what this process had resident when it was forked as the child's own.
            self._began_with_kb = int(said.removeprefix(_READY)) if said.startswith(_READY) else 0
            if not self._began_with_kb:
                self.kill()
                complaints.seek(0)
                why = complaints.read()[-2000:].decode("utf-8", "replace")
                raise RuntimeError(f"the process that reads documents doesn't start: {why}")

    def _command(self, module: str) -> Sequence[str]:
        limits = (f"--memory-bytes={self._memory_bytes}", f"--timeout-s={self._timeout_s}")
        return (sys.executable, "-P", "-m", module, *limits)

    @property
    def process_id(self) -> int:
        return self._process.pid

    @property
    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, file: Path, name: str) -> _Answer:
        """Raises: _Gone, _TooSlow."""
        self.served += 1
        question = json.dumps([str(file.absolute()), name]).encode() + b"\n"
        try:
            _pipe(self._process.stdin).write(question)
        except BrokenPipeError as error:
            raise _Gone from error
        return _Answer.model_validate_json(self._line(time.monotonic() + self._timeout_s))

    def _line(self, ends_at: float) -> bytes:
        stream = _pipe(self._process.stdout)
        waiting = select.poll()
        waiting.register(stream, select.POLLIN)
        pieces: list[bytes] = []
        while not (pieces and pieces[-1].endswith(b"\n")):
            left_s = ends_at - time.monotonic()
            if left_s <= 0 or not waiting.poll(1000 * left_s):
                raise _TooSlow
            piece = os.read(stream.fileno(), _PIECE_BYTES)
            if not piece:
                raise _Gone
            pieces.append(piece)
        return b"".join(pieces)

    def kill(self) -> bool:
        """Ends it and all that it started; returns whether it is known to have had its memory full.

        Where this process is larger than that, nobody can tell, and it doesn't count as full.
        """
        process = self._process
        if process.returncode is None:
            # Until it is waited for, its id is nobody else's.
            with suppress(ProcessLookupError):  # it ended a moment ago
                os.killpg(process.pid, signal.SIGKILL)
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            grew = used.ru_maxrss > self._began_with_kb
            full = grew and used.ru_maxrss * 1024 > FULL * self._memory_bytes
        else:
            full = False
        for pipe in (process.stdin, process.stdout):
            _pipe(pipe).close()
        return full


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    if pipe is None:
        raise RuntimeError("the child was started without pipes")
    return pipe


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # The same modules as here, wherever they come from: a layer, an editable installation, a test.
    return {**kept, "PYTHONPATH": os.pathsep.join(str(Path(part).absolute()) for part in sys.path)}


class IsolatedParser:
    """A `ports.parser.DocumentParser` that survives every file.

    Args:
        timeout_s: wall time for one document. memory_bytes: address space of the child.
        documents_per_process: after so many it is replaced. worker: module that is run, for tests.
    """

    def __init__(
        self,
        *,
        timeout_s: float = 120.0,
        memory_bytes: int = 1024**3,
        documents_per_process: int = 200,
        worker: str = WORKER,
    ) -> None:
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._documents_per_process = documents_per_process
        self._worker = worker
        self._child: _Child | None = None
        self._lock = Lock()

    @property
    def process_id(self) -> int | None:
        """Of the child; None while there is none."""
        return self._child.process_id if self._child is not None else None

    def parse(self, file: Path, name: str) -> ParsedDocument:
        """Raises:
        DocumentUnreadable: with the reason.
        FileNotFoundError: there is no such file.
        RuntimeError: the child can't be started.
        """
        with self._lock:
            answer = self._ask(file, name)
        if answer.missing:
            raise FileNotFoundError(file)
        if answer.reason is not None:
            raise DocumentUnreadable(answer.reason, answer.detail)
        return ParsedDocument(answer.text, answer.title, answer.pages, answer.notes)

    def _ask(self, file: Path, name: str) -> _Answer:
        child = self._ready_child()
        try:
            answer = child.ask(file, name)
        except _TooSlow as error:
            self._end()
            sentence = (
                f"Reading the file takes more than {self._timeout_s:.0f} s. Divide it into smaller ones."
            )
            raise DocumentUnreadable(Unreadable.TOO_SLOW, sentence) from error
        except _Gone as error:
            if self._end():
                sentence = "Reading the file takes too much memory. Divide it into smaller ones."
                raise DocumentUnreadable(Unreadable.TOO_MUCH_MEMORY, sentence) from error
            sentence = "The file makes its reader crash. Save or export it again and upload it anew."
            raise DocumentUnreadable(Unreadable.CRASHED, sentence) from error
        if not answer.stays or child.served >= self._documents_per_process:
            self._end()
        return answer

    def _ready_child(self) -> _Child:
        # One that died while it had nothing to do is no document's fault.
        if self._child is not None and not self._child.lives:
            self._end()
        if self._child is None:
            self._child = _Child(self._worker, self._timeout_s, self._memory_bytes)
        return self._child

    def _end(self) -> bool:
        child, self._child = self._child, None
        return child.kill() if child is not None else False

    def close(self) -> None:
        """Ends the child; the next document starts another."""
        with self._lock:
            self._end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
