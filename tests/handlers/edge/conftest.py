"""The two HTTP functions as API Gateway calls them: the real Lambda handlers on the world's stores."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from sahut.runtime import bootstrap, compose
from sahut.runtime.chat_app import chat_handler
from sahut.runtime.ingress_app import ingress_handler
from tests.handlers.conftest import World

APP_SECRET, VERIFY_TOKEN = "app secret of the test", "verify token of the test"
SIGNING_KEY = "a signing key of at least thirty-two bytes"
SHOP_KEY, BANK_KEY = "sk_shop_secret", "sk_bank_secret"
SHOP_CHAT, BANK_CHAT = "wc_shop", "wc_bank"
ORIGIN = "https://shop.example"
WEBHOOK = "/v1/webhooks/whatsapp"

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def problem(self) -> Any:
        """The body, which must be a problem of RFC 9457 and nothing else."""
        assert self.headers["content-type"] == "application/problem+json"
        problem = self.json
        assert set(problem) <= {"type", "title", "status", "detail", "errors"}
        assert (problem["status"], bool(problem["title"]), problem["type"]) == (
            self.status,
            True,
            "about:blank",
        )
        return problem


@cache
def _handlers() -> tuple[Handler, Handler]:
    return ingress_handler(), chat_handler()


@dataclass
class Edge:
    """Calls by path: the webhooks are ingress's, all else is chat's, as the template has it."""

    world: World

    def call(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Reply:
        handler = _handlers()[0 if path == WEBHOOK else 1]
        answer = handler(_event(method, path, body, headers or {}, query or {}), None)
        content = answer["body"]
        if answer.get("isBase64Encoded"):
            content = base64.b64decode(content).decode()
        merged = {name.lower(): values[0] for name, values in answer.get("multiValueHeaders", {}).items()}
        merged |= {name.lower(): value for name, value in (answer.get("headers") or {}).items()}
        return Reply(answer["statusCode"], merged, content)

    def webhook(self, body: bytes, signature: str | None = None) -> Reply:
        """A signed post of Meta's; signature: another header value than the right one, '' for none."""
        if signature is None:
            signature = signed(body)
        return self.call("POST", WEBHOOK, body, {"X-Hub-Signature-256": signature} if signature else {})

    def session(self, key: str = SHOP_CHAT, earlier: str = "", **headers: str) -> Reply:
        body = {"webchat_key": key, "visitor_token": earlier}
        return self.call("POST", "/v1/chat/sessions", body, {"Origin": ORIGIN} | headers)

    def visitor(self, key: str = SHOP_CHAT) -> dict[str, str]:
        """The headers of a new visitor."""
        return {"Authorization": f"Bearer {self.session(key).json['visitor_token']}"}

    def say(self, visitor: Mapping[str, str], text: str, client_id: str) -> Reply:
        body = {"client_message_id": client_id, "text": text}
        return self.call("POST", "/v1/chat/messages", body, visitor)

    def read(self, visitor: Mapping[str, str], **query: object) -> Reply:
        asked = {name: str(value) for name, value in query.items()}
        return self.call("GET", "/v1/chat/messages", None, visitor, asked)


def signed(body: bytes, secret: str = APP_SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _event(
    method: str, path: str, body: object, headers: Mapping[str, str], query: Mapping[str, str]
) -> dict[str, Any]:
    """An event of a REST API (payload version 1) with proxy integration, stage `dev`."""
    is_bytes = isinstance(body, bytes)
    text = base64.b64encode(body).decode() if isinstance(body, bytes) else body
    if body is not None and not isinstance(body, bytes | str):
        text = json.dumps(body)
    sent = {"Host": "api.example", "Content-Type": "application/json", **headers}
    return {
        "resource": path if path in ("/", WEBHOOK) else "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "resourcePath": "/{proxy+}",
            "httpMethod": method,
            "path": f"/dev{path}",
            "protocol": "HTTP/1.1",
            "stage": "dev",
            "requestId": "r-1",
            "apiId": "a-1",
            "identity": {"sourceIp": "127.0.0.1", "userAgent": "test"},
        },
        "body": text,
        "isBase64Encoded": is_bytes,
    }


def _seed() -> None:
    registry = boto3.resource("dynamodb").Table("registry")
    for tenant, chat, key in (("shop", SHOP_CHAT, SHOP_KEY), ("bank", BANK_CHAT, BANK_KEY)):
        digest = hashlib.sha256(key.encode()).hexdigest()
        registry.put_item(Item={"pk": f"CHANNEL#webchat#{chat}", "sk": "ROUTE", "tenant_id": tenant})
        registry.put_item(Item={"pk": f"APIKEY#{digest}", "sk": "ROUTE", "tenant_id": tenant, "name": "ci"})
        profile = {"name": tenant, "default_language": "id", "allowed_origins": [ORIGIN]}
        registry.put_item(Item={"pk": f"TENANT#{tenant}", "sk": "PROFILE", **profile})
    for name, value in (
        ("whatsapp/app_secret", APP_SECRET),
        ("whatsapp/verify_token", VERIFY_TOKEN),
        ("visitor_signing_key", SIGNING_KEY),
    ):
        boto3.client("ssm").put_parameter(Name=f"/sahut/test/{name}", Value=value, Type="SecureString")


@pytest.fixture
def edge(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Edge]:
    """Both handlers, composed of the world's parts. Time starts now, because tokens are checked by it."""
    _seed()
    world.now = float(int(time.time()))

    def sleep(seconds: float) -> None:
        world.now += seconds

    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Sahut")
    monkeypatch.setattr(compose, "time", SimpleNamespace(sleep=sleep))
    bootstrap.composition.cache_clear()
    bootstrap.needs_of.cache_clear()
    bootstrap.composition().__dict__ = world.made.__dict__
    yield Edge(world)
    bootstrap.composition.cache_clear()
    bootstrap.needs_of.cache_clear()
