"""What bench.answering measures, as plain records, and the arithmetic behind them. Times in milliseconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from bench.figures import OURS, percentile

ROUTER = "LiteLLM 1.110.2"
REGISTRY = f"{OURS}, registry alone"
VERDICT = "the verdict"


@dataclass(frozen=True, slots=True)
class Spread:
    """Of `count` values: the median and the 99th percentile."""

    count: int
    p50: float
    p99: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(len(values), round(percentile(values, 0.5), 2), round(percentile(values, 0.99), 2))


@dataclass(frozen=True, slots=True)
class Added:
    """A side beside the bare client, which was asked the same just before or after.

    added: of the differences, call by call, so that what slows the machine for a while counts on both.
    bare_cpu, cpu: processor time of the caller's process, which others' work changes little.
    """

    side: str
    model_delay_ms: int
    bare: Spread
    whole: Spread
    added: Spread
    bare_cpu: Spread
    cpu: Spread


@dataclass(frozen=True, slots=True)
class Took:
    """One call: from its beginning to its end, and what the processor worked for it."""

    ms: float
    cpu_ms: float


def added(side: str, model_delay_ms: int, pairs: Sequence[tuple[Took, Took]]) -> Added:
    """pairs: (bare, with the side around it)."""
    return Added(
        side,
        model_delay_ms,
        Spread.of([bare.ms for bare, _ in pairs]),
        Spread.of([whole.ms for _, whole in pairs]),
        Spread.of([whole.ms - bare.ms for bare, whole in pairs]),
        Spread.of([bare.cpu_ms for bare, _ in pairs]),
        Spread.of([whole.cpu_ms for _, whole in pairs]),
    )


@dataclass(frozen=True, slots=True)
class Part:
    """What a turn's time went to. took.count: in how many turns (or calls, alone: outside of a turn)."""

    name: str
    took: Spread
    alone: bool = False


def parts(laps: Sequence[Mapping[str, float]]) -> tuple[Part, ...]:
    """By name, the longest first. laps: of each turn."""
    by_name: dict[str, list[float]] = {}
    for turn in laps:
        for name, ms in turn.items():
            by_name.setdefault(name, []).append(ms)
    found = [Part(name, Spread.of(values)) for name, values in by_name.items()]
    return tuple(sorted(found, key=lambda part: -part.took.p50))


@dataclass(frozen=True, slots=True)
class FirstSentence:
    """From the model's having finished a sentence until it is shown. between_ms: of the model's pieces.

    after_sentence: from the sentence's last piece. after_next: from the piece that shows that it is over.
    """

    where: str
    between_ms: int
    after_sentence: Spread
    after_next: Spread


@dataclass(frozen=True, slots=True)
class Heard:
    """One streamed turn. finished_s, next_s: when the two pieces were sent; shown_s: of the same clock."""

    finished_s: float
    next_s: float
    shown_s: float


def first_sentence(where: str, between_ms: int, heard: Sequence[Heard]) -> FirstSentence:
    return FirstSentence(
        where,
        between_ms,
        Spread.of([1000 * (each.shown_s - each.finished_s) for each in heard]),
        Spread.of([1000 * (each.shown_s - each.next_s) for each in heard]),
    )


def moments(pieces: Sequence[tuple[str, float]], sentence: str) -> tuple[float, float]:
    """When a sentence's last piece was sent, and the next one.

    Raises:
        ValueError: the pieces, (text, moment), do not begin with the sentence, or end with it.
    """
    said = ""
    for (text, at_s), (_, next_s) in pairwise(pieces):
        said += text
        if said.strip() == sentence:
            return at_s, next_s
    raise ValueError(f"{sentence!r} and something after it were not said")


@dataclass(frozen=True, slots=True)
class Failover:
    """Turns of a tenant whose first model is dead, beside one who has only the second.

    first_ms: the first turn, all of it. later: by how much the others are longer than their neighbours.
    """

    fault: str
    timeout_ms: int
    first_ms: float
    healthy: Spread
    later: Spread


def failover(fault: str, timeout_ms: int, first_ms: float, pairs: Sequence[tuple[float, float]]) -> Failover:
    """pairs: (healthy, first model dead)."""
    differences = [dead - healthy for healthy, dead in pairs]
    healthy = Spread.of([healthy for healthy, _ in pairs])
    return Failover(fault, timeout_ms, round(first_ms, 1), healthy, Spread.of(differences))


class Seen(StrEnum):
    """What the caller has in the end. NOT_WHOLE: as an answer, words that no model meant as one."""

    WHOLE = "whole"
    NOT_WHOLE = "not whole"
    ERROR = "error"


def seen(text: str, error: str, wholes: Sequence[str]) -> Seen:
    """wholes: the models' answers. Blanks don't count."""
    if error:
        return Seen.ERROR
    plain = " ".join(text.split())
    return Seen.WHOLE if plain in wholes else Seen.NOT_WHOLE


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a side: what it took, what its caller saw, and the error's name."""

    took: Took
    seen: Seen
    error: str = ""


@dataclass(frozen=True, slots=True)
class FaultFigures:
    """One fault of the first model, on one side. first, later: what it adds to a healthy call's median.

    errors: names and numbers of what the caller saw.
    """

    fault: str
    side: str
    healthy_ms: float
    calls: int
    whole: int
    not_whole: int
    errors: Mapping[str, int]
    first_ms: float
    later_ms: float


def fault_figures(fault: str, side: str, healthy: Sequence[Call], calls: Sequence[Call]) -> FaultFigures:
    """Raises AssertionError when a healthy call was none, or there are no later calls."""
    assert all(each.seen is Seen.WHOLE for each in healthy), f"{side}: {healthy} before any fault"
    assert len(calls) > 1
    usual = percentile([each.took.ms for each in healthy], 0.5)
    errors: dict[str, int] = {}
    for each in calls:
        if each.seen is Seen.ERROR:
            errors[each.error] = errors.get(each.error, 0) + 1
    return FaultFigures(
        fault=fault,
        side=side,
        healthy_ms=round(usual, 1),
        calls=len(calls),
        whole=sum(each.seen is Seen.WHOLE for each in calls),
        not_whole=sum(each.seen is Seen.NOT_WHOLE for each in calls),
        errors=errors,
        first_ms=round(calls[0].took.ms - usual, 1),
        later_ms=round(percentile([each.took.ms for each in calls[1:]], 0.5) - usual, 1),
    )


@dataclass(frozen=True, slots=True)
class AnsweringFigures:
    """others: share of the machine's cores that others used meanwhile. not_run: with the reason."""

    added: tuple[Added, ...]
    parts: tuple[Part, ...]
    first_sentence: tuple[FirstSentence, ...]
    failover: tuple[Failover, ...]
    faults: tuple[FaultFigures, ...]
    others: float
    not_run: tuple[str, ...] = ()
