"""What processes cost, read from /proc: memory, processor time, parents.

It knows no product. Linux only.
"""

import contextlib
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (10^6 bytes). rss counts a page once per process, pss divides it by its users."""

    rss_mb: float = 0.0
    pss_mb: float = 0.0
    processes: int = 0


def family(root: int) -> list[int]:
    """The process and all its living descendants, root first; empty when it is gone."""
    children: dict[int, list[int]] = {}
    for pid in _all_pids():
        parent = _parent(pid)
        if parent:
            children.setdefault(parent, []).append(pid)
    if not (_PROC / str(root)).exists():
        return []
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def cpu_s(pid: int) -> float:
    """User and system seconds so far, waited-for children included; 0.0 when it is gone."""
    fields = _stat_fields(pid)
    return sum(int(value) for value in fields[11:15]) / _TICKS_PER_S if fields else 0.0


def machine_busy_s() -> float:
    """Seconds of processor time that the whole machine spent so far, all processes and the kernel."""
    fields = (_PROC / "stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq = (int(value) for value in fields[:7])
    return (user + nice + system + irq + softirq) / _TICKS_PER_S


def memory(pids: Iterable[int]) -> Memory:
    rss_kb = pss_kb = processes = 0
    for pid in pids:
        sizes = _smaps(pid)
        if sizes:
            processes += 1
            rss_kb += sizes.get("Rss", 0)
            pss_kb += sizes.get("Pss", 0)
    return Memory(rss_kb * 1024 / 1e6, pss_kb * 1024 / 1e6, processes)


def environment_value(pid: int, name: str) -> str:
    """A variable of the process's environment as it was started, '' when absent or gone."""
    try:
        block = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return ""
    prefix = f"{name}=".encode()
    found = (entry[len(prefix) :] for entry in block.split(b"\0") if entry.startswith(prefix))
    return next(found, b"").decode(errors="replace")


def command_line(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def send_signal(pids: Iterable[int], number: signal.Signals) -> int:
    """Signals each; those that are gone are skipped. Returns how many were reached."""
    reached = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            reached += 1
    return reached


def _all_pids() -> list[int]:
    return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]


def _parent(pid: int) -> int:
    fields = _stat_fields(pid)
    return int(fields[1]) if fields else 0


def _stat_fields(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat after the command's name: state, parent, …; empty when gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _smaps(pid: int) -> dict[str, int]:
    """Kilobytes by name from smaps_rollup; empty when gone or unreadable."""
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return {}
    rows = (line.split() for line in lines[1:])
    return {row[0].rstrip(":"): int(row[1]) for row in rows if len(row) == 3}
