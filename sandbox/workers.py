"""The processes in which functions run, seen from outside: which there are, and how to kill them."""

import os
import signal
import subprocess
from contextlib import suppress

from sandbox.template_edits import WORKER


def pids(emulator_pid: int, logical_id: str = "") -> list[int]:
    """Of the emulator's workers; only those of one function when `logical_id` names it."""
    listing = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid=,args="], check=True, capture_output=True, text=True
    )
    found = []
    for line in listing.stdout.splitlines():
        pid, parent, command = line.split(None, 2)
        if int(parent) == emulator_pid and str(WORKER) in command and command.endswith(logical_id):
            found.append(int(pid))
    return found


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
