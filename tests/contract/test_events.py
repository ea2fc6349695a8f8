"""events/*.json still fit the functions: one for each, decodable by today's contracts."""

import ast
import importlib
import json
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from sahut.adapters.s3.paths import of_original
from sahut.contracts.jobs import DispatchJob
from sahut.contracts.whatsapp import parse_webhook
from sahut.domain.signature import is_signed_by
from sandbox.tenants import APP_SECRET, VERIFY_TOKEN, load_tenants

ROOT = Path(__file__).resolve().parents[2]
EVENTS = ROOT / "events"
FUNCTIONS = sorted(path.parent.name for path in (ROOT / "functions").glob("*/handler.py"))
STAGES = (
    "gathering", "routing", "retrieval", "generation", "delivery", "handoff",
    "fetching", "planning", "parsing", "embedding", "building", "checking", "activating", "closing",
    "searching", "perceiving", "tools",
)  # fmt: skip
QUEUES = ("dispatch", "settling")


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def stage_of(function: str) -> Any:
    """The stage that functions/<function>/handler.py wires up."""
    body = ast.parse((ROOT / "functions" / function / "handler.py").read_text()).body
    imported = [node for node in body if isinstance(node, ast.ImportFrom) and "stages" in str(node.module)]
    (found,) = imported
    return getattr(importlib.import_module(str(found.module)), found.names[0].name)


def test_there_is_an_event_for_every_function() -> None:
    names = {path.stem.partition("-")[0] for path in EVENTS.glob("*.json")}
    assert names == set(FUNCTIONS)


@pytest.mark.parametrize("function", STAGES)
def test_a_stage_understands_its_event(function: str) -> None:
    get_type_hints(stage_of(function))["task"].model_validate(event(function))


@pytest.mark.parametrize("function", QUEUES)
def test_a_queue_function_understands_its_event(function: str) -> None:
    contract = next(iter(get_type_hints(stage_of(function)).values()))
    (record,) = event(function)["Records"]
    contract.model_validate_json(record["body"])


def test_a_dead_letter_is_what_dispatch_gave_up_on() -> None:
    (record,) = event("dead_letters")["Records"]
    DispatchJob.model_validate_json(record["body"])
    assert int(record["attributes"]["ApproximateReceiveCount"]) > 5


def test_the_webhook_is_signed_with_the_sandbox_secret_and_goes_to_a_seeded_tenant() -> None:
    given = event("ingress")
    raw = given["body"].encode()
    assert is_signed_by(APP_SECRET, raw, given["headers"]["X-Hub-Signature-256"])
    (batch,) = parse_webhook(raw, 1_790_000_000.0)
    assert batch.channel_key == load_tenants()[0].phone_number_id


def test_what_s3_tells_is_a_document_of_a_seeded_tenant() -> None:
    (record,) = event("collecting")["Records"]
    (told,) = json.loads(record["body"])["Records"]
    named = of_original(told["s3"]["object"]["key"])
    assert named is not None
    assert str(named[0].tenant) == load_tenants()[0].tenant_id


def test_the_verification_knows_the_sandbox_token() -> None:
    assert event("ingress-verification")["queryStringParameters"]["hub.verify_token"] == VERIFY_TOKEN


def test_somebody_connects_with_a_ticket_from_a_seeded_tenants_page() -> None:
    given = event("sockets")
    tenant = load_tenants()[0]
    assert given["requestContext"]["eventType"] == "CONNECT"
    assert given["queryStringParameters"]["ticket"].startswith(f"{tenant.tenant_id}.")
    assert given["headers"]["Origin"] in tenant.allowed_origins


def test_the_chat_event_opens_a_session_with_a_seeded_tenant() -> None:
    given = event("chat")
    tenant = load_tenants()[0]
    assert json.loads(given["body"]) == {"webchat_key": tenant.webchat_key}
    assert given["headers"]["Origin"] in tenant.allowed_origins
