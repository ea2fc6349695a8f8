"""What the real API refuses, the fake refuses too, and says it as the real one does."""

import base64
from collections.abc import Iterator

import pytest

from sandbox.model_api import MODEL, ModelApi, model_api
from tests.unit.sandbox.model_client import USER, Refusal, assert_refused, client_of, post

CALL = {"id": "call_a", "type": "function", "function": {"name": "order_status", "arguments": "{}"}}
CALLS = {"role": "assistant", "content": None, "tool_calls": [CALL]}


@pytest.fixture(scope="module")
def api() -> Iterator[ModelApi]:
    with model_api() as api:
        yield api


def message(**fields: object) -> dict[str, object]:
    return {"messages": [USER, {"role": "user", "content": "x"} | fields]}


def part(**fields: object) -> dict[str, object]:
    return message(content=[{"type": "text", "text": "x"}, fields])


def image(url: str) -> dict[str, object]:
    return part(type="image_url", image_url={"url": url})


JPEG_NAMED_PNG = "data:image/png;base64," + base64.b64encode(b"\xff\xd8\xff\xe0").decode()

REFUSED: dict[str, Refusal] = {
    # name: (what is wrong with the body, param, code, part of the message)
    "unknown field": ({"top_k": 1}, None, None, "Unrecognized request argument supplied: top_k"),
    "null model": ({"model": None}, None, None, "you must provide a model parameter"),
    "no messages": ({"messages": []}, "messages", "empty_array", "Expected an array with minimum length 1"),
    "messages as text": (
        {"messages": "hello"},
        "messages",
        "invalid_type",
        "expected an array, but got a string",
    ),
    "wrong role": (message(role="boss"), "messages[1].role", "invalid_value", "'boss'. Supported values are"),
    "no role": ({"messages": [{"content": "x"}]}, "messages[0].role", "missing_required_parameter", ""),
    "no content": ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter", ""),
    "number as content": (message(content=3), "messages[1].content", "invalid_type", "but got an integer"),
    "unknown field of a message": (message(mood="x"), "messages[1].mood", "unknown_parameter", ""),
    "no parts": (message(content=[]), "messages[1].content", "empty_array", ""),
    "wrong part": (part(type="video"), "messages[1].content[1].type", "invalid_value", "'text', 'image_url'"),
    "part of another API": (
        part(type="input_text", text="x"),
        "messages[1].content[1].type",
        "invalid_value",
        "",
    ),
    "text part without text": (
        part(type="text"),
        "messages[1].content[1].text",
        "missing_required_parameter",
        "",
    ),
    "image for the system": (
        {
            "messages": [
                {"role": "system", "content": [{"type": "image_url", "image_url": {"url": "x"}}]},
                USER,
            ]
        },
        "messages[0].content[0].type",
        "invalid_value",
        "",
    ),
    "image url as text": (
        part(type="image_url", image_url="x"),
        "messages[1].content[1].image_url",
        "invalid_type",
        "",
    ),
    "image from the web": (
        image("https://x.test/a.png"),
        "messages[1].content[1].image_url.url",
        "invalid_image_url",
        "",
    ),
    "image without base64": (
        image("data:image/png,abc"),
        "messages[1].content[1].image_url.url",
        "invalid_image_url",
        "",
    ),
    "image of another format": (
        image(JPEG_NAMED_PNG),
        "messages[1].content[1].image_url.url",
        "image_parse_error",
        "",
    ),
    "tool message first": (
        {"messages": [USER, {"role": "tool", "content": "x", "tool_call_id": "call_a"}]},
        "messages.[1].role",
        None,
        "must be a response to a preceeding message with 'tool_calls'",
    ),
    "tool message with another id": (
        {"messages": [USER, CALLS, {"role": "tool", "content": "x", "tool_call_id": "call_b"}]},
        "messages.[2].role",
        None,
        "must be a response to a preceeding message with 'tool_calls'",
    ),
    "tool message without id": (
        {"messages": [USER, CALLS, {"role": "tool", "content": "x"}]},
        "messages[2].tool_call_id",
        "missing_required_parameter",
        "",
    ),
    "call without an answer": (
        {"messages": [USER, CALLS, USER]},
        "messages.[2].role",
        None,
        "did not have response messages: call_a",
    ),
    "call without an answer at the end": ({"messages": [USER, CALLS]}, "messages.[2].role", None, "call_a"),
    "assistant that says nothing": (
        {"messages": [USER, {"role": "assistant"}]},
        "messages.[1].content",
        None,
        "",
    ),
    "temperature below": ({"temperature": -0.1}, "temperature", "decimal_below_min_value", ">= 0"),
    "temperature above": ({"temperature": 2.1}, "temperature", "decimal_above_max_value", "<= 2"),
    "temperature as text": ({"temperature": "1"}, "temperature", "invalid_type", ""),
    "no tokens": ({"max_completion_tokens": 0}, "max_completion_tokens", "integer_below_min_value", ">= 1"),
    "half a token": ({"max_tokens": 1.5}, "max_tokens", "invalid_type", "but got a decimal"),
    "two limits": (
        {"max_tokens": 9, "max_completion_tokens": 9},
        "max_tokens",
        "invalid_parameter_combination",
        "",
    ),
    "stream options without a stream": (
        {"stream_options": {"include_usage": True}},
        "stream_options",
        None,
        "",
    ),
    "too many stops": ({"stop": ["a"] * 5}, "stop", "array_above_max_length", ""),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(api: ModelApi, name: str) -> None:
    assert_refused(api, *REFUSED[name])


def test_what_is_left_out_is_refused(api: ModelApi) -> None:
    assert post(api, {"messages": [USER]})[0] == 400
    status, document = post(api, {"model": MODEL})
    assert isinstance(document, dict)
    assert (status, document["error"]["code"]) == (400, "missing_required_parameter")


ALLOWED: dict[str, dict[str, object]] = {
    "all that is plain": {
        "temperature": 2,
        "top_p": 0.5,
        "max_completion_tokens": 1,
        "seed": 7,
        "stop": ["a"],
        "user": "u",
        "metadata": {"a": "b"},
        "store": False,
        "n": 1,
    },
    "nulls": {"temperature": None, "stop": None, "max_tokens": None, "stream": None},
    "an answered call": {
        "messages": [USER, CALLS, {"role": "tool", "content": "x", "tool_call_id": "call_a"}]
    },
    "parts for the system": {
        "messages": [{"role": "system", "content": [{"type": "text", "text": "x"}]}, USER]
    },
    "a developer": {"messages": [{"role": "developer", "content": "x"}, USER]},
    "json with the word": {
        "messages": [{"role": "user", "content": "as JSON"}],
        "response_format": {"type": "json_object"},
    },
}


@pytest.mark.parametrize("name", ALLOWED)
def test_it_is_taken(api: ModelApi, name: str) -> None:
    status, document = post(api, {"model": MODEL, "messages": [USER]} | ALLOWED[name])
    assert status == 200, document


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b'{"model": ', {}, id="half a document"),
        pytest.param(b"[]", {}, id="a list"),
        pytest.param(b"{}", {"Content-Type": "text/plain"}, id="no JSON by its header"),
        pytest.param(b"\xff", {}, id="no text"),
    ],
)
def test_a_body_that_is_no_json_is_refused(api: ModelApi, body: bytes, headers: dict[str, str]) -> None:
    assert post(api, body, headers=headers)[0] == 400


def test_a_wrong_key_is_refused_before_anything_else(api: ModelApi) -> None:
    status, document = post(api, {"nonsense": 1}, headers={"Authorization": "Bearer sk-wrong-1234"})
    assert isinstance(document, dict)
    assert (status, document["error"]["code"]) == (401, "invalid_api_key")
    assert "sk-wrong" not in document["error"]["message"]
    assert post(api, {}, headers={"Authorization": ""})[0] == 401


def test_an_unknown_model_or_path_is_not_found(api: ModelApi) -> None:
    status, document = post(api, {"model": "gpt-none", "messages": [USER]})
    assert isinstance(document, dict)
    assert (status, document["error"]["code"]) == (404, "model_not_found")
    assert post(api, {"model": MODEL, "messages": [USER]}, "/chat/completions")[0] == 404
    assert post(api, {"model": MODEL, "input": "x"}, "/v1/responses")[0] == 404


def test_what_the_client_makes_of_a_type_error_is_refused(api: ModelApi) -> None:
    with pytest.raises(Exception, match="expected a boolean"):
        client_of(api).chat.completions.create(model=MODEL, messages=[USER], stream="yes")  # type: ignore[call-overload]
