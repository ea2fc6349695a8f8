"""The shape of a chat completion's request: which fields there are, of which type and in which bounds.

What the openai package's types allow, minus what no caller of ours may use (audio output, predictions,
web search, the deprecated functions), which is refused like anything unknown.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field

Role = Literal["system", "developer", "user", "assistant", "tool"]
_Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TextPart(_Strict):
    type: Literal["text"]
    text: str


class ImageUrl(_Strict):
    url: str = Field(min_length=1)
    detail: Literal["auto", "low", "high", "original"] = "auto"


class ImagePart(_Strict):
    type: Literal["image_url"]
    image_url: ImageUrl


UserPart = Annotated[TextPart | ImagePart, Discriminator("type")]
_Texts = Annotated[list[TextPart], Field(min_length=1)]
_UserParts = Annotated[list[UserPart], Field(min_length=1)]


class CalledFunction(_Strict):
    name: _Name
    arguments: str


class MadeCall(_Strict):
    id: str = Field(min_length=1, max_length=40)
    type: Literal["function"]
    function: CalledFunction


class SystemMessage(_Strict):
    role: Literal["system", "developer"]
    content: str | _Texts
    name: str | None = None


class UserMessage(_Strict):
    role: Literal["user"]
    content: str | _UserParts
    name: str | None = None


class AssistantMessage(_Strict):
    role: Literal["assistant"]
    content: str | _Texts | None = None
    name: str | None = None
    refusal: str | None = None
    tool_calls: Annotated[list[MadeCall], Field(min_length=1, max_length=128)] | None = None


class ToolMessage(_Strict):
    role: Literal["tool"]
    content: str | _Texts
    tool_call_id: str


Message = Annotated[
    SystemMessage | UserMessage | AssistantMessage | ToolMessage,
    Discriminator("role"),
]


class JsonSchema(_Strict):
    name: _Name
    description: str = ""
    # Optional in the package's types; without it there is nothing to keep to.
    schema_: dict[str, object] = Field(alias="schema")
    strict: bool | None = None


class PlainText(_Strict):
    type: Literal["text"]


class AnyJson(_Strict):
    type: Literal["json_object"]


class SchemaFormat(_Strict):
    type: Literal["json_schema"]
    json_schema: JsonSchema


class Function(_Strict):
    name: _Name
    description: str | None = Field(default=None, max_length=1024)
    parameters: dict[str, object] | None = None
    strict: bool | None = None


class Tool(_Strict):
    type: Literal["function"]
    function: Function


class _Named(_Strict):
    name: _Name


class NamedTool(_Strict):
    type: Literal["function"]
    function: _Named


class StreamOptions(_Strict):
    include_usage: bool = False
    include_obfuscation: bool = False


class ChatRequest(_Strict):
    """A body whose fields are right one by one; chat_rules has the rules between them."""

    model: str = Field(min_length=1)
    messages: list[Message] = Field(min_length=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: int | None = Field(default=None, ge=1, le=1)  # the real one takes 128; this fake says one thing
    stop: str | Annotated[list[str], Field(max_length=4)] | None = None
    seed: int | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    response_format: Annotated[PlainText | AnyJson | SchemaFormat, Discriminator("type")] | None = None
    tools: list[Tool] | None = Field(default=None, min_length=1, max_length=128)
    tool_choice: Literal["none", "auto", "required"] | NamedTool | None = None
    parallel_tool_calls: bool | None = None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    verbosity: Literal["low", "medium", "high"] | None = None
    service_tier: Literal["auto", "default", "flex", "scale", "priority", "fast"] | None = None
    metadata: dict[str, str] | None = Field(default=None, max_length=16)
    store: bool | None = None
    user: str | None = None
    safety_identifier: str | None = None
    prompt_cache_key: str | None = None

    @property
    def max_output_tokens(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def schema_of_reply(self) -> JsonSchema | None:
        chosen = self.response_format
        return chosen.json_schema if isinstance(chosen, SchemaFormat) else None
