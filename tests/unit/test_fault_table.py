"""The fault table: each failure of a model × how many candidates have it → what the customer gets, what the
ledger says, how much longer it took. With the real client, over HTTP, against the strict fake of the API.
"""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest

from sahut.adapters.llm.openai_compatible import OpenAICompatible
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.model_faults import Fault
from sahut.domain.models import Candidate, Models, Scenario
from sahut.domain.tenant import TenantId
from sahut.stages.candidates import Attempt, AttemptOutcome, Trying
from sahut.stages.prompting import AnswerRequest
from sahut.stages.write_answer import Writing, Written, write_answer
from sandbox.model_api import Asked, ModelApi, Say, Step, model_api
from sandbox.model_api import Scenario as Plan

TENANT = TenantId("northwind")
NAMES = ("first", "second", "third")
# Time-outs of the candidates that fail by being slow; all others have plenty, as the machine may be busy.
FIRST_TOKEN_S, TOTAL_S = 0.2, 0.5
PLENTY = {"connect_timeout_s": 5.0, "first_token_timeout_s": 5.0, "timeout_s": 10.0}
QUOTED = "A CHAPS payment costs £20."
FOUND = (FoundPassage(Passage("d#0", "d.md", "Fees", QUOTED, language="en"), 1.0, 0.9, 5.0),)
DONE = AttemptOutcome.DONE


@dataclass(frozen=True)
class Row:
    """wait_s: how much longer the customer waits for each candidate with this failure, besides the calls.

    billed: the call used tokens all the same. limits: of a candidate that is to fail by them.
    """

    step: Step
    outcome: AttemptOutcome
    error: str
    calls: int
    wait_s: float = 0.0
    billed: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)


FAILED, REFUSED = AttemptOutcome.FAILED, AttemptOutcome.REFUSED
TABLE = {
    "throttled for a moment": Row(Step(status=429, retry_after_s=0.05), FAILED, "throttled", 2, 0.05),
    "throttled for long": Row(Step(status=429, retry_after_s=30), FAILED, "throttled", 1),
    "server error": Row(Step(status=500), FAILED, "server_error", 2),
    "overloaded": Row(Step(status=503), FAILED, "server_error", 2),
    "connection refused": Row(Step(refuse_connection=True, model="*"), FAILED, "unreachable", 2),
    "connection reset": Row(Step(reset_connection=True), FAILED, "unreachable", 2),
    "late first word": Row(
        Step(slow_first_token_s=5),
        FAILED,
        "first_token_timeout",
        1,
        FIRST_TOKEN_S,
        billed=True,
        limits={"first_token_timeout_s": FIRST_TOKEN_S},
    ),
    "stalled stream": Row(
        Step(stall_after_chunks=2), FAILED, "timeout", 1, TOTAL_S, billed=True, limits={"timeout_s": TOTAL_S}
    ),
    "stream cut": Row(Step(cut_after_bytes=700), FAILED, "unreachable", 2, billed=True),
    "stream ended early": Row(Step(end_after_chunks=2), FAILED, "unreadable", 2, billed=True),
    "error in the stream": Row(Step(error_after_chunks=2), FAILED, "server_error", 2, billed=True),
    "truncated JSON": Row(Step(garbage=True), FAILED, "unreadable", 2, billed=True),
    "wrong schema": Row(Step(wrong_schema=True), FAILED, "Unusable", 2, billed=True),
    "empty": Row(Step(empty=True), FAILED, "empty", 2, billed=True),
    "question filtered": Row(Step(content_filter="prompt"), REFUSED, "content_filter", 1),
    "answer filtered": Row(Step(content_filter="answer"), REFUSED, "content_filter", 1, billed=True),
    "no quota": Row(Step(insufficient_quota=True), REFUSED, "no_quota", 1),
    "wrong key": Row(Step(status=401), REFUSED, "unauthorised", 1),
    "too long": Row(Step(context_length_exceeded=True), REFUSED, "too_long", 1),
}
# With a fault in so many candidates: who answers.
POSITIONS = {1: "second", 2: "third", 3: "extractive"}


class Ears:
    def __init__(self) -> None:
        self.failed: list[tuple[str, str]] = []

    def model_failed(self, model: str, error: str) -> None:
        self.failed.append((model, error))


@pytest.fixture(scope="module")
def api() -> Iterator[ModelApi]:
    def say(asked: Asked) -> Say:
        return Say(json={"outcome": "answer", "text": f"{asked.model} says £20 [1]."})

    with model_api(say) as api:
        yield api
    assert api.refused == [], "every request was one that the real API takes"


def candidates(api: ModelApi, limits: Mapping[str, float], broken: int) -> tuple[Candidate, ...]:
    def limited(candidate: Candidate, limits: Mapping[str, float]) -> Candidate:
        return replace(candidate, structured=True, max_retries=1, **{**PLENTY, **limits})  # type: ignore[arg-type]  # seconds

    return tuple(limited(api.candidate(name), limits if n < broken else {}) for n, name in enumerate(NAMES))


@cache
def client(candidate: Candidate, key: str) -> OpenAICompatible:
    """Kept, as a warm function does."""
    return OpenAICompatible(candidate, lambda: key, time.time)


def answer(
    api: ModelApi, limits: Mapping[str, float] | None = None, broken: int = 0, ears: Ears | None = None
) -> tuple[Written, float]:
    """What is written, and in how many seconds."""
    models = Models({Scenario.ANSWER: candidates(api, limits or {}, broken)})
    trying = Trying(ears or Ears(), time.time, time.sleep, lambda: 0.0)
    writing = Writing(lambda _: models, lambda _, candidate: client(candidate, api.key), trying)
    request = AnswerRequest("What does CHAPS cost?", "en", FOUND, (), "Northwind", time.time() + 60)
    started = time.perf_counter()
    written = write_answer(TENANT, request, writing)
    return written, time.perf_counter() - started


def play(api: ModelApi, row: Row, *models: str, times: int | None = None) -> None:
    counted = {} if times is None else {"times": times}
    api.play(Plan.of(*(row.step.model_copy(update={"model": name, **counted}) for name in models)))


@pytest.fixture(scope="module")
def healthy_s(api: ModelApi) -> float:
    """How long an answer takes when nothing is wrong; makes all clients first."""
    for limits in ({}, TABLE["late first word"].limits, TABLE["stalled stream"].limits):
        play(api, TABLE["wrong key"], *NAMES)
        answer(api, limits, 3)
    api.play(Plan())
    written, took_s = answer(api)
    assert [(each.candidate, each.outcome) for each in written.attempts] == [("first", DONE)]
    return took_s


@pytest.mark.parametrize("broken", POSITIONS)
@pytest.mark.parametrize("fault", TABLE, ids=lambda name: name.replace(" ", "-"))
def test_each_failure_in_each_place(api: ModelApi, healthy_s: float, fault: str, broken: int) -> None:
    row, who = TABLE[fault], POSITIONS[broken]
    play(api, row, *NAMES[:broken])
    ears = Ears()
    written, took_s = answer(api, row.limits, broken, ears)

    assert written.answer is not None
    assert written.answer.model == who
    assert written.answer.text == (f"{QUOTED} [1]" if who == "extractive" else f"{who} says £20 [1].")
    assert [each.candidate for each in written.attempts] == [*NAMES[:broken], who]
    for attempt in written.attempts[:-1]:
        check(attempt, row)
    last = written.attempts[-1]
    assert (last.outcome, last.error, last.calls) == (DONE, "", 1)
    assert ears.failed == [(name, row.error) for name in NAMES[:broken]]
    # Full jitter is off here; with it each retry waits up to 0.25 s more. The last second is the machine's.
    waits_s = broken * row.wait_s
    assert waits_s <= took_s < healthy_s + 1.2 * waits_s + 1.0


def check(attempt: Attempt, row: Row) -> None:
    """The ledger tells what went wrong, how often it was tried, how long it took and what it cost."""
    assert (attempt.outcome, attempt.error, attempt.calls) == (row.outcome, row.error, row.calls)
    assert attempt.took_ms >= int(1000 * row.wait_s)
    assert (attempt.tokens_in > 0) is row.billed
    price = (attempt.tokens_in * 1.0 + attempt.tokens_out * 2.0) / 1_000_000
    assert attempt.price_usd == pytest.approx(price)


def test_every_fault_is_in_the_runbook() -> None:
    runbook = Path(__file__).parents[2] / "docs" / "runbook" / "models.md"
    told = re.findall(r"^\| `(\w+)` \|", runbook.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(told) == sorted([*Fault, "Unusable"])
    assert {row.error for row in TABLE.values()} <= set(told)


PASSING = [name for name, row in TABLE.items() if row.calls == 2 and name != "connection refused"]


@pytest.mark.parametrize("fault", PASSING, ids=lambda name: name.replace(" ", "-"))
def test_a_failure_that_passes_is_got_over_by_the_same_candidate(
    api: ModelApi, healthy_s: float, fault: str
) -> None:
    row = TABLE[fault]
    play(api, row, "first", times=1)
    written, took_s = answer(api)
    (attempt,) = written.attempts
    assert (attempt.candidate, attempt.outcome, attempt.error, attempt.calls) == ("first", DONE, "", 2)
    assert written.answer is not None
    assert attempt.tokens_in >= written.answer.tokens_in, "what the failed call used is counted too"
    assert row.wait_s <= took_s < 2 * healthy_s + row.wait_s + 1.0


def test_one_that_has_hung_is_left_at_once(api: ModelApi, healthy_s: float) -> None:
    """It is hung up, so that it stops writing; the next candidate's words are the only ones."""
    row = TABLE["stalled stream"]
    play(api, row, "first")
    before = len(api.of("first"))
    written, _ = answer(api, row.limits, 1)
    (asked,) = api.of("first")[before:]
    until = time.monotonic() + 2
    while not asked.left_early and time.monotonic() < until:
        time.sleep(0.01)
    assert asked.left_early
    assert len(asked.chunks) == 2
    assert written.answer is not None
    assert written.answer.text == "second says £20 [1]."
