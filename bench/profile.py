"""Where the processor time of a turn goes, by kind of process, and inside the emulator if asked.

Times come from /proc/<pid>/stat, so they are true whatever the product is written in. Processes
that were born during the run count from their birth; those that ended are missing.
"""

import asyncio
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from bench.environment import WORK
from bench.load import Plan, run_load
from bench.processes import cpu_s
from bench.side import Side
from bench.stubs import Stubs

_SAMPLER = "py-spy==0.4.3"
_LINE = re.compile(r":\d+\)$")
_PLAN = Plan(clients=8, messages_per_client=25, wait_for_reply=True)


class Counts(Protocol):
    def request_counts(self) -> dict[str, tuple[int, float]]: ...


async def attribute(side: Side, stubs: Stubs, counts: Counts | None = None) -> dict[str, object]:
    """Milliseconds of processor time per turn, by kind of process, over one run at 8 clients.

    counts: an emulator that counts; its requests per turn are added.
    """
    if counts:
        counts.request_counts()
    before = {pid: cpu_s(pid) for pid in (*side.processes(), os.getpid())}
    outcome = await run_load(_PLAN, side.door, stubs)
    turns = max(1, len(outcome.replies_s))
    spent: dict[str, float] = defaultdict(float)
    count: Counter[str] = Counter()
    for pid, kind in {**side.processes(), os.getpid(): "load and stubs"}.items():
        spent[kind] += cpu_s(pid) - before.get(pid, 0.0)
        count[kind] += 1
    rows: dict[str, object] = {
        f"{side.name}: {kind} × {count[kind]}, CPU ms": round(seconds * 1000 / turns, 2)
        for kind, seconds in sorted(spent.items(), key=lambda entry: -entry[1])
    }
    rows[f"{side.name}: turns/s in this run"] = round(outcome.turns_per_s, 1)
    cores = len(os.sched_getaffinity(0))
    rows["turns/s that this sum allows if every core is always busy"] = round(
        cores * turns / max(0.001, sum(spent.values())), 1
    )
    if counts:
        rows |= _per_turn(counts.request_counts(), turns)
    return rows


def _its_time(name: str, seconds: float) -> str:
    """What waits (a state machine, a function) is not timed: others run meanwhile."""
    return "" if "StepFunctions" in name or "Lambda" in name else f", {seconds * 1000:.2f} ms"


def _per_turn(counted: dict[str, tuple[int, float]], turns: int) -> dict[str, object]:
    ranked = sorted(counted.items(), key=lambda entry: -entry[1][1])
    rows: dict[str, object] = {
        f"emulator: {name}": f"{number / turns:.2f} requests" + _its_time(name, seconds / turns)
        for name, (number, seconds) in ranked
        if number >= turns / 100
    }
    total = sum(number for number, _ in counted.values())
    rows["emulator: all requests"] = round(total / turns, 1)
    return rows


async def sample(pid: int, side: Side, stubs: Stubs, seconds: int = 10) -> list[str]:
    """The heaviest functions of one process under load, each with its share of the samples.

    Raises:
        subprocess.CalledProcessError: py-spy could not be installed or may not look into the process.
    """
    target = WORK / "samples.txt"
    command = [str(await asyncio.to_thread(_sampler)), "record", "--pid", str(pid), "--format", "raw"]
    command += ["--duration", str(seconds), "--rate", "200", "--gil", "--output", str(target)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL)
    while process.returncode is None:
        await run_load(Plan(8, 10, True), side.door, stubs)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "py-spy")
    return heaviest(target.read_text().splitlines())


def heaviest(stacks: Sequence[str], most: int = 40) -> list[str]:
    """Of collapsed stacks (`a;b;c 12`): functions by the share of samples that they are on.

    The second share is the function's own, without what it calls. Lines of one function are summed.
    """
    total = 0
    inclusive: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for line in stacks:
        stack, _, number = line.rpartition(" ")
        frames = [_LINE.sub(")", frame) for frame in stack.split(";")]
        total += int(number)
        own[frames[-1]] += int(number)
        for frame in dict.fromkeys(frames):
            inclusive[frame] += int(number)
    total = max(1, total)
    ranked = inclusive.most_common(most)
    return [f"{count / total:6.1%} {own[frame] / total:6.1%}  {frame}" for frame, count in ranked]


def _sampler() -> Path:
    """py-spy in an environment of its own, made on first use."""
    home = WORK / "tools-venv"
    program = home / "bin" / "py-spy"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, _SAMPLER], check=True)
    return program
