"""What was asked of the fake, and what became of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sandbox.model_api.api_error import Dialect
from sandbox.model_api.chat_shapes import ChatRequest, ImagePart, Message, TextPart, UserMessage

Kind = Literal["chat", "transcription", "parse"]


@dataclass(frozen=True, slots=True)
class SentChunk:
    """A piece of a streamed answer. at_s: time.perf_counter() just after it was written."""

    text: str
    at_s: float

    @classmethod
    def now(cls, text: str) -> "SentChunk":
        return cls(text, time.perf_counter())


@dataclass
class Asked:
    """One well-formed request.

    model: the model, or Azure's deployment; "rasa" for Rasa. body: the JSON, or the form's fields without
    the file. at_s: time.perf_counter() when it was read. fault: the name of the fault that acted, '' for
    none. chunks: what was streamed, piece by piece. left_early: the client closed before the end.
    """

    kind: Kind
    dialect: Dialect
    model: str
    body: Mapping[str, object]
    request: ChatRequest | None = None
    audio: bytes = b""
    file_name: str = ""
    at_s: float = field(default_factory=time.perf_counter)
    fault: str = ""
    chunks: list[SentChunk] = field(default_factory=list)
    left_early: bool = False

    @property
    def messages(self) -> list[Message]:
        return self.request.messages if self.request else []

    @property
    def last(self) -> str:
        """The text of the last message."""
        return text_of(self.messages[-1]) if self.messages else ""

    @property
    def prompt(self) -> str:
        """The text of all messages, one after another."""
        return "\n".join(text_of(message) for message in self.messages)

    @property
    def images(self) -> list[str]:
        """The data: URLs of all images, in order."""
        parts = [
            part
            for message in self.messages
            if isinstance(message, UserMessage) and not isinstance(message.content, str)
            for part in message.content
        ]
        return [part.image_url.url for part in parts if isinstance(part, ImagePart)]

    @property
    def schema(self) -> Mapping[str, object] | None:
        """The JSON schema that the answer has to keep to; None for free text."""
        found = self.request.schema_of_reply if self.request else None
        return found.schema_ if found else None

    @property
    def tools(self) -> Mapping[str, Mapping[str, object]]:
        """The offered functions: name → JSON schema of the arguments."""
        offered = (self.request.tools if self.request else None) or []
        return {tool.function.name: tool.function.parameters or {} for tool in offered}


@dataclass(frozen=True, slots=True)
class Refused:
    """One request that the real API would not have taken."""

    path: str
    status: int
    message: str
    param: str | None
    code: str | None


def text_of(message: Message) -> str:
    content = message.content
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(part.text for part in content if isinstance(part, TextPart))
