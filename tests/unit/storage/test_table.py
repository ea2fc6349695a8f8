"""What DynamoDB's errors mean: a failed condition, something that passes, or something that can't."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from sahut.adapters.dynamodb import table
from sahut.adapters.dynamodb.keys import Key
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.domain.errors import Refused, SahutError, TryAgain

KEY = Key("pk", "sk")
PUT = Write("t", KEY, put={"a": 1})
UPDATE = Write("t", KEY, update="SET a = :a", values={":a": 1})
SECRET = "what the customer wrote"


class Client:
    """Answers every call with the next of `answers`; the last one stays."""

    def __init__(self, *answers: Exception | Mapping[str, Any]) -> None:
        self.answers = list(answers)
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(**_: Any) -> Any:
            self.calls.append(name)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "time", SimpleNamespace(sleep=lambda _: None))


def error(code: str, *reasons: str, status: int = 400) -> ClientError:
    response = {
        "Error": {"Code": code, "Message": SECRET},
        "CancellationReasons": [{"Code": reason, "Message": SECRET} for reason in reasons],
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "TransactWriteItems")  # type: ignore[arg-type]


def cancelled(*reasons: str) -> ClientError:
    return error("TransactionCanceledException", *reasons)


def tables(client: Client) -> Tables:
    return Tables(client)  # type: ignore[arg-type]


FAILURES: list[tuple[Exception, type[SahutError]]] = [
    (error("ConditionalCheckFailedException"), ConditionFailed),
    (cancelled("None", "ConditionalCheckFailed"), ConditionFailed),
    (cancelled("TransactionConflict", "ConditionalCheckFailed"), ConditionFailed),
    (cancelled("ThrottlingError", "ConditionalCheckFailed"), ConditionFailed),
    (cancelled("TransactionConflict", "None"), TryAgain),
    (cancelled("None", "ThrottlingError"), TryAgain),
    (cancelled("ProvisionedThroughputExceeded"), TryAgain),
    (error("TransactionConflictException"), TryAgain),
    (error("TransactionInProgressException"), TryAgain),
    (error("ThrottlingException"), TryAgain),
    (error("ProvisionedThroughputExceededException"), TryAgain),
    (error("RequestLimitExceeded"), TryAgain),
    (error("InternalServerError", status=500), TryAgain),
    (error("SomethingNew", status=503), TryAgain),
    (ReadTimeoutError(endpoint_url="http://x"), TryAgain),
    (cancelled("ValidationError"), Refused),
    (cancelled("ItemCollectionSizeLimitExceeded"), Refused),
    (error("ValidationException"), Refused),
    (error("AccessDeniedException"), TryAgain),
]


@pytest.mark.parametrize(("failure", "expected"), FAILURES, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("writes", [(PUT,), (UPDATE,), (PUT, UPDATE)], ids=["put", "update", "transaction"])
def test_a_failed_write_is_one_of_three_things(
    failure: Exception, expected: type[SahutError], writes: tuple[Write, ...]
) -> None:
    with pytest.raises(expected) as raised:
        tables(Client(failure)).write(*writes)
    assert type(raised.value) is expected
    assert SECRET not in str(raised.value)


def test_an_endpoint_that_cannot_be_reached_may_be_reached_later() -> None:
    with pytest.raises(TryAgain):
        tables(Client(EndpointConnectionError(endpoint_url="http://x"))).write(PUT)


@pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError"])
def test_contention_and_throttling_are_waited_out(reason: str) -> None:
    client = Client(cancelled(reason), cancelled("None", reason), {})
    tables(client).write(PUT, UPDATE)
    assert client.calls == ["transact_write_items"] * 3


def test_the_legs_that_failed_are_named() -> None:
    failure = cancelled("ConditionalCheckFailed", "None", "ConditionalCheckFailed")
    with pytest.raises(ConditionFailed) as raised:
        tables(Client(failure)).write(PUT, UPDATE, PUT)
    assert raised.value.legs == (0, 2)


def test_what_a_batch_left_out_is_asked_for_again() -> None:
    half: dict[str, Any] = {"Responses": {"t": [{"pk": {"S": "pk"}, "sk": {"S": "1"}}]}}
    client = Client({**half, "UnprocessedKeys": {"t": {"Keys": []}}}, {**half, "UnprocessedKeys": {}})
    assert list(tables(client).get_many([("t", KEY)])) == [Key("pk", "1")]
    assert len(client.calls) == 2


def test_a_batch_that_stays_throttled_ends() -> None:
    client = Client({"Responses": {}, "UnprocessedKeys": {"t": {"Keys": []}}})
    with pytest.raises(TryAgain):
        tables(client).get_many([("t", KEY)])


def test_a_query_ends_with_its_limit_or_its_last_page() -> None:
    page = {"Items": [{"pk": {"S": "a"}}, {"pk": {"S": "b"}}], "LastEvaluatedKey": {"pk": {"S": "b"}}}
    end = {"Items": [{"pk": {"S": "c"}}]}
    assert len(list(tables(Client(page, end)).query("t", "pk", "a", "z"))) == 3
    limited = Client(page)
    assert len(list(tables(limited).query("t", "pk", "a", "z", limit=2))) == 2
    assert len(limited.calls) == 1
