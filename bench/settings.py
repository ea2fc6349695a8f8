"""What a run does, from the command line."""

import argparse
from dataclasses import dataclass

from bench.rounds import STEPS, Step


@dataclass(frozen=True, slots=True)
class Settings:
    """parts: which of load, loss, duplicates, cold, artefacts, profile, knowledge_build, answering are run.

    quiet_minutes: how long to wait at most until nobody else works on this machine.
    """

    parts: frozenset[str]
    sides: tuple[str, ...]
    rounds: int
    steps: tuple[Step, ...]
    loss_messages: int
    duplicate_messages: int
    cold_runs: int
    byte_code: bool
    write_docs: bool
    samples: bool
    quiet_minutes: float
    knowledge_pages: int
    knowledge_rounds: int
    small_documents: int
    answering_turns: int
    fault_calls: int
    browser_turns: int


_ALL = ("load", "loss", "duplicates", "cold", "artefacts", "profile")
# By name only: it takes a quarter of an hour and an environment of 700 MB.
KNOWLEDGE_BUILD = "knowledge_build"
# By name only too: an environment of 300 MB, some ten minutes.
ANSWERING = "answering"


def parse(arguments: list[str] | None = None) -> Settings:
    """Raises SystemExit: help was asked for, or the arguments are wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", help=f"default: {' '.join(_ALL)}; also {KNOWLEDGE_BUILD}, {ANSWERING}"
    )
    parser.add_argument("--side", choices=("both", "agno", "sahut"), default="both")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one round, a quarter of the messages")
    parser.add_argument("--cold-runs", type=int, default=11, help="fresh processes per function")
    parser.add_argument("--no-byte-code", action="store_true", help="cold starts as if no .pyc were shipped")
    parser.add_argument("--samples", action="store_true", help="profile with py-spy, if it is installed")
    parser.add_argument("--browser", action="store_true", help=f"{ANSWERING}: in Chromium as well")
    parser.add_argument("--write-docs", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--quiet-minutes", type=float, default=0.0, help="wait so long for an idle machine")
    given = parser.parse_args(arguments)
    quick = bool(given.quick)
    return Settings(
        parts=frozenset(given.parts or _ALL),
        sides=("agno", "sahut") if given.side == "both" else (given.side,),
        rounds=1 if quick else given.rounds,
        steps=tuple(_shorter(step) for step in STEPS) if quick else STEPS,
        loss_messages=100,
        duplicate_messages=5 if quick else 10,
        cold_runs=3 if quick else given.cold_runs,
        byte_code=not given.no_byte_code,
        write_docs=given.write_docs,
        samples=given.samples,
        quiet_minutes=given.quiet_minutes,
        knowledge_pages=24 if quick else 60,
        knowledge_rounds=1 if quick else 2,
        small_documents=100 if quick else 1_000,
        answering_turns=200 if quick else 500,
        fault_calls=6 if quick else 20,
        browser_turns=(10 if quick else 40) if given.browser else 0,
    )


def _shorter(step: Step) -> Step:
    return Step(step.loop, step.clients, max(2, step.messages_per_client // 4), step.model_delay_ms)
