"""A request as the body of `POST /chat/completions`, in the dialect of who will read it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace

from sahut.domain.models import Candidate, Provider
from sahut.ports.chat_model import ChatMessage, ChatRequest, Image, OutputSchema, ToolCall, ToolSpec

# Both have renamed it; most others know the old name only.
_RENAMED_LIMIT = frozenset({Provider.OPENAI, Provider.AZURE})


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a server takes: guessed at first, corrected by what it refuses."""

    stream: bool = True
    stream_options: bool = True
    temperature: bool = True
    limit: str = "max_tokens"

    def without(self, parameter: str) -> Dialect:
        """The dialect for a server that has just refused this parameter; the same one if it is needed."""
        if parameter == self.limit:
            return replace(self, limit=_OTHER_LIMIT[parameter])
        if parameter in ("stream", "stream_options", "temperature"):
            return replace(self, **{parameter: False})  # type: ignore[arg-type]  # each is a bool
        return self


_OTHER_LIMIT = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
# The longer names first: one contains the other.
PARAMETERS = ("stream_options", "stream", "temperature", "max_completion_tokens", "max_tokens")


def first_guess(candidate: Candidate) -> Dialect:
    return Dialect(limit="max_completion_tokens" if candidate.provider in _RENAMED_LIMIT else "max_tokens")


def body_of(request: ChatRequest, candidate: Candidate, dialect: Dialect) -> dict[str, object]:
    """Only what must be said, because servers disagree on every other parameter."""
    body: dict[str, object] = {
        "model": candidate.model,
        "messages": [_message(each) for each in request.messages],
        dialect.limit: candidate.max_output_tokens,
    }
    if dialect.stream:
        body["stream"] = True
        if dialect.stream_options:
            body["stream_options"] = {"include_usage": True}
    if candidate.temperature is not None and dialect.temperature:
        body["temperature"] = candidate.temperature
    if request.output is not None and candidate.structured:
        body["response_format"] = _format(request.output)
    if request.tools:
        body["tools"] = [_tool(each) for each in request.tools]
    return body


def _message(message: ChatMessage) -> dict[str, object]:
    wire: dict[str, object] = {"role": message.role, "content": message.content}
    if message.images:
        text = [{"type": "text", "text": message.content}] if message.content else []
        wire["content"] = [*text, *map(_image, message.images)]
    if message.tool_calls:
        wire["content"] = message.content or None
        wire["tool_calls"] = [_call(each) for each in message.tool_calls]
    if message.tool_call_id:
        wire["tool_call_id"] = message.tool_call_id
    return wire


def _image(image: Image) -> dict[str, object]:
    content = base64.b64encode(image.content).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:{image.media_type};base64,{content}"}}


def _call(call: ToolCall) -> dict[str, object]:
    function = {"name": call.name, "arguments": call.arguments}
    return {"id": call.call_id, "type": "function", "function": function}


def _tool(tool: ToolSpec) -> dict[str, object]:
    function = {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
    return {"type": "function", "function": function}


def _format(output: OutputSchema) -> dict[str, object]:
    schema = {"name": output.name, "schema": dict(output.schema), "strict": True}
    return {"type": "json_schema", "json_schema": schema}
