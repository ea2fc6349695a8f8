"""Lambda's border: typed input in, closed set of errors out, and no word of a customer on the way."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from sahut.contracts.jobs import DispatchJob
from sahut.contracts.tasks import HandOverResult, HandOverTask, RouteResult, TurnTask
from sahut.domain import errors
from sahut.runtime import bootstrap, stage_errors
from sahut.runtime.entrypoint import LambdaHandler, queue_handler, stage_handler
from sahut.stages.dispatch import AttemptFailed

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "contracts"
SECRET = "what the customer wrote"


@dataclass
class Needs:
    """What a stage of these tests needs: something to do."""

    does: Callable[[Any], object] = lambda _: None
    seen: list[Any] = field(default_factory=list)

    def __call__(self, given: Any) -> None:
        self.seen.append(given)
        self.does(given)


def route(task: TurnTask, needs: Needs) -> RouteResult:
    needs(task)
    return RouteResult(lane="answer", may_answer=True)


def hand_over(task: HandOverTask, needs: Needs) -> HandOverResult:
    needs(task)
    return HandOverResult(state="handed_over", turn_id="t")


def dispatch(job: DispatchJob, needs: Needs) -> None:
    needs(job)


def bury(body: str, needs: Needs) -> str:
    needs(body)
    return "id"


@dataclass
class Visibility:
    seconds: list[int] = field(default_factory=list)
    fails: bool = False

    def shorten(self, receipt_handle: str, seconds: int) -> None:
        if self.fails:
            raise errors.TryAgain("throttled")
        self.seconds.append(seconds)


@dataclass
class Border:
    needs: Needs
    visibility: Visibility
    said: Callable[[], str]


@pytest.fixture
def border(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Border]:
    needs, visibility = Needs(), Visibility()
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Sahut")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "test")
    monkeypatch.setattr(bootstrap, "needs_of", lambda _: needs)
    made = type("Made", (), {"visibility": visibility})()
    monkeypatch.setattr(bootstrap, "composition", lambda: made)
    with caplog.at_level("INFO"):
        yield Border(needs, visibility, lambda: caplog.text + str([each.__dict__ for each in caplog.records]))


def event_of(name: str, **changes: Any) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((GOLDEN / f"{name}.v1.json").read_text())
    return event | {"deadline": time.time() + 30} | changes


ROUTE = stage_handler(route)


# ── stages ────────────────────────────────────────────────────────────────────────────────────────
def test_a_stage_gets_its_contract_and_answers_with_json(border: Border) -> None:
    event = event_of("TurnTask")
    assert ROUTE(event, None) == json.loads((GOLDEN / "RouteResult.v1.json").read_text())
    assert border.needs.seen == [TurnTask.model_validate(event)]
    assert "stage done" in border.said()


@pytest.mark.parametrize(
    "changes", [{"text": SECRET}, {"turn_id": [SECRET]}, {"epoch": SECRET}, {"deadline": None}], ids=str
)
def test_input_that_breaks_its_contract_is_named_without_its_values(border: Border, changes: Any) -> None:
    with pytest.raises(stage_errors.Contract) as raised:
        ROUTE(event_of("TurnTask", **changes), None)
    assert str(raised.value) == f"TurnTask: {next(iter(changes))}"
    assert raised.value.__cause__ is None
    assert SECRET not in border.said()
    assert border.needs.seen == []


def aws(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": SECRET}}, "PutItem")


ERRORS: list[tuple[Exception, str]] = [
    (errors.TryAgain(SECRET), "Transient"),
    (errors.Conflict(SECRET), "Transient"),
    (errors.Outdated(SECRET), "Outdated"),
    (errors.TenantDenied(SECRET), "TenantDenied"),
    (errors.NotFound(SECRET), "Permanent"),
    (errors.Refused(SECRET), "Permanent"),
    (KeyError(SECRET), "Permanent"),
    (RuntimeError(SECRET), "Permanent"),
    (aws("ThrottlingException"), "Transient"),
    (aws("ValidationException"), "Permanent"),
    (ReadTimeoutError(endpoint_url=SECRET), "Transient"),
]


@pytest.mark.parametrize(("error", "name"), ERRORS, ids=lambda value: type(value).__name__)
def test_every_error_becomes_one_of_the_closed_set(border: Border, error: Exception, name: str) -> None:
    def fail(_: object) -> None:
        raise error

    border.needs.does = fail
    event = event_of("TurnTask")
    with pytest.raises(Exception, match=event["turn_id"]) as raised:
        ROUTE(event, None)
    assert type(raised.value).__name__ == name
    assert type(raised.value) in stage_errors.ALL
    assert (raised.value.__cause__, raised.value.__suppress_context__) == (None, True)
    assert SECRET not in str(raised.value) + border.said()
    assert "stage failed" in border.said()


def test_a_deadline_that_is_over_stops_a_stage_before_it_begins(border: Border) -> None:
    with pytest.raises(stage_errors.DeadlinePassed):
        ROUTE(event_of("TurnTask", deadline=time.time() - 1), None)
    assert border.needs.seen == []


def test_a_deadline_interrupts_a_stage_whatever_it_waits_for(border: Border) -> None:
    border.needs.does = lambda _: time.sleep(5)
    before = signal.getsignal(signal.SIGALRM)
    started = time.monotonic()
    with pytest.raises(stage_errors.DeadlinePassed):
        ROUTE(event_of("TurnTask", deadline=time.time() + 0.1), None)
    assert time.monotonic() - started < 2
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_stage_that_is_quick_enough_leaves_no_alarm_behind(border: Border) -> None:
    ROUTE(event_of("TurnTask", deadline=time.time() + 0.2), None)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    time.sleep(0.25)


def test_a_hand_over_works_when_the_deadline_is_over(border: Border) -> None:
    handler = stage_handler(hand_over)
    event = event_of("HandOverTask", deadline=time.time() - 60, reason="DeadlinePassed")
    assert handler(event, None)["state"] == "handed_over"


# ── queues ────────────────────────────────────────────────────────────────────────────────────────
DISPATCH, BURY = queue_handler(dispatch), queue_handler(bury)
JOB = (GOLDEN / "DispatchJob.v1.json").read_text()


def records(*bodies: str, receives: int = 1) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"r{number}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(receives)},
            }
            for number, body in enumerate(bodies)
        ]
    }


def failed(handler: LambdaHandler, event: dict[str, Any]) -> list[str]:
    answer = handler(event, None)
    assert set(answer) == {"batchItemFailures"}
    return [each["itemIdentifier"] for each in answer["batchItemFailures"]]


def test_each_record_stands_for_itself(border: Border) -> None:
    def fail_first(_: object) -> None:
        if len(border.needs.seen) == 1:
            raise errors.TryAgain(SECRET)

    border.needs.does = fail_first
    assert failed(DISPATCH, records(JOB, JOB, JOB)) == ["m0"]
    assert border.needs.seen == [DispatchJob.model_validate_json(JOB)] * 3
    assert SECRET not in border.said()


@pytest.mark.parametrize("body", ["", "no JSON", "[]", json.dumps({"text": SECRET})])
def test_a_record_that_is_no_job_goes_back_without_its_siblings(border: Border, body: str) -> None:
    assert failed(DISPATCH, records(body, JOB)) == ["m0"]
    assert len(border.needs.seen) == 1
    assert SECRET not in border.said()


@pytest.mark.parametrize(
    ("error", "shortened"),
    [
        (AttemptFailed("execution failed"), True),
        (errors.TryAgain("the connection to the execution broke"), False),
        (errors.Outdated("x"), False),
        (errors.Refused("x"), False),
        (RuntimeError(SECRET), False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_only_a_failure_that_was_seen_to_its_end_comes_back_early(
    border: Border, error: Exception, shortened: bool
) -> None:
    def fail(_: object) -> None:
        raise error

    border.needs.does = fail
    assert failed(DISPATCH, records(JOB)) == ["m0"]
    assert border.visibility.seconds == ([1] if shortened else [])
    assert SECRET not in border.said()


def test_it_comes_back_later_each_time_but_never_too_late(border: Border) -> None:
    def fail(_: object) -> None:
        raise AttemptFailed("execution failed")

    border.needs.does = fail
    for receives in (1, 2, 3, 4, 5, 9):
        failed(DISPATCH, records(JOB, receives=receives))
    assert border.visibility.seconds == [1, 2, 4, 8, 16, 30]


def test_a_visibility_that_cannot_be_shortened_is_no_failure_of_the_siblings(border: Border) -> None:
    def fail(_: object) -> None:
        raise AttemptFailed("execution failed")

    border.needs.does, border.visibility.fails = fail, True
    assert failed(DISPATCH, records(JOB, JOB)) == ["m0", "m1"]


def test_a_consumer_of_text_gets_the_body_as_it_came(border: Border) -> None:
    assert failed(BURY, records("whatever {", JOB)) == []
    assert border.needs.seen == ["whatever {", JOB]


def test_what_comes_after_runs_once_a_call_also_without_records(border: Border) -> None:
    calls: list[int] = []
    handler = queue_handler(bury, after=lambda: calls.append(1))
    events: list[dict[str, Any]] = [records("a", "b"), {"Records": []}, {}]
    for event in events:
        assert failed(handler, event) == []
    assert len(calls) == 3
