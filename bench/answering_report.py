"""The figures of bench.answering as tables, judged by what issue 4 asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.answering_figures import (
    REGISTRY,
    VERDICT,
    AnsweringFigures,
    Failover,
    FaultFigures,
    FirstSentence,
    Spread,
)
from bench.figures import OURS
from bench.goals import Goal
from bench.tables import table

MOST_ADDED_MS = 30.0
MOST_AFTER_SENTENCE_MS = 80.0
MOST_LATER_MS = 5.0
# Below this a difference is the machine's noise, and a quotient of two of them says nothing.
_LEAST_MS = 1.0
_MARKS = {True: "met", False: "MISSED", None: "not run"}


def answering_tables(figures: AnsweringFigures) -> str:
    goals = [(goal.text, goal.measured, _MARKS[goal.met]) for goal in judge(figures)]
    sections = (
        table(("goal", "measured", ""), goals),
        f"The rest of the machine used {figures.others:.0%} of its cores meanwhile.",
        "A side around the call, and the bare client with the same body (ms):",
        _added(figures),
        "What a turn of ours spends its time on (ms):",
        _parts(figures),
        "From the model's having finished the first sentence until it is shown (ms):",
        _sentences(figures.first_sentence),
        "Turns whose first model is dead (ms):",
        _failover(figures.failover),
        "Both beside each other, one fault of the first of two models after the other (ms):",
        _faults(figures.faults),
    )
    return "\n\n".join(sections)


def judge(figures: AnsweringFigures) -> list[Goal]:
    goals = [*_registry_and_verdict(figures)]
    goals += [
        _most(
            f"whole turn, its stores included, model {each.model_delay_ms} ms: ≤ {MOST_ADDED_MS:g} ms p50",
            each.added.p50,
            MOST_ADDED_MS,
        )
        for each in figures.added
        if each.side == OURS
    ]
    goals += [
        _most(
            f"first sentence {each.where}, a piece each {each.between_ms} ms:"
            f" ≤ {MOST_AFTER_SENTENCE_MS:g} ms p50",
            each.after_sentence.p50,
            MOST_AFTER_SENTENCE_MS,
        )
        for each in figures.first_sentence
    ]
    for dead in figures.failover:
        limit = dead.timeout_ms + dead.healthy.p50
        goals.append(_most(f"{dead.fault}: first turn ≤ time-out and a turn", dead.first_ms, limit))
        goals.append(
            _most(f"{dead.fault}: later turns ≤ {MOST_LATER_MS:g} ms", dead.later.p50, MOST_LATER_MS)
        )
    return [*goals, *(Goal(text, "not run", None) for text in figures.not_run)]


def _registry_and_verdict(figures: AnsweringFigures) -> Iterator[Goal]:
    """What is between a model and a checked answer; reading, booking and storing the turn are not."""
    verdict = next((part.took.p50 for part in figures.parts if part.name == VERDICT), None)
    for each in figures.added:
        if each.side == REGISTRY and verdict is not None:
            text = f"registry and verdict, model {each.model_delay_ms} ms: ≤ {MOST_ADDED_MS:g} ms p50"
            yield _most(text, each.added.p50 + verdict, MOST_ADDED_MS)


def _most(text: str, measured_ms: float, limit_ms: float) -> Goal:
    return Goal(text, f"{measured_ms:.1f} ms", measured_ms <= limit_ms)


def _pair(spread: Spread) -> str:
    return f"{spread.p50:.1f} / {spread.p99:.1f}"


def _added(figures: AnsweringFigures) -> str:
    header = (
        "side", "model", "calls", "bare p50 / p99", "with it p50 / p99", "added p50 / p99",
        "processor, bare", "processor, with it",
    )  # fmt: skip
    rows = [
        (
            each.side,
            each.model_delay_ms,
            each.whole.count,
            _pair(each.bare),
            _pair(each.whole),
            _pair(each.added),
            each.bare_cpu.p50,
            each.cpu.p50,
        )
        for each in figures.added
    ]
    return table(header, rows)


def _parts(figures: AnsweringFigures) -> str:
    rows = [
        (part.name, "alone" if part.alone else "in the turn", part.took.count, _pair(part.took))
        for part in figures.parts
    ]
    return table(("part", "measured", "times", "p50 / p99"), rows)


def _sentences(found: Sequence[FirstSentence]) -> str:
    header = ("shown", "a piece each", "turns", "after its last piece p50 / p99", "after the next p50 / p99")
    rows = [
        (
            each.where,
            each.between_ms,
            each.after_sentence.count,
            _pair(each.after_sentence),
            _pair(each.after_next),
        )
        for each in found
    ]
    return table(header, rows)


def _failover(found: Sequence[Failover]) -> str:
    header = (
        "first model",
        "time-out",
        "first turn",
        "later turns",
        "healthy turn p50",
        "later: more, p50 / p99",
    )
    rows = [
        (
            each.fault,
            each.timeout_ms,
            each.first_ms,
            each.later.count,
            f"{each.healthy.p50:.1f}",
            _pair(each.later),
        )
        for each in found
    ]
    return table(header, rows)


def _faults(faults: Sequence[FaultFigures]) -> str:
    """A side a line; behind a peer's line what ours adds, divided by what it adds."""
    header = (
        "fault", "side", "calls", "whole answers", "not whole", "errors",
        "first call: more", "later: more, p50", "ours ÷ it, first", "ours ÷ it, later",
    )  # fmt: skip
    ours = {each.fault: each for each in faults if each.side == OURS}
    rows = []
    for each in faults:
        mine = ours[each.fault]
        quotients = (
            ("", "")
            if each is mine
            else (quotient(mine.first_ms, each.first_ms), quotient(mine.later_ms, each.later_ms))
        )
        errors = ", ".join(f"{count} {name}" for name, count in each.errors.items()) or "0"
        counts = (each.calls, each.whole, each.not_whole, errors)
        rows.append((each.fault, each.side, *counts, each.first_ms, each.later_ms, *quotients))
    return table(header, rows)


def quotient(ours_ms: float, its_ms: float) -> str:
    """– where one of the two is within the machine's noise of nothing."""
    if its_ms < _LEAST_MS:
        return "–"
    return "≈ 0" if ours_ms < _LEAST_MS else f"{ours_ms / its_ms:.2f} ×"
