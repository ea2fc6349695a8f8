"""What a tool may say, what its arguments may be, and one read from an OpenAPI document."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sahut.contracts.tools_api import ToolBody, tool_view
from sahut.domain.json_schema import schema_problems, value_problems
from sahut.domain.openapi import imported
from sahut.domain.tenant import TenantId
from sahut.domain.tools import (
    HttpOperation,
    Place,
    Tool,
    ToolKind,
    function_name,
    host_allowed,
    tool_problems,
)

ORDER = {
    "type": "object",
    "properties": {
        "order_id": {"type": "string", "maxLength": 10},
        "lines": {"type": "integer", "minimum": 1, "maximum": 5},
        "how": {"type": "string", "enum": ["short", "long"]},
        "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
    },
    "required": ["order_id"],
    "additionalProperties": False,
}
GET = HttpOperation("GET", "https://orders.example/v1/orders/{order_id}")
TOOL = Tool("order_status", "Order status", "Where an order is.", ORDER, ToolKind.HTTP, http=GET)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"order_id": "4711"}, None),
        ({"order_id": "4711", "lines": 5, "how": "short", "tags": ["a", "b"]}, None),
        ({}, ("order_id", "is missing")),
        ([], ("", "must be of type object")),
        ({"order_id": 4711}, ("order_id", "must be of type string")),
        ({"order_id": "4711", "lines": True}, ("lines", "must be of type integer")),
        ({"order_id": "4711", "lines": 9}, ("lines", "is above 5")),
        ({"order_id": "12345678901"}, ("order_id", "is longer than 10")),
        ({"order_id": "4711", "how": "loud"}, ("how", "must be one of short, long")),
        ({"order_id": "4711", "tags": ["a", "b", "c"]}, ("tags", "is longer than 2")),
        ({"order_id": "4711", "tags": ["a", 1]}, ("tags.1", "must be of type string")),
        ({"order_id": "4711", "admin": True}, ("", "has a property that is not described")),
    ],
    ids=range(12),
)
def test_arguments_are_held_against_the_schema(value: object, problem: tuple[str, str] | None) -> None:
    assert next(iter(value_problems(ORDER, value)), None) == problem


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_have_are_none(number: float) -> None:
    assert list(value_problems({"type": "number"}, number)) == [("", "must be a finite number")]


@pytest.mark.parametrize(
    ("schema", "at"),
    [
        ({"type": "thing"}, "type"),
        ({"type": "string", "pattern": "(a+)+"}, "pattern"),
        ({"type": "object", "properties": {"a": {"type": "array"}}}, "properties.a.items"),
        ({"type": "object", "properties": {}, "required": ["a"]}, "required"),
        ({"type": "object", "additionalProperties": True}, "additionalProperties"),
        ({"type": "string", "enum": []}, "enum"),
        ({"type": "string", "maxLength": -1}, "maxLength"),
    ],
    ids=range(7),
)
def test_a_schema_that_would_not_be_checked_is_refused(schema: dict[str, Any], at: str) -> None:
    assert [path for path, _ in schema_problems(schema)] == [at]


def http(**changes: Any) -> Tool:
    return replace(TOOL, http=replace(GET, **changes))


@pytest.mark.parametrize(
    ("tool", "at"),
    [
        (http(url="https://{order_id}.example/v1/"), "http.url"),
        (http(url="https://orders.example"), "http.url"),
        (http(url="https://orders.example/{order_id}?admin=1"), "http.url"),
        (http(url="https://orders.example/{who}"), "http.url"),
        (http(url="https://orders.example/{lines}"), "http.url"),
        (http(places={"lines": Place.BODY}), "http.places.lines"),
        (http(places={"other": Place.QUERY}), "http.places.other"),
        (http(places={"lines": Place.PATH}), "http.places.lines"),
        (http(secret_header="Host"), "http.secret_header"),
        (http(headers={"lines": "Idempotency-Key"}), "http.headers.lines"),
        (http(method="POST"), "effectful"),
        (replace(TOOL, http=None), "http"),
        (replace(TOOL, kind=ToolKind.LAMBDA), "function"),
        (replace(TOOL, kind=ToolKind.LAMBDA, function="Prod"), "function"),
        (replace(TOOL, kind=ToolKind.KNOWLEDGE), "parameters.properties"),
        (replace(TOOL, parameters={"type": "string"}), "parameters.type"),
    ],
    ids=range(16),
)
def test_what_does_not_fit_together_names_its_field(tool: Tool, at: str) -> None:
    assert at in [path for path, _ in tool_problems(tool)]


def test_a_whole_tool_has_no_problems() -> None:
    assert list(tool_problems(TOOL)) == []
    assert list(tool_problems(replace(http(method="DELETE"), effectful=True))) == []
    plug_in = replace(TOOL, kind=ToolKind.LAMBDA, function="shared/jira_lookup", http=None)
    assert list(tool_problems(plug_in)) == []


def test_only_hosts_on_the_list_are_called() -> None:
    assert host_allowed("orders.example", "orders.example, api.shop.example")
    assert host_allowed("a.shop.example", "*.shop.example")
    assert host_allowed("anything.example", "*")
    assert not host_allowed("shop.example", "*.shop.example")
    assert not host_allowed("evilshop.example", "*.shop.example")
    assert not host_allowed("orders.example", "")


def test_no_tenant_can_name_anothers_plug_in() -> None:
    names = {
        function_name("sahut-tool-", TenantId(tenant), function)
        for tenant in ("toko", "toko-melati")
        for function in ("jira", "melati_jira", "jira_lookup")
    }
    assert len(names) == 6
    assert function_name("sahut-tool-", TenantId("toko"), "shared/jira") == "sahut-tool-_jira"


# ── OpenAPI ───────────────────────────────────────────────────────────────────────────────────────
DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "servers": [{"url": "https://orders.example/v1/"}],
    "paths": {
        "/orders/{order-id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {
                "operationId": "getOrder",
                "summary": "Order status",
                "description": "Where an order is.",
                "parameters": [
                    {"name": "lang", "in": "query", "schema": {"type": ["string", "null"], "pattern": "x+"}},
                    {"name": "X-Shop", "in": "header", "required": True, "schema": {"type": "string"}},
                ],
            },
            "post": {
                "operationId": "cancelOrder",
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Cancel"}}},
                },
            },
            "patch": {"operationId": "loop", "requestBody": {"$ref": "#/components/requestBodies/Loop"}},
        }
    },
    "components": {
        "parameters": {
            "Id": {"name": "order-id", "in": "path", "required": True, "schema": {"type": "string"},
                   "description": "Its number."}
        },
        "schemas": {
            "Cancel": {"type": "object", "required": ["why"],
                       "properties": {"why": {"type": "string"}, "loud": {"type": "boolean"}}},
        },
        "requestBodies": {"Loop": {"$ref": "#/components/requestBodies/Loop"}},
    },
}  # fmt: skip


def test_an_operation_becomes_a_tool() -> None:
    found = imported(DOCUMENT, "getOrder")
    assert (found.title, found.description) == ("Order status", "Where an order is.")
    assert found.operation == HttpOperation(
        "GET",
        "https://orders.example/v1/orders/{order_id}",
        {"lang": Place.QUERY, "X_Shop": Place.HEADER},
        {"X_Shop": "X-Shop"},
    )
    assert found.parameters == {
        "type": "object",
        "properties": {
            "order_id": {"type": "string", "description": "Its number."},
            "lang": {"type": "string"},
            "X_Shop": {"type": "string"},
        },
        "required": ["order_id", "X_Shop"],
        "additionalProperties": False,
    }


def test_members_of_a_body_become_arguments() -> None:
    found = imported(DOCUMENT, "cancelOrder", "https://other.example")
    assert found.operation.url == "https://other.example/orders/{order_id}"
    assert found.parameters["required"] == ["order_id", "why"]
    assert found.operation.places == {"why": Place.BODY, "loud": Place.BODY}


@pytest.mark.parametrize(
    ("document", "operation", "why"),
    [
        ({"swagger": "2.0"}, "getOrder", "no OpenAPI 3"),
        (DOCUMENT, "nothing", "operationId nothing"),
        (DOCUMENT | {"servers": [{"url": "/v1"}]}, "getOrder", "no absolute server"),
        (DOCUMENT | {"components": {}}, "getOrder", "nothing is at"),
        (DOCUMENT, "loop", "in a circle"),
    ],
    ids=range(5),
)
def test_what_cannot_be_imported_says_why(document: dict[str, Any], operation: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        imported(document, operation)


def test_a_body_with_an_openapi_document_is_a_whole_tool() -> None:
    openapi = {"document": DOCUMENT, "operation_id": "getOrder", "secret": "tools/orders"}
    body = ToolBody.model_validate({"kind": "http", "openapi": openapi})
    tool = body.tool("order_status")
    assert list(tool_problems(tool)) == []
    assert tool.http is not None
    assert tool.http.secret == "tools/orders"
    shown = tool_view(tool).model_dump(exclude_none=True)
    assert (shown["title"], shown["http"]["places"]["X_Shop"]) == ("Order status", "header")
