"""Reads a chat completion while it comes: a stream of events, or one JSON object from servers that can't."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sahut.adapters.llm.openai_errors import of_event
from sahut.domain.model_faults import EndpointFailed, EndpointRefused, Fault
from sahut.domain.models import Spent
from sahut.domain.window import estimated_tokens
from sahut.ports.chat_model import Completion, OnText, ToolCall

# Some 30,000 tokens as events of 250 bytes each.
_MAX_REPLY_BYTES = 8_000_000


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Function(_Lenient):
    name: str | None = None
    arguments: str | None = None


class _Call(_Lenient):
    index: int | None = None
    id: str | None = None
    function: _Function | None = None


class _Said(_Lenient):
    """A whole message, or what came of it. reasoning_content: of models that think aloud; never shown."""

    content: str | None = None
    refusal: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(_Lenient):
    index: int = 0
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class _Usage(_Lenient):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Body(_Lenient):
    """choices: none in an event that only tells the usage."""

    choices: list[_Choice] = Field(default_factory=list)
    usage: _Usage | None = None
    error: object = None


@dataclass(slots=True)
class _PartialCall:
    call_id: str
    name: str = ""
    arguments: str = ""


@dataclass
class ReplyReader:
    """asked_tokens: of the request, estimated; they count where the server tells no usage.

    begun: the first word is there. ended: nothing more is expected.
    """

    name: str
    asked_tokens: int
    on_text: OnText | None = None
    begun: bool = False
    ended: bool = False
    _bytes: int = 0
    _rest: bytes = b""
    _is_json: bool | None = None
    _text: list[str] = field(default_factory=list)
    _calls: list[_PartialCall] = field(default_factory=list)
    _index: dict[int, _PartialCall] = field(default_factory=dict)
    _finish: str = ""
    _refused: bool = False
    _said: bool = False
    _usage: _Usage = field(default_factory=_Usage)

    def feed(self, piece: bytes) -> None:
        """Raises EndpointFailed or EndpointRefused for what can't become a completion any more."""
        self._bytes += len(piece)
        if self._bytes > _MAX_REPLY_BYTES:
            raise self._failed(Fault.UNREADABLE)
        self._rest += piece
        # Told by what comes and not by its Content-Type, which is wrong too often.
        if self._is_json is None and (start := self._rest.lstrip()[:1]):
            self._is_json = start == b"{"
        if self._is_json is False:
            *lines, self._rest = self._rest.split(b"\n")
            for line in lines:
                self._line(line)

    def finish(self, first_token_ms: int) -> Completion:
        """The completion, when all has come. Raises like `feed`."""
        if self._is_json:
            self._body(self._rest)
            whole = self._said
        else:
            self._line(self._rest)
            whole = self.ended or bool(self._finish)  # or it broke off
        if not whole:
            raise self._failed(Fault.UNREADABLE)
        if self._finish == "content_filter" or self._refused:
            raise self._refusal(Fault.CONTENT_FILTER)
        if self._finish == "length":
            raise self._refusal(Fault.CUT_OFF)
        text = "".join(self._text)
        if not text.strip() and not self._calls:
            raise self._failed(Fault.EMPTY)
        calls = tuple(ToolCall(each.call_id, each.name, each.arguments) for each in self._calls)
        spent = self.spent
        return Completion(
            text,
            calls,
            tokens_in=spent.tokens_in,
            tokens_out=spent.tokens_out,
            finish=self._finish or "stop",
            first_token_ms=0 if self._is_json else first_token_ms,
        )

    @property
    def complete(self) -> bool:
        """All was said; only the usage may be missing."""
        return bool(self._finish)

    @property
    def spent(self) -> Spent:
        """So far: the server's figures, else estimates."""
        said = "".join((*self._text, *(call.arguments for call in self._calls)))
        usage = self._usage
        told_in, told_out = usage.prompt_tokens, usage.completion_tokens
        return Spent(
            self.asked_tokens if told_in is None else told_in,
            (estimated_tokens(said) if said else 0) if told_out is None else told_out,
        )

    def _line(self, line: bytes) -> None:
        if not line.startswith(b"data:"):
            return  # a comment that keeps the connection open, the name of an event, or nothing
        data = line[5:].strip()
        if data == b"[DONE]":
            self.ended = True
        elif data and not self.ended:
            self._body(data)

    def _body(self, data: bytes) -> None:
        try:
            body = _Body.model_validate_json(data)
        except ValidationError:
            raise self._failed(Fault.UNREADABLE) from None
        if body.error:
            error = body.error if isinstance(body.error, Mapping) else {}
            raise of_event(error, self.name, self.spent)
        self._usage = body.usage or self._usage
        for choice in body.choices:
            if choice.index == 0:
                self._choice(choice)

    def _choice(self, choice: _Choice) -> None:
        self._finish = choice.finish_reason or self._finish
        said = choice.delta or choice.message
        if said is None:
            return
        self._said = True
        self._refused = self._refused or bool(said.refusal)
        self.begun = self.begun or bool(said.content or said.tool_calls or said.reasoning_content)
        for call in said.tool_calls or ():
            self._tool_call(call)
        if said.content:
            self._text.append(said.content)
            if self.on_text is not None:
                self.on_text(said.content)

    def _tool_call(self, call: _Call) -> None:
        """Its pieces share an index. Some servers give all calls the index 0, or none, and whole."""
        known = None if call.index is None else self._index.get(call.index)
        if known is None or (call.id and call.id != known.call_id):
            known = _PartialCall(call.id or f"call_{len(self._calls)}")
            self._calls.append(known)
            if call.index is not None:
                self._index[call.index] = known
        if call.function is not None:
            known.name = known.name or call.function.name or ""
            known.arguments += call.function.arguments or ""

    def _failed(self, fault: Fault) -> EndpointFailed:
        return EndpointFailed(self.name, fault, spent=self.spent)

    def _refusal(self, fault: Fault) -> EndpointRefused:
        return EndpointRefused(self.name, fault, self.spent)
