"""Any endpoint that speaks OpenAI's chat completions: OpenAI, Bedrock, vLLM, Ollama, llama.cpp …

One attempt per call: whether another candidate is tried is the stage's decision. The request names model
and messages only, because servers disagree on every other parameter.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sahut.domain.errors import NotFound, Refused, TryAgain
from sahut.domain.models import Candidate
from sahut.ports.chat_model import ChatMessage, ChatRequest, Completion, OnText

if TYPE_CHECKING:
    from openai import APIStatusError, OpenAI

_OPENAI = "https://api.openai.com/v1"

# Of the time left: the rest is for the next candidate (extractive takes milliseconds) and for sending.
_SHARE_OF_TIME_LEFT = 0.7
# Less than this is not worth a call: the fastest models need about 0.3 s.
_SHORTEST_S = 0.5

_MAX_REPLY_BYTES = 1_000_000


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Message(_Lenient):
    content: str | None = None


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = None


class _Usage(_Lenient):
    prompt_tokens: int = 0
    completion_tokens: int = 0


class _CompletionBody(_Lenient):
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage | None = None


class OpenAICompatible:
    """A ports.chat_model.ChatModel.

    api_key: fetches the secret; called for every answer, so that a changed key works at once.
    clock: seconds since the epoch.
    """

    def __init__(self, candidate: Candidate, api_key: Callable[[], str], clock: Callable[[], float]) -> None:
        self._candidate = candidate
        self._api_key = api_key
        self._clock = clock
        self._client: OpenAI | None = None

    @property
    def candidate(self) -> Candidate:
        return self._candidate

    def complete(self, request: ChatRequest, on_text: OnText | None = None) -> Completion:
        """See the port."""
        budget_s = min(self._candidate.timeout_s, _SHARE_OF_TIME_LEFT * (request.deadline - self._clock()))
        if budget_s < _SHORTEST_S:
            raise TryAgain("no time left to ask a model")
        completion = _read(self._ask(request, budget_s))
        choice = completion.choices[0]
        name = self._candidate.name
        if choice.finish_reason in ("content_filter", "length"):
            raise Refused(f"{name} stopped: {choice.finish_reason}")
        if not (text := choice.message.content or "").strip():
            raise TryAgain(f"{name} said nothing")
        if on_text is not None:
            on_text(text)
        usage = completion.usage or _Usage()
        return Completion(text, tokens_in=usage.prompt_tokens, tokens_out=usage.completion_tokens)

    def _ask(self, request: ChatRequest, budget_s: float) -> bytes:
        """The reply's bytes, read piece by piece: a server that trickles can't exceed the budget for long."""
        import openai

        client = self._connected().with_options(api_key=self._key(), timeout=budget_s, max_retries=0)
        until = self._clock() + budget_s
        body = bytearray()
        try:
            with client.chat.completions.with_streaming_response.create(
                model=self._candidate.model,
                messages=[_wire(each) for each in request.messages],  # type: ignore[misc]  # TypedDicts of the same shape
            ) as response:
                for piece in response.iter_bytes():
                    body += piece
                    if self._clock() > until or len(body) > _MAX_REPLY_BYTES:
                        raise TryAgain(f"{self._candidate.name} talks too long")
        except openai.APIStatusError as error:
            raise _translated(error, self._candidate.name) from None
        # APIConnectionError, time-outs, and whatever the transport raises in the middle of a body.
        except (openai.OpenAIError, OSError) as error:
            raise TryAgain(f"{self._candidate.name}: {type(error).__name__}") from None
        return bytes(body)

    def _connected(self) -> OpenAI:
        if self._client is None:
            from openai import OpenAI

            self._client = OpenAI(
                base_url=self._candidate.base_url or _OPENAI, api_key="set at each call", max_retries=0
            )
        return self._client

    def _key(self) -> str:
        if not self._candidate.key:
            return "none"
        try:
            return self._api_key()
        except NotFound as error:
            raise Refused(f"{self._candidate.name} has no key") from error


def _wire(message: ChatMessage) -> dict[str, str]:
    return {"role": message.role, "content": message.content}


def _read(body: bytes) -> _CompletionBody:
    try:
        return _CompletionBody.model_validate_json(body)
    except ValidationError as error:
        raise TryAgain("the endpoint sent no chat completion") from error


def _translated(error: APIStatusError, name: str) -> TryAgain | Refused:
    """What can succeed later, and what can't. The body may quote the prompt: only the status is told."""
    status = error.status_code
    if status == 429 and error.code != "insufficient_quota":
        return TryAgain(f"{name} is throttled", after_s=_seconds(error.response.headers.get("retry-after")))
    if status >= 500 or status in (408, 409, 425):
        return TryAgain(f"{name} answered {status}")
    return Refused(f"{name} answered {status}")


def _seconds(header: str | None) -> float:
    try:
        return max(0.0, float(header or 0.0))
    except ValueError:
        return 0.0
