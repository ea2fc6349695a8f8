"""The fake model API, driven by the real openai client: what goes well."""

import base64
import http.client
import json
import time
from collections.abc import Iterator

import pytest
from openai import BadRequestError, Stream
from openai.types.chat import (
    ChatCompletionChunk,
    ChatCompletionFunctionToolParam,
    ChatCompletionMessageFunctionToolCall,
)
from openai.types.chat.completion_create_params import CompletionCreateParamsBase

from sandbox.model_api import KEY, MODEL, Asked, ModelApi, Say, ToolCall, model_api
from sandbox.model_api.chat_shapes import ChatRequest
from tests.unit.sandbox.model_client import client_of

PNG = b"\x89PNG\r\n\x1a\n" + bytes(16)
PROMPT = """Rules: cite like [2].

=== passages 0a ===
[1] Delivery > Duration
We deliver to Papua in 8 to 14 days. Sundays don't count.

[2] Returns
You may return within 30 days.
=== end of passages 0a ==="""
ORDER_STATUS: dict[str, object] = {
    "type": "object",
    "properties": {"order": {"type": "string"}, "detail": {"enum": ["short", "long"]}},
    "required": ["order", "detail"],
    "additionalProperties": False,
}
TOOLS: list[ChatCompletionFunctionToolParam] = [
    {"type": "function", "function": {"name": "order_status", "parameters": ORDER_STATUS, "strict": True}}
]


@pytest.fixture
def api() -> Iterator[ModelApi]:
    with model_api() as api:
        yield api


def streamed(api: ModelApi, **more: object) -> list[ChatCompletionChunk]:
    asked = {"model": MODEL, "messages": [{"role": "user", "content": PROMPT}], "stream": True}
    stream: Stream[ChatCompletionChunk] = client_of(api).chat.completions.create(**(asked | more))  # type: ignore[call-overload]
    return list(stream)


def test_the_default_quotes_the_first_passage(api: ModelApi) -> None:
    completion = client_of(api).chat.completions.create(
        model=MODEL,
        messages=[{"role": "system", "content": PROMPT}, {"role": "user", "content": "How long?"}],
    )
    (choice,) = completion.choices
    assert choice.message.content == "We deliver to Papua in 8 to 14 days. [1]"
    assert (choice.finish_reason, choice.message.role, completion.model) == ("stop", "assistant", MODEL)
    assert completion.usage is not None
    assert (
        completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    )
    (asked,) = api.asked
    assert (asked.last, asked.model, asked.fault, api.refused) == ("How long?", MODEL, "", [])


def test_a_test_decides_what_is_said_and_what_it_costs() -> None:
    def say(asked: Asked) -> Say:
        return Say(asked.last.upper(), tokens_in=1000, tokens_out=50)

    with model_api(say) as api:
        completion = client_of(api).chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "hello"}], temperature=0.0
        )
    assert completion.choices[0].message.content == "HELLO"
    assert completion.usage is not None
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens) == (1000, 50)


def test_a_stream_has_role_words_end_and_usage(api: ModelApi) -> None:
    chunks = streamed(api, stream_options={"include_usage": True})
    assert chunks[0].choices[0].delta.role == "assistant"
    words = [chunk.choices[0].delta.content for chunk in chunks[1:-2]]
    assert words[:3] == ["We", " deliver", " to"]
    assert "".join(word or "" for word in words) == "We deliver to Papua in 8 to 14 days. [1]"
    assert [each.choices[0].finish_reason for each in chunks[:-1]] == [None] * (len(words) + 1) + ["stop"]
    assert (chunks[-1].choices, [each.usage for each in chunks[:-1]]) == ([], [None] * (len(words) + 2))
    assert chunks[-1].usage is not None
    assert [each.text for each in api.asked[0].chunks] == words


def test_a_stream_without_the_option_tells_no_usage(api: ModelApi) -> None:
    chunks = streamed(api)
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks)


def test_a_stream_arrives_while_it_is_written() -> None:
    with model_api(lambda asked: Say("One two three.", first_token_s=0.05, between_chunks_s=0.05)) as api:
        stream = client_of(api).chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "x"}], stream=True
        )
        arrived = [time.perf_counter() for chunk in stream if chunk.choices[0].delta.content]
        (asked,) = api.asked
    sent = [each.at_s for each in asked.chunks]
    assert [each.text for each in asked.chunks] == ["One", " two", " three."]
    assert sent[0] - asked.at_s >= 0.05
    # Each piece is there before the next is written.
    assert all(here < next_ for here, next_ in zip(arrived, sent[1:], strict=False))


def test_who_leaves_a_stream_is_noticed() -> None:
    with model_api(lambda asked: Say("word " * 400, between_chunks_s=0.05)) as api:
        stream = client_of(api).chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "x"}], stream=True
        )
        next(iter(stream))
        stream.close()
        until = time.monotonic() + 15
        while not api.asked[0].left_early and time.monotonic() < until:
            time.sleep(0.01)
        assert api.asked[0].left_early
        assert len(api.asked[0].chunks) < 400


def test_it_calls_a_tool_and_takes_the_result() -> None:
    call = ToolCall("order_status", {"order": "A-17", "detail": "short"})

    def say(asked: Asked) -> Say:
        return Say(tool_calls=(call,)) if asked.messages[-1].role == "user" else Say(f"It says {asked.last}.")

    with model_api(say) as api:
        client = client_of(api)
        first = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "user", "content": "Where is A-17?"}],
            tools=TOOLS,
            tool_choice="auto",
        )
        choice = first.choices[0]
        assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
        (made,) = choice.message.tool_calls or []
        assert isinstance(made, ChatCompletionMessageFunctionToolCall)
        assert (made.function.name, json.loads(made.function.arguments)) == ("order_status", call.arguments)
        second = client.chat.completions.create(
            model=MODEL,
            messages=[
                {"role": "user", "content": "Where is A-17?"},
                choice.message.model_dump(exclude_none=True),  # type: ignore[list-item]
                {"role": "tool", "tool_call_id": made.id, "content": "shipped"},
            ],
            tools=TOOLS,
        )
    assert second.choices[0].message.content == "It says shipped."
    assert (api.refused, [*api.asked[0].tools]) == ([], ["order_status"])


def test_a_tool_call_is_streamed_in_pieces() -> None:
    calls = (
        ToolCall("order_status", {"order": "A-17"}, "call_a"),
        ToolCall("order_status", {"order": "B"}, "call_b"),
    )
    with model_api(lambda asked: Say(tool_calls=calls)) as api:
        chunks = streamed(api, tools=TOOLS)
    deltas = [delta for chunk in chunks for delta in chunk.choices[0].delta.tool_calls or []]
    assert [each.id for each in deltas if each.id] == ["call_a", "call_b"]
    arguments = ["", ""]
    for delta in deltas:
        assert delta.function is not None
        arguments[delta.index] += delta.function.arguments or ""
    assert [json.loads(each) for each in arguments] == [{"order": "A-17"}, {"order": "B"}]
    assert len(deltas) > 4
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


@pytest.mark.parametrize("choice", ["required", {"type": "function", "function": {"name": "order_status"}}])
def test_the_default_calls_a_tool_that_is_demanded(api: ModelApi, choice: object) -> None:
    chunks = streamed(api, tools=TOOLS, tool_choice=choice)
    deltas = [delta.function for chunk in chunks for delta in chunk.choices[0].delta.tool_calls or []]
    arguments = "".join((each.arguments or "") for each in deltas if each)
    assert json.loads(arguments) == {"order": "sandbox", "detail": "short"}


def test_the_default_keeps_to_a_schema(api: ModelApi) -> None:
    schema = {
        "type": "object",
        "properties": {
            "outcome": {"type": "string", "enum": ["answer", "no_answer"]},
            "text": {"type": "string"},
            "claims": {"type": "array", "items": {"$ref": "#/$defs/claim"}},
            "sure": {"type": "number", "minimum": 0, "maximum": 1},
        },
        "required": ["outcome", "text", "claims", "sure"],
        "additionalProperties": False,
        "$defs": {
            "claim": {
                "type": "object",
                "properties": {"supported": {"type": "boolean"}},
                "required": ["supported"],
                "additionalProperties": False,
            }
        },
    }
    wanted = {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}
    content = "".join(chunk.choices[0].delta.content or "" for chunk in streamed(api, response_format=wanted))
    reply = json.loads(content)
    assert (reply["outcome"], reply["text"]) == ("answer", "We deliver to Papua in 8 to 14 days. [1]")
    assert (reply["claims"], 0 <= reply["sure"] <= 1) == ([{"supported": True}], True)


def test_json_is_said_as_text() -> None:
    with model_api(lambda asked: Say(json={"outcome": "no_answer", "text": "—"})) as api:
        chunks = streamed(api)
    assert json.loads("".join(chunk.choices[0].delta.content or "" for chunk in chunks))["text"] == "—"


def test_an_answer_is_cut_at_the_length_that_was_asked_for(api: ModelApi) -> None:
    chunks = streamed(api, max_completion_tokens=4)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "We deliver to Pa"
    assert chunks[-1].choices[0].finish_reason == "length"


def test_images_come_as_data_urls(api: ModelApi) -> None:
    url = "data:image/png;base64," + base64.b64encode(PNG).decode()
    client_of(api).chat.completions.create(
        model=MODEL,
        messages=[
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": url}},
                ],
            }
        ],
    )
    assert (api.asked[0].images, api.asked[0].last) == ([url], "What is it?")


def test_a_connection_is_kept_and_answers_at_once(api: ModelApi) -> None:
    connection = http.client.HTTPConnection(api.origin.removeprefix("http://"), timeout=5)
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    took, sockets = [], set()
    for stream in (False, True) * 5:
        body = {"model": MODEL, "messages": [{"role": "user", "content": "x"}], "stream": stream}
        start = time.perf_counter()
        connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
        assert connection.getresponse().read()
        took.append(time.perf_counter() - start)
        sockets.add(id(connection.sock))
    connection.close()
    assert (len(sockets), None in sockets) == (1, False)
    assert min(took[1::2]) < 0.03  # a stream of many small writes; with Nagle's algorithm it takes 0.04


def test_a_refusal_is_remembered_and_not_answered(api: ModelApi) -> None:
    with pytest.raises(BadRequestError) as caught:
        client_of(api).chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "x"}], temperature=2.5
        )
    assert (caught.value.param, caught.value.code) == ("temperature", "decimal_above_max_value")
    (refused,) = api.refused
    assert (refused.path, refused.status, refused.param) == ("/v1/chat/completions", 400, "temperature")
    assert api.asked == []


def test_what_a_tests_own_code_raises_is_not_lost() -> None:
    def say(asked: Asked) -> str:
        raise LookupError("a mistake of the test")

    with (
        pytest.raises(LookupError, match="a mistake of the test"),
        model_api(say) as api,
        pytest.raises(Exception, match="Connection error"),
    ):
        client_of(api).chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "x"}])


def test_the_fields_are_those_of_the_openai_package() -> None:
    """A field that the API gets or loses shows here. On the right: what no caller of ours may use."""
    ours, theirs = set(ChatRequest.model_fields), set(CompletionCreateParamsBase.__annotations__)
    assert ours - theirs == {"stream"}  # which the package has in two subclasses
    assert theirs - ours == {
        "audio",
        "function_call",
        "functions",
        "logit_bias",
        "logprobs",
        "modalities",
        "moderation",
        "prediction",
        "prompt_cache_options",
        "prompt_cache_retention",
        "top_logprobs",
        "web_search_options",
    }
