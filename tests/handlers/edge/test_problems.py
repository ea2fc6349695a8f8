"""Every error of the API is a problem of RFC 9457; what it offers is documented; pages may ask."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from sahut.adapters.dynamodb.table import Tables
from tests.handlers.edge.conftest import ORIGIN, SHOP_CHAT, SHOP_KEY, SIGNING_KEY, Edge

KEY = {"X-Api-Key": SHOP_KEY}
SECRET_WORDS = "rahasia dapur"


SESSIONS, MESSAGES, PEOPLE = "/v1/chat/sessions", "/v1/chat/messages", "/v1/conversations"
BROWSER = {"Origin": ORIGIN}
Case = tuple[str, str, object, dict[str, str], int]

CASES: list[Case] = [
    ("GET", "/nowhere", None, {}, 404),
    ("GET", "/v1", None, {}, 404),
    ("DELETE", "/", None, {}, 405),
    ("POST", PEOPLE, {}, KEY, 405),
    ("POST", SESSIONS, None, {}, 422),
    ("POST", SESSIONS, "no JSON", {}, 422),
    ("POST", SESSIONS, {"webchat_key": SHOP_CHAT, "more": 1}, BROWSER, 422),
    ("POST", SESSIONS, {"webchat_key": "x" * 101}, BROWSER, 422),
    ("POST", SESSIONS, {"webchat_key": "wc_nobody"}, BROWSER, 404),
    ("GET", MESSAGES, None, {}, 401),
    ("GET", f"{PEOPLE}/nobody", None, KEY, 404),
    ("GET", f"{PEOPLE}/{'x' * 3000}", None, KEY, 422),
    ("POST", f"{PEOPLE}/nobody/take-over", {"by": "x" * 201}, KEY, 422),
    ("POST", f"{PEOPLE}/nobody/messages", {"text": SECRET_WORDS}, KEY, 422),
]
BAD_MESSAGES: list[tuple[str, str]] = [
    # client message id, text
    ("1", ""),
    ("1", "  \n "),
    ("1", "x" * 4097),
    ("a b", SECRET_WORDS),
    ("x" * 101, SECRET_WORDS),
    ("1\n", SECRET_WORDS),
]
BAD_QUERIES: list[dict[str, object]] = [
    {"after": -1},
    {"after": "x"},
    {"wait": 21},
    {"wait": -1},
    {"wait": "nan"},
]


def test_every_error_is_a_problem(edge: Edge) -> None:
    visitor = edge.visitor()
    said = [("POST", MESSAGES, {"client_message_id": i, "text": t}, visitor, 422) for i, t in BAD_MESSAGES]
    for method, path, body, headers, status in [*CASES, *said, ("PATCH", MESSAGES, None, visitor, 405)]:
        reply = edge.call(method, path, body, headers)
        assert reply.status == status, (method, path, body, reply.body)
        assert reply.problem
        assert SECRET_WORDS not in reply.body
        assert status != 405 or reply.headers["allow"], path
    for query in BAD_QUERIES:
        assert edge.read(visitor, **query).problem["status"] == 422, query
    assert edge.call("GET", PEOPLE, None, KEY, {"owner": "nobody"}).problem["errors"]


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


def test_requests_are_answered_after_somebody_else_ran_an_event_loop(edge: Edge) -> None:
    async def nothing() -> None: ...

    asyncio.run(nothing())
    assert edge.call("GET", "/").status == 200
