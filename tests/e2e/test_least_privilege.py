"""Each function has the rights it needs and no others, with the emulator's IAM enforcement on."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.customer import QUESTION, Customer
from sandbox.denials import Denial
from sandbox.endpoints import Endpoints
from sandbox.progress import Progress
from sandbox.stack import Options, Stack, running
from sandbox.workers import logical_id_of
from tests.conftest import SCALED_DOWN, eventually
from tests.e2e import every_path, test_tools
from tests.e2e.test_model_config import answered_by_a_configured_model

ROOT = Path(__file__).resolve().parents[2]
PARAMETERS = {**SCALED_DOWN, "VisibilityTimeoutSeconds": "8"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A sandbox of its own: enforcement slows every call of the others."""
    options = Options(parameters=PARAMETERS, auth=True, state_dir=tmp_path_factory.mktemp("guarded"))
    with running(options, Progress(None)) as stack:
        yield stack


@dataclass(frozen=True)
class Right:
    """One statement of template.yaml, and the action that is refused without it."""

    function: str
    sid: str
    action: str


RIGHTS = (
    Right("ingress", "Queues", "sqs:SendMessageBatch"),
    Right("dispatch", "StartsTheWorkflowAndWaits", "states:StartSyncExecution"),
    Right("retrieval", "ReadsIndexes", "s3:GetObject"),
    Right("delivery", "KnowsTheChannelsToken", "ssm:GetParameter"),
)


def test_an_answer_and_a_hand_over_need_no_right_that_is_missing(guarded: Stack) -> None:
    customer = Customer(guarded.endpoints)
    customer.writes(QUESTION)
    answer = customer.reads()
    assert answer is not None
    assert answer.citations
    customer.writes("Saya mau bicara dengan petugas")
    assert customer.reads() is not None
    assert guarded.controls.denials() == []


PATHS: tuple[Callable[[Endpoints], None], ...] = (
    every_path.webchat,
    every_path.sockets,
    every_path.person_takes_over_and_gives_back,
    every_path.picture,
    every_path.uncertain_send,
    every_path.refused_afterwards,
    every_path.foreign_number,
    every_path.knowledge,
)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_no_path_needs_a_right_that_is_missing(guarded: Stack, path: Callable[[Endpoints], None]) -> None:
    path(guarded.endpoints)
    assert guarded.controls.denials() == []


@pytest.mark.full
def test_a_models_key_and_its_cost_need_no_right_that_is_missing(guarded: Stack) -> None:
    answered_by_a_configured_model(guarded)
    assert guarded.controls.denials() == []


@pytest.mark.full
def test_tools_need_no_right_that_is_missing(guarded: Stack) -> None:
    """Looking up and cancelling: the tenant's tools, a secret, the service, both sides of a confirmation."""
    test_tools.test_a_customer_gets_the_status_of_an_order_with_its_source(guarded)
    test_tools.test_an_order_is_cancelled_once_and_only_after_the_yes(guarded)
    assert guarded.controls.denials() == []


def test_dead_letters_has_the_rights_to_record_them(guarded: Stack) -> None:
    every_path.dead_letter(guarded)
    assert guarded.controls.denials() == []


@pytest.mark.full
@pytest.mark.parametrize("right", RIGHTS, ids=lambda right: f"{right.function}-{right.sid}")
def test_a_function_without_its_right_is_refused_and_nothing_is_lost(guarded: Stack, right: Right) -> None:
    """The customer still gets something: an answer once the right is back, or a person."""
    customer = Customer(guarded.endpoints)
    with without(guarded, right):
        guarded.controls.kill_workers(right.function)  # what it cached needs no right any more
        customer.writes(QUESTION)
        eventually(lambda: any(is_refusal(denial, guarded, right) for denial in guarded.controls.denials()))
    assert customer.reads(wait_s=40) is not None


@pytest.mark.full
@pytest.mark.parametrize("sid", ["PushesToBrowsers", "SignsLinksToCitedDocuments"])
def test_a_delivery_that_may_not_push_delivers(guarded: Stack, sid: str) -> None:
    """What a connected visitor does not hear at once, the long poll brings."""
    action = {"PushesToBrowsers": "execute-api:ManageConnections"}.get(sid, "ssm:GetParameter")
    right = Right("delivery", sid, action)
    before = len(guarded.controls.denials())
    with without(guarded, right):
        guarded.controls.kill_workers(right.function)
        every_path.connected_and_polling(guarded.endpoints)
        refused = guarded.controls.denials()[before:]
    assert refused
    assert all(is_refusal(denial, guarded, right) for denial in refused)


def is_refusal(denial: Denial, stack: Stack, right: Right) -> bool:
    function = stack.outputs[logical_id_of(right.function)]
    return denial.action == right.action and denial.who.endswith(f"/{function}")


@contextmanager
def without(stack: Stack, right: Right) -> Iterator[None]:
    """Takes one statement out of the function's role for a while."""
    iam = stack.client("iam")
    role = role_of(stack, right.function)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names
    }
    name, policy = next(found for found in documents.items() if right.sid in json.dumps(found[1]))
    kept = [statement for statement in policy["Statement"] if statement["Sid"] != right.sid]
    put(iam, role, name, {**policy, "Statement": kept})
    try:
        yield
    finally:
        put(iam, role, name, policy)


def put(iam: Any, role: str, name: str, policy: Mapping[str, object]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


def role_of(stack: Stack, function: str) -> str:
    name = stack.outputs[logical_id_of(function)]
    arn = stack.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    return str(arn).rpartition("/")[2]
