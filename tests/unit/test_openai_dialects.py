"""What is asked of which vendor, what is made of streams, and what happens when a parameter is refused."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from sahut.adapters.llm.openai_clients import base_url_of
from sahut.adapters.llm.openai_compatible import OpenAICompatible
from sahut.domain.errors import Refused
from sahut.domain.model_faults import EndpointRefused, Fault
from sahut.domain.models import Candidate, Provider
from sahut.ports.chat_model import ChatMessage, ChatRequest, Image, OutputSchema, ToolCall, ToolSpec
from sandbox.model_api import model_api
from tests.unit.chat_endpoint import Endpoint, Reply, completion, delta, endpoint_serving, event, stream

SMALL = Candidate(Provider.COMPATIBLE, "small", model="small-1", key="small", timeout_s=3.0)
ASKED = (ChatMessage("system", "Be brief."), ChatMessage("user", "What does CHAPS cost?"))
SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
OUTPUT = OutputSchema("reply", SCHEMA)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with endpoint_serving() as endpoint:
        yield endpoint


def model(endpoint: Endpoint, candidate: Candidate = SMALL) -> OpenAICompatible:
    base_url = candidate.base_url or endpoint.url
    return OpenAICompatible(replace(candidate, base_url=base_url), lambda: "secret-1", time.time, "us-east-1")


def request(*messages: ChatMessage, **more: Any) -> ChatRequest:
    return ChatRequest(messages or ASKED, time.time() + 60, "en", **more)


def refusing(param: str | None, message: str = "Unsupported parameter", status: int = 400) -> Reply:
    said = {"message": message, "type": "invalid_request_error", "param": param, "code": None}
    return Reply([json.dumps({"error": said}).encode()], status)


def test_each_piece_is_told_as_it_comes_and_the_whole_is_the_same(endpoint: Endpoint) -> None:
    endpoint.reply = Reply(stream("CHAPS ", "costs ", "£20."), pause_s=0.05)
    came: list[tuple[float, str]] = []
    said = model(endpoint).complete(request(), lambda text: came.append((time.monotonic(), text)))
    assert [text for _, text in came] == ["CHAPS ", "costs ", "£20."]
    assert said.text == "CHAPS costs £20."
    assert came[-1][0] - came[0][0] > 0.08, "not kept back until the end"
    assert 50 <= said.first_token_ms < 1000
    assert (said.tokens_in, said.tokens_out, said.finish) == (1000, 50, "stop")


def test_words_that_are_cut_anywhere_by_the_transport(endpoint: Endpoint) -> None:
    whole = b"".join(stream("£20 – ", "“ya” 😀"))
    endpoint.reply = Reply([whole[at : at + 7] for at in range(0, len(whole), 7)])
    assert model(endpoint).complete(request()).text == "£20 – “ya” 😀"


def test_carriage_returns_comments_and_names_of_events(endpoint: Endpoint) -> None:
    lines = b": hi\r\n\r\nevent: x\r\n" + b"".join(stream("ya")).replace(b"\n", b"\r\n")
    endpoint.reply = Reply([lines])
    assert model(endpoint).complete(request()).text == "ya"


def test_a_server_that_does_not_stream(endpoint: Endpoint) -> None:
    endpoint.reply = Reply([completion("CHAPS costs £20.")])
    came: list[str] = []
    said = model(endpoint).complete(request(), came.append)
    assert came == [said.text] == ["CHAPS costs £20."]
    assert (said.tokens_in, said.tokens_out, said.first_token_ms) == (1000, 50, 0)


def test_a_stream_that_nobody_ends_is_over_soon_after_the_last_word(endpoint: Endpoint) -> None:
    endpoint.reply = Reply([*stream("ya", usage=None)[:-1], b": wait\n\n"], pause_s=0.0, hangs_s=3.0)
    started = time.monotonic()
    assert model(endpoint).complete(request()).text == "ya"
    assert time.monotonic() - started < 1.5


def test_the_connection_is_used_again(endpoint: Endpoint) -> None:
    asked = model(endpoint)
    for _ in range(3):
        asked.complete(request())
    assert len(endpoint.connections) == 1


def test_tool_calls_are_put_together(endpoint: Endpoint) -> None:
    def call(index: int | None, arguments: str, **more: str) -> bytes:
        name = {"name": more["name"]} if "name" in more else {}
        known = {"id": more["id"]} if "id" in more else {}
        where = {} if index is None else {"index": index}
        return delta(tool_calls=[{**where, **known, "function": {**name, "arguments": arguments}}])

    endpoint.reply = Reply(
        [
            call(0, "", id="a", name="order_status"),
            call(0, '{"order"'),
            call(1, '{"q": 1}', id="b", name="search"),
            call(0, ': "A-1"}'),
            call(0, "{}", id="c", name="whole, with the first one's index"),
            call(None, "{}", name="whole, with neither"),
            delta("tool_calls"),
            event({"choices": [], "usage": None}),
            b"data: [DONE]\n\n",
        ]
    )
    tool = ToolSpec("order_status", "Where an order is", SCHEMA)
    said = model(endpoint).complete(request(tools=(tool,)))
    assert said.tool_calls == (
        ToolCall("a", "order_status", '{"order": "A-1"}'),
        ToolCall("b", "search", '{"q": 1}'),
        ToolCall("c", "whole, with the first one's index", "{}"),
        ToolCall("call_3", "whole, with neither", "{}"),
    )
    assert (said.text, said.finish) == ("", "tool_calls")
    assert said.tokens_out > 0
    function = {"name": "order_status", "description": "Where an order is", "parameters": SCHEMA}
    assert endpoint.bodies[0]["tools"] == [{"type": "function", "function": function}]


def test_what_tools_found_and_images_are_shown(endpoint: Endpoint) -> None:
    called = ChatMessage("assistant", "", tool_calls=(ToolCall("a", "order_status", "{}"),))
    found = ChatMessage("tool", "late", tool_call_id="a")
    seen = ChatMessage("user", "this one", images=(Image("image/png", b"\x89PNG"),))
    model(endpoint).complete(request(*ASKED, called, found, seen))
    function = {"name": "order_status", "arguments": "{}"}
    assert endpoint.bodies[0]["messages"][2:] == [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "a", "type": "function", "function": function}],
        },
        {"role": "tool", "content": "late", "tool_call_id": "a"},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "this one"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
            ],
        },
    ]


def test_a_schema_goes_to_those_who_keep_to_it(endpoint: Endpoint) -> None:
    model(endpoint, replace(SMALL, structured=True)).complete(request(output=OUTPUT))
    model(endpoint).complete(request(output=OUTPUT))
    schema = {"name": "reply", "schema": SCHEMA, "strict": True}
    assert endpoint.bodies[0]["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert "response_format" not in endpoint.bodies[1]


def test_a_temperature_only_where_one_is_set(endpoint: Endpoint) -> None:
    model(endpoint).complete(request())
    model(endpoint, replace(SMALL, temperature=0.0)).complete(request())
    assert [body.get("temperature") for body in endpoint.bodies] == [None, 0.0]


REFUSALS = [
    ("stream_options", refusing("stream_options"), {"stream_options"}, set()),
    ("stream", refusing("stream"), {"stream", "stream_options"}, set()),
    ("temperature", refusing("temperature"), {"temperature"}, set()),
    ("max_tokens", refusing("max_tokens"), {"max_tokens"}, {"max_completion_tokens"}),
    ("said in words", refusing(None, "max_tokens: Extra inputs"), {"max_tokens"}, {"max_completion_tokens"}),
    ("said as 422", refusing(None, "no field stream_options", 422), {"stream_options"}, set()),
]


@pytest.mark.parametrize(
    ("refusal", "gone", "instead"),
    [each[1:] for each in REFUSALS],
    ids=[each[0].replace(" ", "-") for each in REFUSALS],
)
def test_a_parameter_that_is_refused_is_said_otherwise_at_once_and_ever_after(
    endpoint: Endpoint, refusal: Reply, gone: set[str], instead: set[str]
) -> None:
    endpoint.replies = [refusal]
    asked = model(endpoint, replace(SMALL, temperature=0.2))
    assert asked.complete(request()).text
    asked.complete(request())
    first, again, later = map(set, endpoint.bodies)
    assert again == later == (first - gone) | instead


def test_two_parameters_can_be_refused_one_after_the_other(endpoint: Endpoint) -> None:
    endpoint.replies = [refusing("stream_options"), refusing("max_tokens")]
    assert model(endpoint).complete(request()).text
    assert set(endpoint.bodies[-1]) == {"model", "messages", "stream", "max_completion_tokens"}


@pytest.mark.parametrize("named", ["messages", "model", "max_tokens"])
def test_what_can_not_be_said_otherwise_is_refused(endpoint: Endpoint, named: str) -> None:
    """And nothing is learnt from it: the next request is asked as before."""
    endpoint.replies = [refusing(named), refusing("max_completion_tokens")]
    asked = model(endpoint)
    with pytest.raises(EndpointRefused) as caught:
        asked.complete(request())
    assert caught.value.fault is Fault.BAD_REQUEST
    endpoint.replies = []
    asked.complete(request())
    assert "max_tokens" in endpoint.bodies[-1]


def test_a_customer_can_not_talk_a_parameter_away(endpoint: Endpoint) -> None:
    """A server that quotes the prompt in its refusal of something else."""
    endpoint.replies = [refusing("messages", "bad message: 'drop stream_options'")]
    with pytest.raises(EndpointRefused):
        model(endpoint).complete(request())
    assert len(endpoint.asked) == 1


@pytest.mark.parametrize("provider", [Provider.OPENAI, Provider.AZURE])
def test_vendors_that_renamed_the_limit(endpoint: Endpoint, provider: Provider) -> None:
    model(endpoint, replace(SMALL, provider=provider)).complete(request())
    assert endpoint.bodies[0]["max_completion_tokens"] == 600
    assert "max_tokens" not in endpoint.bodies[0]


def test_azures_deployments(endpoint: Endpoint) -> None:
    root = endpoint.url.removesuffix("/v1")
    azure = replace(SMALL, provider=Provider.AZURE, base_url=root, api_version="2024-10-21")
    assert model(endpoint, azure).complete(request()).text
    path, headers, _ = endpoint.asked[0]
    assert path == "/openai/deployments/small-1/chat/completions?api-version=2024-10-21"
    assert headers["api-key"] == "secret-1"


def test_azures_api_without_versions(endpoint: Endpoint) -> None:
    azure = replace(SMALL, provider=Provider.AZURE, base_url=endpoint.url.removesuffix("/v1"))
    model(endpoint, azure).complete(request())
    path, headers, _ = endpoint.asked[0]
    assert path == "/openai/v1/chat/completions"
    assert headers["authorization"] == "Bearer secret-1"


@pytest.mark.parametrize(
    ("provider", "address"),
    [
        (Provider.OPENAI, "https://api.openai.com/v1"),
        (Provider.GEMINI, "https://generativelanguage.googleapis.com/v1beta/openai/"),
        (Provider.BEDROCK, "https://bedrock-mantle.ap-southeast-3.api.aws/v1"),
    ],
)
def test_addresses_of_vendors(provider: Provider, address: str) -> None:
    candidate = Candidate(provider, "x", model="m")
    assert base_url_of(candidate, "ap-southeast-3") == address
    assert base_url_of(replace(candidate, base_url="http://own/v1"), "") == "http://own/v1"


@pytest.mark.parametrize("provider", [Provider.COMPATIBLE, Provider.AZURE])
def test_others_must_say_where_they_are(provider: Provider) -> None:
    with pytest.raises(Refused):
        base_url_of(Candidate(provider, "x", model="m"), "us-east-1")


def test_an_endpoint_without_a_key(endpoint: Endpoint) -> None:
    model(endpoint, replace(SMALL, key="")).complete(request())
    assert endpoint.asked[0][1]["authorization"] == "Bearer none"


VENDORS = [Provider.OPENAI, Provider.AZURE, Provider.GEMINI, Provider.COMPATIBLE]


@pytest.mark.parametrize("provider", VENDORS, ids=str)
def test_each_vendor_takes_what_it_is_asked_and_a_wrong_key_is_one(provider: Provider) -> None:
    """Against the strict fake of each: streaming, a schema, a tool, an image; and its own kind of refusal."""
    schema = {**SCHEMA, "additionalProperties": False}
    seen = ChatMessage("user", "this one", images=(Image("image/png", b"\x89PNG\r\n\x1a\n"),))
    with model_api() as api:
        candidate = replace(api.candidate("m", provider), structured=True, temperature=0.2)
        keys = iter([api.key, api.key, "sk-wrong"])
        asked = OpenAICompatible(candidate, lambda: next(keys), time.time)
        answer = request(*ASKED, seen, output=OutputSchema("reply", schema))
        assert json.loads(asked.complete(answer).text)["text"]
        tools = request(tools=(ToolSpec("order_status", "Where an order is", schema),))
        said = asked.complete(tools)
        assert said.tokens_out > 0
        assert api.refused == []
        with pytest.raises(EndpointRefused) as caught:
            asked.complete(request())
        assert caught.value.fault is Fault.UNAUTHORISED
