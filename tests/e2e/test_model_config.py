"""An admin names a model over HTTP, its key in Secrets Manager; it answers, and its cost is shown."""

import hashlib
import json
import urllib.request
from collections.abc import Mapping
from dataclasses import replace

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.wire import to_item
from sahut.contracts.models_api import body_of
from sandbox.model_api import KEY, model_api, quote_first_passage
from sandbox.stack import Stack
from tests.e2e.questions import PAPUA
from tests.e2e.support import Answer, http, until
from tests.e2e.webchat import Chat, open_shop

NAME = "models/managed"


def admin_of(chat: Chat) -> str:
    """A new admin's key of the tenant."""
    key = f"an admin's key of {chat.tenant_id}"
    route = keys.api_key_route(hashlib.sha256(key.encode()).hexdigest())
    item = {**route.as_item(), "tenant_id": chat.tenant_id, "role": "admin", "name": "e2e"}
    chat.stack.client("dynamodb").put_item(TableName=chat.stack.outputs["RegistryTable"], Item=to_item(item))
    return key


def call(chat: Chat, method: str, path: str, body: object = None, **headers: str) -> Answer:
    sent = {"Content-Type": "application/json", "X-Api-Key": admin_of(chat)} | headers
    content = None if body is None else json.dumps(body).encode()
    return http(method, f"{chat.stack.endpoints.api_url}{path}", content, sent)


def put_secret(chat: Chat, value: str) -> None:
    name = f"{chat.stack.outputs['SecretsPrefix']}/tenants/{chat.tenant_id}/{NAME}"
    chat.stack.client("secretsmanager").create_secret(Name=name, SecretString=value)


def answered_by_a_configured_model(stack: Stack) -> None:
    """From the admin's PUT to the day's costs, with every right that it takes."""
    with model_api(lambda asked: quote_first_passage(asked.last)) as api:
        chat = open_shop(stack, (), {})
        put_secret(chat, KEY)
        candidate = replace(api.candidate("managed"), key=f"secretsmanager:{NAME}", first_token_timeout_s=3.0)
        body = {"scenarios": {"answer": [body_of(candidate).model_dump()]}, "daily_limit_usd": 100}
        put = call(chat, "PUT", "/v1/config/models", body, **{"If-Match": etag_of(chat)})
        assert put.status == 200, put.text
        visitor = chat.visitor()
        visitor.writes(PAPUA.words)
        visitor.rests()
        # On a busy machine a second attempt may have begun before the first ended: what it asked costs too.
        until(lambda: costs(chat)["calls"] == len(api.of("managed")), "every call is counted")
        assert api.refused == []
    ledger = visitor.records.ledger(visitor.turns[0].ref)
    assert (ledger["model"], ledger["rung"]) == ("managed", "everything")
    counted = costs(chat)
    assert (counted["turns"], counted["calls"] > 0, counted["usd"] > 0) == (1, True, True)


def costs(chat: Chat) -> Mapping[str, float]:
    """Today's sum."""
    total = call(chat, "GET", "/v1/costs").body["total"]
    assert isinstance(total, dict)
    return total


def etag_of(chat: Chat) -> str:
    """Of what holds now; `http` tells no headers."""
    request = urllib.request.Request(
        f"{chat.stack.endpoints.api_url}/v1/config/models", headers={"X-Api-Key": admin_of(chat)}
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return str(response.headers["ETag"])


def test_from_configuration_to_cost(stack: Stack) -> None:
    answered_by_a_configured_model(stack)
