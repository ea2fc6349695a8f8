"""Every error of the API is a problem of RFC 9457; what it offers is documented; pages may ask."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from sahut.adapters.dynamodb.table import Tables
from tests.handlers.edge.conftest import ORIGIN, SHOP_CHAT, SHOP_KEY, SIGNING_KEY, Edge

KEY = {"X-Api-Key": SHOP_KEY}
SECRET_WORDS = "rahasia dapur"


def test_every_error_is_a_problem(edge: Edge) -> None:
    visitor = edge.visitor()
    c = "/v1/conversations"
    cases: list[tuple[str, str, object, dict[str, str], int]] = [
        ("GET", "/nowhere", None, {}, 404),
        ("GET", "/v1", None, {}, 404),
        ("DELETE", "/", None, {}, 405),
        ("PATCH", "/v1/chat/messages", None, visitor, 405),
        ("POST", c, {}, KEY, 405),
        ("POST", "/v1/chat/sessions", None, {}, 422),
        ("POST", "/v1/chat/sessions", "no JSON", {}, 422),
        ("POST", "/v1/chat/sessions", {"webchat_key": SHOP_CHAT, "more": 1}, {"Origin": ORIGIN}, 422),
        ("POST", "/v1/chat/sessions", {"webchat_key": "x" * 101}, {"Origin": ORIGIN}, 422),
        ("POST", "/v1/chat/sessions", {"webchat_key": "wc_nobody"}, {"Origin": ORIGIN}, 404),
        ("POST", "/v1/chat/messages", {"client_message_id": "1", "text": ""}, visitor, 422),
        ("POST", "/v1/chat/messages", {"client_message_id": "1", "text": "  \n "}, visitor, 422),
        ("POST", "/v1/chat/messages", {"client_message_id": "1", "text": "x" * 4097}, visitor, 422),
        ("POST", "/v1/chat/messages", {"client_message_id": "a b", "text": SECRET_WORDS}, visitor, 422),
        ("POST", "/v1/chat/messages", {"client_message_id": "x" * 101, "text": SECRET_WORDS}, visitor, 422),
        ("POST", "/v1/chat/messages", {"client_message_id": "1\n", "text": SECRET_WORDS}, visitor, 422),
        ("GET", "/v1/chat/messages", None, {}, 401),
        ("GET", f"{c}/nobody", None, KEY, 404),
        ("GET", f"{c}/{'x' * 3000}", None, KEY, 422),
        ("POST", f"{c}/nobody/take-over", {"by": "x" * 201}, KEY, 422),
        ("POST", f"{c}/nobody/messages", {"text": SECRET_WORDS}, KEY, 422),
    ]
    for method, path, body, headers, status in cases:
        reply = edge.call(method, path, body, headers)
        assert reply.status == status, (method, path, body, reply.body)
        assert reply.problem
        assert SECRET_WORDS not in reply.body
        assert status != 405 or reply.headers["allow"], path
    queries: list[dict[str, object]] = [
        {"after": -1},
        {"after": "x"},
        {"wait": 21},
        {"wait": -1},
        {"wait": "nan"},
    ]
    for query in queries:
        assert edge.read(visitor, **query).problem["status"] == 422, query
    assert edge.call("GET", c, None, KEY, {"owner": "nobody"}).problem["errors"]


def test_a_field_that_is_wrong_is_named_without_its_value(edge: Edge) -> None:
    body = {"client_message_id": SECRET_WORDS, "text": "x"}
    problem = edge.call("POST", "/v1/chat/messages", body, edge.visitor()).problem
    assert [each["field"] for each in problem["errors"]] == ["body.client_message_id"]
    assert SECRET_WORDS not in json.dumps(problem)


def test_our_own_troubles_tell_nothing(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    visitor = edge.visitor()

    def bug(*_: object) -> None:
        raise RuntimeError(SECRET_WORDS)

    monkeypatch.setattr(Tables, "get_many", bug)
    reply = edge.say(visitor, SECRET_WORDS, "c-1")
    assert reply.problem == {"type": "about:blank", "title": "Something went wrong", "status": 500}
    said = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert "RuntimeError" in said
    for word in (SECRET_WORDS, SIGNING_KEY, visitor["Authorization"].split()[1]):
        assert word not in said


def test_the_api_is_documented_where_it_is_served(edge: Edge) -> None:
    openapi: dict[str, Any] = edge.call("GET", "/openapi.json").json
    assert set(openapi["paths"]) >= {
        "/v1/chat/sessions",
        "/v1/chat/messages",
        "/v1/conversations",
        "/v1/conversations/{conversation_id}/take-over",
        "/v1/conversations/{conversation_id}/release",
        "/v1/conversations/{conversation_id}/messages",
    }
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            assert "application/problem+json" in operation["responses"]["4XX"]["content"], (method, path)
            assert operation.get("summary"), (method, path)
    page = edge.call("GET", "/docs")
    assert (page.status, page.headers["content-type"].split(";")[0]) == (200, "text/html")
    assert "SwaggerUIBundle" in page.body


def test_the_documentation_finds_its_description_behind_any_prefix(edge: Edge) -> None:
    """API Gateway serves us below its stage's name, an emulator below more: an absolute path breaks."""
    [asked] = re.findall(r"url: ['\"]([^'\"]+)['\"]", edge.call("GET", "/docs").body)
    assert asked == "openapi.json"
    servers = edge.call("GET", "/openapi.json").json["servers"]
    assert servers == [{"url": "."}], "relative to where the description lies"


def test_the_front_page_says_where_to_read_on(edge: Edge) -> None:
    assert edge.call("GET", "/").json["documentation"] == "docs"


@pytest.mark.parametrize("path", ["/v1/chat/sessions", "/v1/chat/messages", "/v1/conversations", "/"])
def test_any_page_may_ask_before_it_asks(edge: Edge, path: str) -> None:
    for method in ("GET", "POST", "PUT"):
        headers = {"Origin": ORIGIN, "Access-Control-Request-Method": method}
        reply = edge.call(
            "OPTIONS", path, None, headers | {"Access-Control-Request-Headers": "authorization"}
        )
        assert (reply.status, reply.headers["access-control-allow-origin"]) == (200, "*"), method
        assert "Authorization" in reply.headers["access-control-allow-headers"]
        assert "access-control-allow-credentials" not in reply.headers


def test_a_refused_page_can_read_why(edge: Edge) -> None:
    reply = edge.call(
        "POST", "/v1/chat/sessions", {"webchat_key": SHOP_CHAT}, {"Origin": "https://evil.example"}
    )
    assert (reply.status, reply.headers["access-control-allow-origin"]) == (403, "*")
