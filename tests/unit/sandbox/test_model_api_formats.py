"""Structured outputs and tools: what the real API refuses of them, the fake refuses too."""

from collections.abc import Iterator

import pytest

from sandbox.model_api import MODEL, ModelApi, model_api
from tests.unit.sandbox.model_client import USER, Refusal, assert_refused, post

TOOL = {"type": "function", "function": {"name": "order_status"}}
TEXT = {"type": "string"}
OPEN = {"type": "object", "properties": {}}


@pytest.fixture(scope="module")
def api() -> Iterator[ModelApi]:
    with model_api() as api:
        yield api


def schema(**fields: object) -> dict[str, object]:
    return {"response_format": {"type": "json_schema", "json_schema": fields}}


def strict(**fields: object) -> dict[str, object]:
    """A strict format whose schema is right but for these fields."""
    right = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
    return schema(name="reply", strict=True, schema=right | fields)


REFUSED: dict[str, Refusal] = {
    # name: (what is wrong with the body, param, code, part of the message)
    "format of another kind": (
        {"response_format": {"type": "xml"}},
        "response_format.type",
        "invalid_value",
        "'json_schema'",
    ),
    "format as text": ({"response_format": "json_object"}, "response_format", "invalid_type", ""),
    "json without the word": (
        {"response_format": {"type": "json_object"}},
        "messages",
        None,
        "the word 'json'",
    ),
    "schema without json_schema": (
        {"response_format": {"type": "json_schema"}},
        "response_format.json_schema",
        "missing_required_parameter",
        "",
    ),
    "schema without name": (
        schema(schema={}),
        "response_format.json_schema.name",
        "missing_required_parameter",
        "",
    ),
    "schema without schema": (
        schema(name="a"),
        "response_format.json_schema.schema",
        "missing_required_parameter",
        "",
    ),
    "schema with blanks in its name": (
        schema(name="a b", schema={}),
        "response_format.json_schema.name",
        "invalid_value",
        "",
    ),
    "strict and open": (
        strict(additionalProperties=True),
        "response_format",
        None,
        "In context=(), 'additionalProperties' is required to be supplied and to be false.",
    ),
    "strict and open within": (
        strict(properties={"a": OPEN}, required=["a"]),
        "response_format",
        None,
        "In context=('properties', 'a'), 'additionalProperties' is required",
    ),
    "strict and open in a list": (
        strict(properties={"a": {"type": "array", "items": OPEN}}, required=["a"]),
        "response_format",
        None,
        "In context=('properties', 'a', 'items'), 'additionalProperties'",
    ),
    "strict and optional": (strict(properties={"a": TEXT}), "response_format", None, "Missing 'a'."),
    "strict with a stranger": (
        strict(required=["b"]),
        "response_format",
        None,
        "Extra required key 'b' supplied.",
    ),
    "strict with oneOf": (strict(oneOf=[]), "response_format", None, "'oneOf' is not permitted."),
    "strict with a list of nothing": (
        strict(properties={"a": {"type": "array"}}, required=["a"]),
        "response_format",
        None,
        "array schema missing items",
    ),
    "strict with no type": (
        strict(properties={"a": {}}, required=["a"]),
        "response_format",
        None,
        "'type' key",
    ),
    "strict and no object": (
        strict(type="array"),
        "response_format",
        None,
        "must be a JSON Schema of 'type: \"object\"'",
    ),
    "strict tool that is open": (
        {"tools": [{"type": "function", "function": {"name": "a", "strict": True, "parameters": OPEN}}]},
        "tools[0].function.parameters",
        None,
        "function 'a': In context=()",
    ),
    "no tools": ({"tools": []}, "tools", "empty_array", ""),
    "tool without name": (
        {"tools": [{"type": "function", "function": {}}]},
        "tools[0].function.name",
        "missing_required_parameter",
        "",
    ),
    "tool with a dot in its name": (
        {"tools": [{"type": "function", "function": {"name": "a.b"}}]},
        "tools[0].function.name",
        "invalid_value",
        "",
    ),
    "two tools of one name": ({"tools": [TOOL, TOOL]}, "tools", "invalid_value", "must be unique"),
    "choice without tools": (
        {"tool_choice": "auto"},
        "tool_choice",
        None,
        "only allowed when 'tools' are specified",
    ),
    "choice of no tool": (
        {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "refund"}}},
        "tool_choice",
        None,
        "'refund' not found",
    ),
    "choice of another kind": (
        {"tools": [TOOL], "tool_choice": "sometimes"},
        "tool_choice",
        "invalid_value",
        "",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(api: ModelApi, name: str) -> None:
    assert_refused(api, *REFUSED[name])


ALLOWED: dict[str, dict[str, object]] = {
    "an open schema that is not strict": schema(name="a", schema=OPEN),
    "a strict schema": strict(properties={"a": TEXT}, required=["a"]),
    "tools": {"tools": [TOOL], "tool_choice": "none", "parallel_tool_calls": False},
}


@pytest.mark.parametrize("name", ALLOWED)
def test_it_is_taken(api: ModelApi, name: str) -> None:
    status, document = post(api, {"model": MODEL, "messages": [USER]} | ALLOWED[name])
    assert status == 200, document
