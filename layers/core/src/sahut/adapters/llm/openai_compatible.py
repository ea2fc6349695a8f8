"""Any endpoint that speaks OpenAI's chat completions: OpenAI, Azure, Gemini, Bedrock, vLLM, Ollama …

One attempt per call: whether another candidate is tried is the stage's decision.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from typing import TYPE_CHECKING

from sahut.adapters.llm.budgets import budget_s
from sahut.adapters.llm.openai_clients import client_for
from sahut.adapters.llm.openai_errors import ParameterRefused, translated
from sahut.adapters.llm.openai_reply import ReplyReader
from sahut.adapters.llm.openai_request import body_of, first_guess
from sahut.adapters.llm.piecewise import HangUp, Piecewise
from sahut.domain.errors import NotFound
from sahut.domain.model_faults import TIMED_OUT, EndpointFailed, EndpointRefused, Fault
from sahut.domain.models import Candidate
from sahut.domain.window import estimated_tokens
from sahut.ports.chat_model import ChatRequest, Completion, OnText

if TYPE_CHECKING:
    from openai import APIResponse, OpenAI, Timeout
    from openai.types.chat import ChatCompletion

# The usage follows the last word at once; some servers leave the connection open instead.
_USAGE_WITHIN_S = 1.0
# A connection whose end was read can be used again.
_END_WITHIN_S = 0.02


@dataclass(frozen=True, slots=True)
class _Limits:
    """began, first_token, end: moments of the monotonic clock, in seconds."""

    began: float
    connect_s: float
    first_token: float
    end: float

    def left(self, reader: ReplyReader) -> float:
        left = (self.end if reader.begun else min(self.first_token, self.end)) - time.monotonic()
        return min(left, _USAGE_WITHIN_S) if reader.complete else left

    def of_client(self) -> Timeout:
        """For each step of the transport: a silence as long as the wait for the first word ends it.

        So it also ends, in its thread, a conversation that nobody waits for any more.
        """
        from openai import Timeout

        whole_s = self.end - self.began
        silence_s = min(whole_s, self.first_token - self.began)
        return Timeout(whole_s, connect=min(self.connect_s, whole_s), read=silence_s)


class OpenAICompatible:
    """A ports.chat_model.ChatModel.

    api_key: fetches the secret; called for every answer, so that a changed key works at once.
    clock: seconds since the epoch. region: AWS's, for Bedrock.
    """

    def __init__(
        self, candidate: Candidate, api_key: Callable[[], str], clock: Callable[[], float], region: str = ""
    ) -> None:
        self._candidate = candidate
        self._api_key = api_key
        self._clock = clock
        self._region = region
        self._client: OpenAI | None = None
        self._dialect = first_guess(candidate)

    @property
    def candidate(self) -> Candidate:
        return self._candidate

    def complete(self, request: ChatRequest, on_text: OnText | None = None) -> Completion:
        """See the port."""
        if self._client is None:
            self._client = client_for(self._candidate, self._region)
        limits = self._limits(request)
        client = self._client.with_options(api_key=self._key(), timeout=limits.of_client(), max_retries=0)
        dialect = self._dialect
        while True:
            body = body_of(request, self._candidate, dialect)
            try:
                completion = self._talk(client, body, self._reader(request, on_text), limits)
            except ParameterRefused as error:
                if (other := dialect.without(error.parameter)) in (dialect, self._dialect):
                    raise error.otherwise from None
                dialect = other
            else:
                self._dialect = dialect  # what worked is how it is asked from now on
                return completion

    def _limits(self, request: ChatRequest) -> _Limits:
        seconds = budget_s(self._candidate, request.deadline, self._clock())
        now = time.monotonic()
        first_token = now + self._candidate.first_token_timeout_s
        return _Limits(now, self._candidate.connect_timeout_s, first_token, now + seconds)

    def _reader(self, request: ChatRequest, on_text: OnText | None) -> ReplyReader:
        asked = sum(estimated_tokens(each.content) for each in request.messages)
        return ReplyReader(self._candidate.name, asked, on_text)

    def _talk(
        self, client: OpenAI, body: dict[str, object], reader: ReplyReader, limits: _Limits
    ) -> Completion:
        pieces = Piecewise(lambda hang_up: self._pieces(client, body, hang_up))
        try:
            first_token_ms = _listen(pieces, reader, limits)
        except EndpointFailed as error:
            if error.fault in TIMED_OUT:
                raise self._too_late(reader) from None
            if reader.begun:
                error.spent = reader.spent
            raise
        except TimeoutError:
            raise self._too_late(reader) from None
        finally:
            pieces.abandon()
        return reader.finish(first_token_ms)

    def _too_late(self, reader: ReplyReader) -> EndpointFailed:
        fault = Fault.TIMEOUT if reader.begun else Fault.FIRST_TOKEN_TIMEOUT
        return EndpointFailed(self._candidate.name, fault, spent=reader.spent)

    def _pieces(self, client: OpenAI, body: dict[str, object], hang_up: HangUp) -> Iterator[bytes]:
        """The reply's bytes as they come; in a thread of its own."""
        create = client.chat.completions.with_streaming_response.create
        with (
            translated(self._candidate.name, self._clock),
            create(**body) as response,  # type: ignore[call-overload]  # body_of keeps to its shape
        ):
            hang_up.how = _breaking_off(response)
            yield from response.iter_bytes()

    def _key(self) -> str:
        if not self._candidate.key:
            return "none"
        try:
            return self._api_key()
        except NotFound:
            raise EndpointRefused(self._candidate.name, Fault.NO_KEY) from None


def _listen(pieces: Piecewise[bytes], reader: ReplyReader, limits: _Limits) -> int:
    """Feeds the reader until the end, and tells when the first word came, in ms.

    Raises:
        TimeoutError: it took too long. Whatever the pieces raise.
    """
    first_token_ms = 0
    try:
        while (piece := pieces.next(limits.left(reader))) is not None:
            reader.feed(piece)
            if reader.begun and not first_token_ms:
                first_token_ms = max(1, round(1000 * (time.monotonic() - limits.began)))
            if reader.ended:
                _read_end(pieces)
                break
    except TimeoutError:
        if not reader.complete:
            raise
    return first_token_ms


def _read_end(pieces: Piecewise[bytes]) -> None:
    """The answer is there; whatever happens now costs a new connection at most."""
    with contextlib.suppress(TimeoutError, EndpointFailed):
        pieces.next(_END_WITHIN_S)


def _breaking_off(response: APIResponse[ChatCompletion]) -> Callable[[], None]:
    """Ends a stream from another thread; the server sees it and stops writing what nobody reads."""
    stream = response.http_response.extensions["network_stream"]
    connected = stream.get_extra_info("socket")

    def break_off() -> None:
        with contextlib.suppress(OSError):
            socket.shutdown(connected, SHUT_RDWR)

    return break_off
