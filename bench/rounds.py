"""The interleaved load: in every round each side takes each step in turn, the other one stopped.

A resting side is stopped with SIGSTOP, so that its pollers take nothing of the two cores.
"""

import asyncio
import os
import signal
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.figures import LoadFigures, Loop, percentile
from bench.load import Outcome, Plan, run_load
from bench.processes import Memory, cpu_s, machine_busy_s, memory, send_signal
from bench.side import Side
from bench.stubs import Stubs

_CORES = len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a side is asked to do in every round."""

    loop: Loop
    clients: int
    messages_per_client: int
    model_delay_ms: int = 0


# 8 clients × 20 and 32 × 8: at the peer's 19 turns a second a round takes about a minute.
STEPS = (
    Step(Loop.META, 1, 40),
    Step(Loop.META, 8, 20),
    Step(Loop.META, 32, 8),
    Step(Loop.ONE_AT_A_TIME, 1, 40),
    Step(Loop.ONE_AT_A_TIME, 8, 20),
    Step(Loop.ONE_AT_A_TIME, 32, 8),
    Step(Loop.ONE_AT_A_TIME, 1, 10, 500),
    Step(Loop.ONE_AT_A_TIME, 8, 5, 500),
    Step(Loop.PEERS_PACE, 1, 40),
)
WARM_UP = (
    Step(Loop.ONE_AT_A_TIME, 8, 6),
    Step(Loop.ONE_AT_A_TIME, 32, 3),
    Step(Loop.META, 8, 4),
)


@dataclass(slots=True)
class Samples:
    """What one side did in one step, over the rounds."""

    outcomes: list[Outcome] = field(default_factory=list)
    cpu_s: float = 0.0
    others_s: float = 0.0
    core_s: float = 0.0
    memory: Memory = field(default_factory=Memory)


@dataclass
class Rounds:
    """pace_s: what the peer needed for a turn in its own loop at one client, for PEERS_PACE."""

    sides: Sequence[Side]
    stubs: Stubs
    pace_s: float = 0.06
    samples: dict[tuple[str, Step], Samples] = field(default_factory=dict)

    async def warm_up(self) -> None:
        for side in self.sides:
            with _Working(side, self.sides):
                for step in WARM_UP:
                    await self._load(side, step)

    async def run(self, rounds: int, steps: Sequence[Step]) -> None:
        for number in range(rounds):
            for step in steps:
                ordered = self.sides if number % 2 == 0 else tuple(reversed(self.sides))
                for side in ordered:
                    print(f"round {number + 1}: {step.loop}, {step.clients} clients: {side.name}", flush=True)
                    with _Working(side, self.sides):
                        await self._measure(side, step)
                    # Connections closed by the step are still being torn down.
                    await asyncio.sleep(0.2)

    async def _load(self, side: Side, step: Step) -> Outcome:
        self.stubs.model_delay_s = step.model_delay_ms / 1000
        pace_s = self.pace_s if step.loop is Loop.PEERS_PACE else 0.0
        waits = step.loop is Loop.ONE_AT_A_TIME
        plan = Plan(step.clients, step.messages_per_client, waits, pace_s)
        outcome = await run_load(plan, side.door, self.stubs)
        self.stubs.model_delay_s = 0.0
        return outcome

    async def _measure(self, side: Side, step: Step) -> None:
        before = {pid: cpu_s(pid) for pid in side.processes()}
        own, busy, started = time.process_time(), machine_busy_s(), time.perf_counter()
        outcome = await self._load(side, step)
        living = side.processes()
        spent_s = sum(cpu_s(pid) - before.get(pid, 0.0) for pid in living)
        samples = self.samples.setdefault((side.name, step), Samples())
        samples.outcomes.append(outcome)
        samples.cpu_s += spent_s
        samples.others_s += machine_busy_s() - busy - spent_s - (time.process_time() - own)
        samples.core_s += (time.perf_counter() - started) * _CORES
        samples.memory = max(samples.memory, memory(living), key=lambda seen: seen.rss_mb)
        is_peer = side is self.sides[0]
        if is_peer and step.loop is Loop.META and step.clients == 1 and outcome.turns_per_s:
            self.pace_s = 1 / outcome.turns_per_s

    def figures(self) -> list[LoadFigures]:
        return [_figures(name, step, samples) for (name, step), samples in self.samples.items()]


class _Working:
    """While open, only this side runs; the others are stopped."""

    def __init__(self, side: Side, sides: Sequence[Side]) -> None:
        self._others = [other for other in sides if other is not side]

    def __enter__(self) -> None:
        for other in self._others:
            send_signal(other.processes(), signal.SIGSTOP)

    def __exit__(self, *_: object) -> None:
        for other in self._others:
            send_signal(other.processes(), signal.SIGCONT)


def _figures(name: str, step: Step, samples: Samples) -> LoadFigures:
    acks = [value for outcome in samples.outcomes for value in outcome.acknowledgements_s]
    replies = [value for outcome in samples.outcomes for value in outcome.replies_s]
    messages = [message for outcome in samples.outcomes for message in outcome.messages]
    per_round = tuple(round(outcome.turns_per_s, 2) for outcome in samples.outcomes)
    cited = sum(1 for message in messages if "[1]" in message.reply)
    return LoadFigures(
        side=name,
        loop=step.loop,
        clients=step.clients,
        model_delay_ms=step.model_delay_ms,
        messages=len(messages),
        ack_p50_ms=round(percentile(acks, 0.50) * 1000, 1),
        ack_p99_ms=round(percentile(acks, 0.99) * 1000, 1),
        reply_p50_ms=round(percentile(replies, 0.50) * 1000, 1),
        reply_p99_ms=round(percentile(replies, 0.99) * 1000, 1),
        turns_per_s=round(statistics.median(per_round), 1),
        turns_per_s_rounds=per_round,
        unanswered=sum(outcome.unanswered for outcome in samples.outcomes),
        refused=sum(outcome.refused for outcome in samples.outcomes),
        cited=round(cited / max(1, len(replies)), 3),
        cpu_ms_per_turn=round(samples.cpu_s * 1000 / max(1, len(replies)), 1),
        rss_mb=round(samples.memory.rss_mb, 1),
        pss_mb=round(samples.memory.pss_mb, 1),
        processes=samples.memory.processes,
        others=round(max(0.0, samples.others_s) / max(0.001, samples.core_s), 3),
    )
