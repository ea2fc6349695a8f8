"""`python -m bench`: measures, prints the tables, writes `.bench/latest.json`."""

import asyncio
import os
import platform
import shlex
import signal
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path

from bench import answering, artefacts, knowledge_build, profile, reliability, report
from bench.agno_side import Agno
from bench.aws_stub import aws_stub
from bench.built import built_functions, released
from bench.cold_start import Bench
from bench.environment import LATEST, ROOT, WORK
from bench.figures import OURS, Report
from bench.processes import machine_busy_s, send_signal
from bench.rounds import Rounds
from bench.sahut_side import Sahut
from bench.settings import ANSWERING, KNOWLEDGE_BUILD, Settings, parse
from bench.side import Side
from bench.stubs import Stubs
from sandbox.build import build

# The peer repeats nothing after a crash; ours waits for its queue's visibility, several times at worst.
_PATIENCE_S = {OURS: 240.0}
_PEERS_PATIENCE_S = 20.0


async def main() -> int:
    settings = parse()
    # Ended like Ctrl-C: what was started is stopped.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    result = Report(
        started_at=time.strftime("%Y-%m-%d %H:%M %Z"),
        machine=_machine(),
        command=" ".join(["python -m bench", *map(shlex.quote, sys.argv[1:])]),
    )
    await _wait_for_quiet(settings.quiet_minutes)
    if settings.parts & {"load", "loss", "duplicates"}:
        await _servers(settings, result)
    if "profile" in settings.parts:
        await _profile(settings, result)
    if settings.parts & {"cold", "artefacts"}:
        await _weigh(settings, result)
    if KNOWLEDGE_BUILD in settings.parts:
        sizes = settings.knowledge_pages, settings.small_documents, settings.knowledge_rounds
        result.knowledge = await asyncio.to_thread(knowledge_build.measure, *sizes)
    if ANSWERING in settings.parts:
        result.answering = await asyncio.to_thread(
            answering.measure, settings.answering_turns, settings.fault_calls, settings.browser_turns
        )
    report.write_json(result, LATEST)
    section = report.markdown(result)
    print(section)
    if settings.write_docs:
        report.write_between_markers(ROOT / "docs" / "benchmarks.md", section)
    return 0


async def _wait_for_quiet(minutes: float) -> None:
    """Returns when the machine was idle for 15 s (below a tenth of one core), or time is up."""
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        before = machine_busy_s()
        await asyncio.sleep(15.0)
        if machine_busy_s() - before < 1.5:
            return


async def _servers(settings: Settings, result: Report) -> None:
    """All that needs the servers running. They are stopped whatever happens."""
    stubs = Stubs()
    await stubs.start()
    async with AsyncExitStack() as undo:
        undo.callback(stubs.stop)
        sides: list[Side] = []
        for side in _sides(settings):
            undo.callback(side.stop)
            print(f"starting {side.name} …", flush=True)
            await asyncio.to_thread(side.start, stubs.url)
            sides.append(side)
        rounds = Rounds(sides, stubs)
        await rounds.warm_up()
        if "load" in settings.parts:
            await rounds.run(settings.rounds, settings.steps)
            result.load = rounds.figures()
        for side in sides:
            await _alone(side, settings, stubs, result)


async def _alone(side: Side, settings: Settings, stubs: Stubs, result: Report) -> None:
    """What is measured on one side after the other; the crash last, since it leaves traces."""
    if "duplicates" in settings.parts:
        print(f"every message three times: {side.name}", flush=True)
        figures = await reliability.deliver_three_times(side, stubs, settings.duplicate_messages)
        result.duplicates.append(figures)
    if "loss" in settings.parts:
        print(f"killed after the acknowledgement: {side.name}", flush=True)
        patience_s = _PATIENCE_S.get(side.name, _PEERS_PATIENCE_S)
        result.loss.append(await reliability.lose(side, stubs, settings.loss_messages, patience_s))
    send_signal(side.processes(), signal.SIGSTOP)


async def _profile(settings: Settings, result: Report) -> None:
    """In a run of its own: the emulator that counts is not the one whose speed is reported."""
    if "sahut" not in settings.sides:
        return
    stubs = Stubs()
    await stubs.start()
    side = Sahut(counting=True)
    try:
        await asyncio.to_thread(side.start, stubs.url)
        await Rounds([side], stubs).warm_up()
        result.profile = await profile.attribute(side, stubs, side)
        if settings.samples:
            sampled = await profile.sample(side.emulator_pid, side, stubs)
            print("\n".join(sampled), flush=True)
    finally:
        await asyncio.to_thread(side.stop)
        stubs.stop()


def _sides(settings: Settings) -> list[Side]:
    sides: list[Side] = []
    if "agno" in settings.sides:
        sides.append(Agno())
    if "sahut" in settings.sides:
        sides.append(Sahut())
    return sides


async def _weigh(settings: Settings, result: Report) -> None:
    """Cold starts and sizes, on the built tree, with no server beside them."""
    with build() as folder:
        functions = built_functions(released(folder, WORK / "built", settings.byte_code))
        if "artefacts" in settings.parts:
            result.artefacts = artefacts.weigh(functions)
        if "cold" in settings.parts:
            python = ROOT / ".venv-lambda" / "bin" / "python"
            async with aws_stub() as endpoint:
                bench = Bench(python, settings.cold_runs, endpoint)
                result.cold_starts, failed = await asyncio.to_thread(bench.measure, functions)
            result.not_run += failed


def _machine() -> str:
    """Cores, memory and versions; no name of the machine."""
    memory_kb = int(Path("/proc/meminfo").read_text().split()[1])
    cores = len(os.sched_getaffinity(0))
    return f"{cores} cores, {memory_kb / 1e6:.0f} GB, Python {platform.python_version()}, Linux"


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
