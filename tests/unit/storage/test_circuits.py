"""Circuits of models' endpoints on a real client and moto's DynamoDB, as two environments share them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aws_lambda_powertools.utilities.circuit_breaker import base as breaker
from aws_lambda_powertools.utilities.circuit_breaker.persistence import base as persistence
from aws_lambda_powertools.utilities.circuit_breaker.persistence import dynamodb

from sahut.adapters.dynamodb import circuits as module
from sahut.adapters.dynamodb.circuits import CACHE_S, RECOVERY_S, Circuits
from sahut.domain.errors import SahutError, TryAgain
from sahut.domain.model_faults import CircuitOpen, EndpointFailed, EndpointRefused, Fault
from sahut.domain.models import Candidate, Provider
from sahut.domain.tenant import TenantId
from tests.unit.once_table import create_table, once_table

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TENANT, OTHER = TenantId("northwind"), TenantId("contoso")
NUMBERS = count()


@dataclass
class Endpoint:
    """What the endpoint does next, and how often it was called."""

    fault: Fault | None = None
    calls: int = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.fault is None:
            return "well"
        if self.fault in (Fault.UNAUTHORISED, Fault.NO_QUOTA, Fault.NO_KEY, Fault.CONTENT_FILTER):
            raise EndpointRefused("small", self.fault)
        raise EndpointFailed("small", self.fault)


@dataclass
class Store:
    """A table, and the operations that were asked of it."""

    client: "DynamoDBClient"
    operations: list[str] = field(default_factory=list)
    changes: list[tuple[str, str]] = field(default_factory=list)

    def environment(self, table: str = "once") -> Circuits:
        return Circuits(lambda: self.client, table, self.note)

    def note(self, tenant: TenantId, model: str, state: str) -> None:
        self.changes.append((str(tenant), state))


@pytest.fixture(scope="module")
def client() -> "Iterator[DynamoDBClient]":
    with once_table() as client:
        yield client


class Clock:
    """Powertools' and ours."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    def datetime(self) -> SimpleNamespace:
        return SimpleNamespace(datetime=SimpleNamespace(now=lambda: SimpleNamespace(timestamp=self)))


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for each in (breaker, persistence, dynamodb):
        monkeypatch.setattr(each, "dt", clock.datetime())
    monkeypatch.setattr(module, "time", SimpleNamespace(time=clock))
    return clock


@pytest.fixture
def store(client: "DynamoDBClient") -> Iterator[Store]:
    store = Store(client)

    def note(model: Any, **_: Any) -> None:
        store.operations.append(model.name)

    client.meta.events.register("before-call.dynamodb", note)
    yield store
    client.meta.events.unregister("before-call.dynamodb", note)


def candidate(**more: Any) -> Candidate:
    """A new endpoint for each test: Powertools counts failures in this process."""
    small = Candidate(Provider.COMPATIBLE, "small", model="m", base_url=f"http://model-{next(NUMBERS)}/v1")
    return replace(small, **more)


def attempt(circuits: Circuits, model: Candidate, call: Callable[[], str], tenant: TenantId = TENANT) -> str:
    """One of: well, open, the fault."""
    try:
        return circuits(tenant, model, call)
    except CircuitOpen:
        return "open"
    except (EndpointFailed, EndpointRefused) as error:
        return error.fault.value


def test_a_healthy_endpoint_costs_one_read_and_then_none(store: Store, clock: Clock) -> None:
    circuits, model, endpoint = store.environment(), candidate(), Endpoint()
    assert [attempt(circuits, model, endpoint) for _ in range(20)] == ["well"] * 20
    assert store.operations == ["GetItem"]
    clock.now += CACHE_S + 1
    attempt(circuits, model, endpoint)
    assert store.operations == ["GetItem"] * 2
    assert store.changes == []


def test_it_opens_after_the_attempts_of_one_turn_for_everybody(store: Store) -> None:
    circuits, model, endpoint = store.environment(), candidate(), Endpoint(Fault.SERVER_ERROR)
    seen = [attempt(circuits, model, endpoint) for _ in range(4)]
    assert seen == ["server_error", "server_error", "open", "open"]
    assert endpoint.calls == 2
    assert attempt(store.environment(), model, endpoint) == "open", "another environment reads it"
    assert store.changes == [("northwind", "open")]
    assert store.operations == ["GetItem", "PutItem", "GetItem"]


def test_more_retries_are_all_made_before_it_opens(store: Store) -> None:
    circuits, model, endpoint = store.environment(), candidate(max_retries=3), Endpoint(Fault.UNREACHABLE)
    assert [attempt(circuits, model, endpoint) for _ in range(5)] == ["unreachable"] * 4 + ["open"]


def test_a_success_between_failures_starts_the_count_anew(store: Store) -> None:
    circuits, model, endpoint = store.environment(), candidate(), Endpoint()
    for fault in (Fault.EMPTY, None, Fault.EMPTY, None, Fault.EMPTY):
        endpoint.fault = fault
        assert attempt(circuits, model, endpoint) != "open"
    assert endpoint.calls == 5


@pytest.mark.parametrize(
    "fault",
    [Fault.FIRST_TOKEN_TIMEOUT, Fault.TIMEOUT, Fault.UNAUTHORISED, Fault.NO_QUOTA, Fault.NO_KEY],
    ids=str,
)
def test_a_whole_time_out_or_a_useless_key_opens_it_at_once(store: Store, fault: Fault) -> None:
    circuits, model, endpoint = store.environment(), candidate(), Endpoint(fault)
    assert [attempt(circuits, model, endpoint) for _ in range(3)] == [fault.value, "open", "open"]
    assert (endpoint.calls, store.changes) == (1, [("northwind", "open")])


def test_a_refusal_of_one_request_says_nothing_about_the_endpoint(store: Store) -> None:
    circuits, model, endpoint = store.environment(), candidate(), Endpoint(Fault.CONTENT_FILTER)
    assert [attempt(circuits, model, endpoint) for _ in range(5)] == ["content_filter"] * 5
    assert endpoint.calls == 5


def test_troubles_that_are_not_the_endpoints_do_not_count(store: Store) -> None:
    circuits, model = store.environment(), candidate()

    def secrets_are_down() -> str:
        raise TryAgain("throttled")

    for _ in range(5):
        with pytest.raises(TryAgain, match="throttled"):
            circuits(TENANT, model, secrets_are_down)


def test_tenants_keys_and_models_have_circuits_of_their_own(store: Store) -> None:
    circuits, model, endpoint = store.environment(), candidate(key="models/a"), Endpoint(Fault.UNAUTHORISED)
    attempt(circuits, model, endpoint)
    assert attempt(circuits, model, endpoint) == "open"
    endpoint.fault = None
    assert attempt(circuits, model, endpoint, OTHER) == "well"
    assert attempt(circuits, replace(model, key="models/b"), endpoint) == "well"
    assert attempt(circuits, replace(model, model="n"), endpoint) == "well"
    assert attempt(circuits, replace(model, timeout_s=1.0), endpoint) == "open", "the same endpoint"
    items = store.client.scan(TableName="once")["Items"]
    (item,) = [each for each in items if model.base_url in each["sk"]["S"]]
    assert item["pk"] == {"S": "T#northwind#CIRCUITS"}
    assert "models/a" in item["sk"]["S"]
    assert time.time() + 1800 < int(item["expires_at"]["N"]) < time.time() + 2 * 86_400


def test_one_tenants_failures_do_not_add_to_anothers(store: Store) -> None:
    circuits, model, endpoint = store.environment(), candidate(), Endpoint(Fault.SERVER_ERROR)
    seen = [attempt(circuits, model, endpoint, tenant) for tenant in (TENANT, OTHER, OTHER, OTHER)]
    assert seen == ["server_error"] * 3 + ["open"]
    assert attempt(circuits, model, endpoint) == "server_error"


def test_one_may_try_after_a_while_and_a_success_closes_it(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = store.environment(), store.environment()
    model, endpoint = candidate(), Endpoint(Fault.TIMEOUT)
    attempt(here, model, endpoint)
    assert attempt(there, model, endpoint) == "open"
    clock.now += RECOVERY_S + 1
    endpoint.fault = None
    asked_meanwhile: list[str] = []

    def answers_slowly() -> str:
        monkeypatch.setattr(breaker, "_probe_owner_id", lambda: "another environment")
        asked_meanwhile.append(attempt(there, model, endpoint))
        return "well"

    assert attempt(here, model, answers_slowly) == "well"
    assert asked_meanwhile == ["open"], "one tries, the others do not wait for it"
    clock.now += CACHE_S + 1
    assert [attempt(each, model, endpoint) for each in (here, there)] == ["well", "well"]
    assert [state for _, state in store.changes] == ["open", "half_open", "closed"]


def test_a_try_that_fails_leaves_it_open_and_a_refusal_closes_it(store: Store, clock: Clock) -> None:
    circuits, model, endpoint = store.environment(), candidate(), Endpoint(Fault.UNAUTHORISED)
    attempt(circuits, model, endpoint)
    clock.now += RECOVERY_S + 1
    assert attempt(circuits, model, endpoint) == "unauthorised"
    assert attempt(circuits, model, endpoint) == "open"
    clock.now += RECOVERY_S + 1
    endpoint.fault = Fault.CONTENT_FILTER
    assert [attempt(circuits, model, endpoint) for _ in range(2)] == ["content_filter"] * 2


@pytest.mark.parametrize("fault", [None, Fault.SERVER_ERROR, Fault.TIMEOUT], ids=str)
def test_without_the_store_everybody_is_called(store: Store, fault: Fault | None) -> None:
    circuits, model, endpoint = store.environment("no-such-table"), candidate(), Endpoint(fault)
    expected = fault.value if fault else "well"
    assert [attempt(circuits, model, endpoint) for _ in range(4)] == [expected] * 4
    assert endpoint.calls == 4


def test_a_store_that_takes_no_writes_does_not_stop_the_one_who_tries(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CACHE_S", 2 * RECOVERY_S)  # what it knows is not read anew
    create_table(store.client, "doomed")
    circuits, model, endpoint = store.environment("doomed"), candidate(), Endpoint(Fault.TIMEOUT)
    attempt(circuits, model, endpoint)
    clock.now += RECOVERY_S + 1
    store.client.delete_table(TableName="doomed")
    endpoint.fault = None
    assert attempt(circuits, model, endpoint) == "well"
    assert store.changes[-1] == ("northwind", "store_failed")


def test_what_the_call_raises_comes_through(store: Store) -> None:
    circuits, model = store.environment(), candidate()

    def broken() -> str:
        raise SahutError("a bug")

    with pytest.raises(SahutError, match="a bug"):
        circuits(TENANT, model, broken)
