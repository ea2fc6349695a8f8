"""Queues and state machines: ids that deduplicate what they should, and errors that mean what happened."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from hypothesis import given
from hypothesis import strategies as st

from sahut.adapters.sqs.queues import (
    FifoDispatchQueue,
    StandardSettleQueue,
    Visibility,
    deduplication_id,
    group_of,
)
from sahut.adapters.stepfunctions.machines import ExpressAnswerMachine, StandardHandOverMachine
from sahut.contracts.jobs import DispatchJob, SettleCause, SettleJob
from sahut.contracts.tasks import ConversationTask
from sahut.domain.errors import Refused, TryAgain
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.ports.work import Run, RunStatus

TURN = TurnRef(ConversationRef(TenantId("shop"), "c1"), "t1")
TASK = ConversationTask(tenant_id="shop", conversation_id="c1", message_id="wamid.1", epoch=1, deadline=1.8e9)


@dataclass
class Client:
    """Answers every call with `answer`, or raises it; keeps what it was asked."""

    answer: Any = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append({"call": name, **arguments})
            if isinstance(self.answer, Exception):
                raise self.answer
            return self.answer

        return call


def job(**changes: Any) -> DispatchJob:
    fields = {"tenant_id": "shop", "conversation_id": "c1", "message_id": "wamid.1", "line": 1, "attempt": 1}
    return DispatchJob(**{**fields, **changes})


def refused(code: str, operation: str = "Call") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "secret"}}, operation)


# ── queues ────────────────────────────────────────────────────────────────────────────────────────
def test_a_retried_call_is_one_message_and_a_redelivery_another() -> None:
    assert deduplication_id(job()) == deduplication_id(job(line=7))
    different = [job(), job(attempt=2), job(message_id="wamid.2"), job(tenant_id="bank")]
    assert len({deduplication_id(each) for each in different}) == len(different)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_ids_of_any_characters_become_ids_that_the_queue_takes(message_id: str) -> None:
    found = deduplication_id(job(message_id=message_id))
    assert len(found) <= 128
    assert found.isascii()
    assert found.isalnum()


def test_a_conversation_is_a_group_of_its_own() -> None:
    groups = {group_of(job(tenant_id=t, conversation_id=c)) for t in ("shop", "bank") for c in ("c1", "c2")}
    assert len(groups) == 4
    assert all(len(group) <= 128 for group in groups)


@pytest.mark.parametrize(("jobs", "calls"), [(0, 0), (1, 1), (10, 1), (11, 2), (35, 4)])
def test_jobs_are_sent_ten_at_a_time_in_order(jobs: int, calls: int) -> None:
    client = Client()
    FifoDispatchQueue(client, "url").put([job(message_id=f"wamid.{n}") for n in range(jobs)])  # type: ignore[arg-type]
    assert len(client.calls) == calls
    entries = [entry for call in client.calls for entry in call["Entries"]]
    sent = [json.loads(entry["MessageBody"])["message_id"] for entry in entries]
    assert sent == [f"wamid.{n}" for n in range(jobs)]
    assert all(
        len({entry["Id"] for entry in call["Entries"]}) == len(call["Entries"]) for call in client.calls
    )


@pytest.mark.parametrize(
    "answer", [{"Failed": [{"Id": "0"}]}, refused("RequestThrottled"), refused("ServiceUnavailable")]
)
def test_a_job_that_was_not_queued_is_told(answer: Any) -> None:
    with pytest.raises(TryAgain) as raised:
        FifoDispatchQueue(Client(answer), "url").put([job()])  # type: ignore[arg-type]
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(("asked", "delay"), [(0, 0), (60, 60), (-5, 0), (4000, 900), (0.4, 0)])
def test_a_settle_job_waits_as_long_as_a_queue_can(asked: float, delay: int) -> None:
    client = Client()
    settle = SettleJob(tenant_id="shop", conversation_id="c1", turn_id="t1", cause=SettleCause.UNCERTAIN)
    StandardSettleQueue(client, "url").put(settle, asked)  # type: ignore[arg-type]
    assert client.calls[0]["DelaySeconds"] == delay
    assert SettleJob.model_validate_json(client.calls[0]["MessageBody"]) == settle


def test_visibility_names_its_message() -> None:
    client = Client()
    Visibility(client, "url").shorten("handle", 4)  # type: ignore[arg-type]
    assert client.calls[0]["VisibilityTimeout"] == 4


# ── state machines ────────────────────────────────────────────────────────────────────────────────
RUNS: list[tuple[Any, Run]] = [
    ({"status": "SUCCEEDED"}, Run(RunStatus.SUCCEEDED)),
    ({"status": "FAILED", "error": "Permanent", "cause": "secret"}, Run(RunStatus.FAILED, "Permanent")),
    ({"status": "TIMED_OUT"}, Run(RunStatus.TIMED_OUT)),
    ({"status": "ABORTED"}, Run(RunStatus.FAILED)),
    (ReadTimeoutError(endpoint_url="x"), Run(RunStatus.LOST, "ReadTimeoutError")),
    (ConnectionClosedError(endpoint_url="x"), Run(RunStatus.LOST, "ConnectionClosedError")),
]


@pytest.mark.parametrize(("answer", "run"), RUNS, ids=str)
def test_how_an_execution_ended(answer: Any, run: Run) -> None:
    client = Client(answer)
    assert ExpressAnswerMachine(client, "arn").run(TASK) == run  # type: ignore[arg-type]
    assert json.loads(client.calls[0]["input"]) == TASK.model_dump(mode="json")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (refused("ThrottlingException"), TryAgain),
        (refused("StateMachineDoesNotExist"), Refused),
        (EndpointConnectionError(endpoint_url="x"), TryAgain),
    ],
    ids=str,
)
def test_an_execution_that_never_began(error: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected):
        ExpressAnswerMachine(Client(error), "arn").run(TASK)  # type: ignore[arg-type]


def test_a_hand_over_is_named_like_its_ticket_and_begins_once() -> None:
    client = Client()
    machine = StandardHandOverMachine(client, "arn")  # type: ignore[arg-type]
    machine.start(TURN)
    client.answer = refused("ExecutionAlreadyExists")
    machine.start(TURN)
    assert [call["name"] for call in client.calls] == ["t1", "t1"]
    assert json.loads(client.calls[0]["input"]) == {
        "tenant_id": "shop",
        "conversation_id": "c1",
        "turn_id": "t1",
    }
    for code, expected in (("ThrottlingException", TryAgain), ("InvalidExecutionInput", Refused)):
        client.answer = refused(code)
        with pytest.raises(expected):
            machine.start(TURN)
