"""A model that continues a conversation: OpenAI's chat completions, whoever serves them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sahut.domain.models import Candidate

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
JsonSchema: TypeAlias = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Image:
    """media_type: e.g. image/jpeg."""

    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class ToolCall:
    """arguments: JSON text, as the model wrote it; nobody has checked it."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """tool_call_id: which call a `tool` message answers. images: of a `user` message."""

    role: Role
    content: str
    images: tuple[Image, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """parameters: a JSON schema of type object."""

    name: str
    description: str
    parameters: JsonSchema


@dataclass(frozen=True, slots=True)
class OutputSchema:
    """schema: every property required, additionalProperties false, as OpenAI's strict mode wants it."""

    name: str
    schema: JsonSchema


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """deadline: seconds since the epoch, over all candidates. language: ISO 639-1, chooses candidates."""

    messages: tuple[ChatMessage, ...]
    deadline: float
    language: str = ""
    output: OutputSchema | None = None
    tools: tuple[ToolSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Completion:
    """finish: OpenAI's finish_reason. first_token_ms: 0 where nothing was streamed.

    tokens are estimated (characters / 3) where the server sent no usage.
    """

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    finish: str = "stop"
    first_token_ms: int = 0


# Gets each piece of text as it comes.
OnText: TypeAlias = Callable[[str], None]


class ChatModel(Protocol):
    @property
    def candidate(self) -> Candidate: ...

    def complete(self, request: ChatRequest, on_text: OnText | None = None) -> Completion:
        """One attempt.

        Raises:
            TryAgain: down, too slow, throttled, unreadable; `after_s` as the server says.
            Refused: it can't do this request at all: bad key, bad request, content filter, cut off by length.
        Either has `spent`, the tokens that were used all the same, where the server told.
        """
        ...
