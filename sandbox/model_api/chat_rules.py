"""Which requests for a chat completion the real API takes; the rest it refuses, and so does this fake."""

import base64
import binascii
import re
from collections.abc import Mapping
from itertools import pairwise

from pydantic import ValidationError

from sandbox.model_api.api_error import ApiError, Dialect
from sandbox.model_api.chat_shapes import (
    AnyJson,
    AssistantMessage,
    ChatRequest,
    ImagePart,
    NamedTool,
    ToolMessage,
    UserMessage,
)
from sandbox.model_api.schema_rules import check_strict
from sandbox.model_api.shape_errors import in_openais_words

_IMAGE = re.compile(r"data:image/(png|jpeg|jpg|gif|webp);base64,(.+)", re.DOTALL)
_MAGIC = {"png": b"\x89PNG", "jpeg": b"\xff\xd8\xff", "jpg": b"\xff\xd8\xff", "gif": b"GIF8", "webp": b"RIFF"}
# Gemini's OpenAI-compatible endpoint refuses what it doesn't know, and knows less.
_GEMINI_LACKS = ("store", "frequency_penalty", "logit_bias", "safety_identifier", "prompt_cache_key")


def checked(body: Mapping[str, object], dialect: Dialect) -> ChatRequest:
    """The request; raises ApiError at the first rule that it breaks."""
    if dialect is Dialect.GEMINI:
        _refuse_what_gemini_lacks(body)
    # The real one says this in other words than of any other field.
    if not body.get("model"):
        raise ApiError(400, "you must provide a model parameter")
    try:
        request = ChatRequest.model_validate(body)
    except ValidationError as error:
        raise in_openais_words(error) from None
    _check_lengths_and_stream(request)
    _check_tool_messages(request)
    _check_images(request)
    _check_format(request)
    _check_tools(request)
    return request


def _refuse_what_gemini_lacks(body: Mapping[str, object]) -> None:
    unknown = [name for name in body if name in _GEMINI_LACKS or name not in ChatRequest.model_fields]
    if unknown:
        told = [
            f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.' for name in unknown
        ]
        raise ApiError(400, "\n".join(told))


def _check_lengths_and_stream(request: ChatRequest) -> None:
    if request.max_tokens is not None and request.max_completion_tokens is not None:
        message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        raise ApiError(400, message, param="max_tokens", code="invalid_parameter_combination")
    if request.stream_options is not None and not request.stream:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(400, message, param="stream_options")


def _check_tool_messages(request: ChatRequest) -> None:
    """Every call is answered at once, and nothing else is."""
    open_calls: set[str] = set()
    for n, message in enumerate(request.messages):
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in open_calls:
                raise _not_called(n)
            open_calls.discard(message.tool_call_id)
            continue
        if open_calls:
            raise _unanswered(open_calls, n)
        if isinstance(message, AssistantMessage):
            if message.tool_calls is None and message.content is None and message.refusal is None:
                told = f"Invalid value for 'content': expected a string, got null. - 'messages.[{n}].content'"
                raise ApiError(400, told, param=f"messages.[{n}].content")
            open_calls = {call.id for call in message.tool_calls or ()}
    if open_calls:
        raise _unanswered(open_calls, len(request.messages))


def _not_called(n: int) -> ApiError:
    # "preceeding" is how the real one spells it
    rule = "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'."
    return ApiError(400, f"Invalid parameter: {rule}", param=f"messages.[{n}].role")


def _unanswered(ids: set[str], n: int) -> ApiError:
    rule = "An assistant message with 'tool_calls' must be followed by tool messages responding to each"
    missing = f"The following tool_call_ids did not have response messages: {', '.join(sorted(ids))}"
    return ApiError(400, f"{rule} 'tool_call_id'. {missing}", param=f"messages.[{n}].role")


def _check_images(request: ChatRequest) -> None:
    for n, message in enumerate(request.messages):
        if isinstance(message, UserMessage) and not isinstance(message.content, str):
            for m, part in enumerate(message.content):
                if isinstance(part, ImagePart):
                    _check_image(part.image_url.url, f"messages[{n}].content[{m}].image_url.url")


def _check_image(url: str, param: str) -> None:
    """A data: URL of a format that is read. This fake fetches nothing, so web addresses are refused too."""
    if url.startswith(("http://", "https://")):
        raise ApiError(400, f"Error while downloading {url}.", param=param, code="invalid_image_url")
    found = _IMAGE.fullmatch(url)
    if found is None:
        message = "Invalid image data URL: expected data:image/<png|jpeg|gif|webp>;base64,<data>."
        raise ApiError(400, message, param=param, code="invalid_image_url")
    try:
        image = base64.b64decode(found[2], validate=True)
    except binascii.Error:
        image = b""
    if not image.startswith(_MAGIC[found[1]]):
        formats = "['png', 'jpeg', 'gif', 'webp']"
        message = (
            f"You uploaded an unsupported image. Please make sure your image is valid and one of {formats}."
        )
        raise ApiError(400, message, param=param, code="image_parse_error")


def _check_format(request: ChatRequest) -> None:
    if isinstance(request.response_format, AnyJson) and "json" not in str(request.messages).lower():
        rule = "'messages' must contain the word 'json' in some form, to use 'response_format' of type"
        raise ApiError(400, f"{rule} 'json_object'.", param="messages")
    schema = request.schema_of_reply
    if schema is not None and schema.strict:
        check_strict(schema.schema_, f"response_format '{schema.name}'", "response_format")


def _check_tools(request: ChatRequest) -> None:
    tools = request.tools or []
    names = sorted(tool.function.name for tool in tools)
    for one, next_ in pairwise(names):
        if one == next_:
            raise ApiError(400, f"Tool names must be unique: '{one}'.", param="tools", code="invalid_value")
    for n, tool in enumerate(tools):
        if tool.function.strict:
            param = f"tools[{n}].function.parameters"
            check_strict(tool.function.parameters or {}, f"function '{tool.function.name}'", param)
    for field in ("tool_choice", "parallel_tool_calls"):
        if getattr(request, field) is not None and not tools:
            message = f"Invalid value for '{field}': '{field}' is only allowed when 'tools' are specified."
            raise ApiError(400, message, param=field)
    chosen = request.tool_choice
    if isinstance(chosen, NamedTool) and chosen.function.name not in names:
        message = f"Tool choice '{chosen.function.name}' not found in 'tools' parameter."
        raise ApiError(400, message, param="tool_choice")
