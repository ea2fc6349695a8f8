"""A dead first choice costs one customer its time-out, and nobody after: clients and circuits as composed."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sahut.domain.models import Models, Scenario
from sahut.domain.tenant import TenantId
from sahut.runtime.bootstrap import Composition
from sahut.runtime.models import ModelClients
from sahut.runtime.settings import Settings
from sahut.stages.prompting import AnswerRequest
from sahut.stages.write_answer import Writing, Written, write_answer
from sandbox.model_api import KEY, KEY_NAME, Asked, ModelApi, Step, model_api
from tests.unit.chat_writer import FOUND
from tests.unit.once_table import once_table

TENANT, OTHER = TenantId("northwind"), TenantId("contoso")
FIRST_TOKEN_S = 0.3


@pytest.fixture(scope="module")
def made() -> Iterator[Composition]:
    with once_table():
        made = Composition(Settings(once_table="once", secrets_prefix="/sahut/test"))
        for tenant in (TENANT, OTHER):
            name = f"/sahut/test/tenants/{tenant}/{KEY_NAME}"
            made.client("ssm").put_parameter(Name=name, Value=KEY, Type="SecureString")
        yield made


@pytest.fixture
def api() -> Iterator[ModelApi]:
    def say(asked: Asked) -> str:
        return f"{asked.model} says £20 [3]."

    with model_api(say) as api:
        yield api


class Function:
    """One environment of the writing function."""

    def __init__(self, made: Composition, api: ModelApi, first_token_s: float = 5.0) -> None:
        first, second = (api.candidate(name) for name in ("first", "second"))
        first = replace(first, first_token_timeout_s=first_token_s)
        self._models = Models({Scenario.ANSWER: (first, second)})
        clients = ModelClients(made)
        self._writing = Writing(lambda _: self._models, clients.chat, clients.trying)

    def answers(self, tenant: TenantId = TENANT) -> Written:
        request = AnswerRequest("What does CHAPS cost?", "en", FOUND, (), "Northwind", time.time() + 60)
        return write_answer(tenant, request, self._writing)


def seen(written: Written) -> list[tuple[str, str, str, int]]:
    return [(each.candidate, each.outcome.value, each.error, each.calls) for each in written.attempts]


OPEN = ("first", "circuit_open", "CircuitOpen", 0)
SECOND = ("second", "done", "", 1)


@pytest.mark.parametrize(
    ("step", "first_turn"),
    [
        (Step(refuse_connection=True, model="first"), ("first", "failed", "unreachable", 2)),
        (Step(status=500, model="first"), ("first", "failed", "server_error", 2)),
        (Step(slow_first_token_s=5, model="first"), ("first", "failed", "first_token_timeout", 1)),
        (Step(status=401, model="first"), ("first", "refused", "unauthorised", 1)),
        (Step(insufficient_quota=True, model="first"), ("first", "refused", "no_quota", 1)),
    ],
    ids=["dead", "failing", "silent", "wrong-key", "no-quota"],
)
def test_the_next_customer_does_not_wait(
    made: Composition, api: ModelApi, step: Step, first_turn: tuple[str, str, str, int]
) -> None:
    first_token_s = FIRST_TOKEN_S if step.slow_first_token_s else 5.0
    Function(made, api).answers()  # loads what a first call loads
    function = Function(made, api, first_token_s)
    api.play(step)
    assert seen(function.answers()) == [first_turn, SECOND]
    asked = len(api.of("first"))
    later = [function.answers() for _ in range(5)]
    assert [seen(each) for each in later] == [[OPEN, SECOND]] * 5
    assert len(api.of("first")) == asked
    assert sorted(each.attempts[0].took_ms for each in later)[2] <= 5
    assert seen(Function(made, api, first_token_s).answers()) == [OPEN, SECOND], (
        "and no other function waits either"
    )
    assert seen(function.answers(OTHER))[0] == first_turn, "another tenant's endpoint is another's"


def test_a_refusal_of_one_question_closes_nothing(made: Composition, api: ModelApi) -> None:
    function = Function(made, api)
    api.play(Step(content_filter="prompt", model="first", times=3))
    for _ in range(3):
        assert seen(function.answers())[0] == ("first", "refused", "content_filter", 1)
    assert seen(function.answers()) == [("first", "done", "", 1)]


def test_one_failure_in_between_closes_nothing(made: Composition, api: ModelApi) -> None:
    function = Function(made, api)
    api.play(Step(status=503, model="first", times=1))
    assert seen(function.answers()) == [("first", "done", "", 2)]
    assert seen(function.answers()) == [("first", "done", "", 1)]
