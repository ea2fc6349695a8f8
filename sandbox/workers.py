"""The processes in which functions run, seen from outside: which there are, and how to kill them."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from sandbox.template_edits import WORKER

PROC = Path("/proc")


def pids(emulator_pid: int, logical_id: str = "") -> list[int]:
    """Of the emulator's workers; only those of one function when `logical_id` names it."""
    return [
        pid
        for pid, parent, command in _processes()
        if parent == emulator_pid and str(WORKER) in command and command.endswith(logical_id)
    ]


def kill(emulator_pid: int, logical_id: str = "") -> int:
    """kill -9 to each of them, as a crash would; returns how many there were."""
    targets = pids(emulator_pid, logical_id)
    for pid in targets:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return len(targets)


def logical_id_of(folder: str) -> str:
    """`dead_letters` → `DeadLettersFunction`."""
    return "".join(word.capitalize() for word in folder.split("_")) + "Function"


def _processes() -> Iterator[tuple[int, int, str]]:
    """(pid, parent's pid, command line) of every process. Linux without `ps`, else by `ps`."""
    if not (PROC / "self" / "stat").exists():
        yield from _listed_by_ps()
        return
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            # pid (name) state parent …; the name may hold spaces and brackets
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ")
            yield int(folder.name), int(parent), command.decode(errors="replace")


def _listed_by_ps() -> Iterator[tuple[int, int, str]]:
    command = ["ps", "-A", "-o", "pid=,ppid=,args="]
    for line in subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines():
        pid, parent, arguments = line.split(None, 2)
        yield int(pid), int(parent), arguments.rstrip()
