"""Voice as words: `POST /audio/transcriptions`, as OpenAI, Azure and those who imitate them take it.

A vendor that bills by the length of the audio is counted in seconds, as if they were tokens that go in: for
$0.006 a minute the candidate's price_in_usd_per_mtok is 100.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from sahut.adapters.llm.budgets import budget_s, within
from sahut.adapters.llm.openai_clients import client_for
from sahut.adapters.llm.openai_errors import ParameterRefused, translated
from sahut.domain.errors import NotFound
from sahut.domain.model_faults import EndpointFailed, EndpointRefused, Fault
from sahut.domain.models import Candidate, Spent
from sahut.ports.speech import Transcript

if TYPE_CHECKING:
    from openai import OpenAI

# What kind of file it is, the name of it tells.
_EXTENSIONS = {"mpeg": "mp3", "x-m4a": "m4a", "x-wav": "wav"}
# Of a voice note, where the server does not tell its length: some 16 kbit/s.
_BYTES_PER_S = 2_000


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Usage(_Lenient):
    """Tokens of models that count in them, seconds of others."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    seconds: float | None = None


class _Transcription(_Lenient):
    text: str
    duration: float | None = None
    usage: _Usage | None = None


class OpenAISpeech:
    """A ports.speech.Transcriber. The arguments are OpenAICompatible's."""

    def __init__(
        self, candidate: Candidate, api_key: Callable[[], str], clock: Callable[[], float], region: str = ""
    ) -> None:
        self._candidate = candidate
        self._api_key = api_key
        self._clock = clock
        self._region = region
        self._client: OpenAI | None = None

    def transcribe(self, audio: bytes, media_type: str, language: str, deadline: float) -> Transcript:
        """See the port."""
        from openai import Timeout

        if self._client is None:
            self._client = client_for(self._candidate, self._region)
        seconds = budget_s(self._candidate, deadline, self._clock())
        timeout = Timeout(seconds, connect=min(self._candidate.connect_timeout_s, seconds))
        client = self._client.with_options(api_key=self._key(), timeout=timeout, max_retries=0)
        file = (f"voice.{_extension(media_type)}", audio, media_type)
        heard = within(seconds, self._candidate.name, lambda: self._ask(client, file, language))
        return self._read(heard, len(audio))

    def _ask(self, client: OpenAI, file: tuple[str, bytes, str], language: str) -> bytes:
        """Not by the client's own method: its module weighs more than all that is needed of it."""
        import httpx2

        fields = {"model": self._candidate.model, "response_format": "json"}
        if language:
            fields["language"] = language
        try:
            with translated(self._candidate.name, self._clock):
                reply = client.post(
                    "/audio/transcriptions",
                    cast_to=httpx2.Response,
                    body=fields,
                    files={"file": file},
                    options={"headers": {"Content-Type": "multipart/form-data"}},
                )
        except ParameterRefused as error:
            raise error.otherwise from None
        return reply.content

    def _read(self, body: bytes, size: int) -> Transcript:
        try:
            heard = _Transcription.model_validate_json(body)
        except ValidationError:
            raise EndpointFailed(self._candidate.name, Fault.UNREADABLE) from None
        spent = _spent(heard, size)
        if not heard.text.strip():
            raise EndpointFailed(self._candidate.name, Fault.EMPTY, spent=spent)
        return Transcript(heard.text, spent)

    def _key(self) -> str:
        if not self._candidate.key:
            return "none"
        try:
            return self._api_key()
        except NotFound:
            raise EndpointRefused(self._candidate.name, Fault.NO_KEY) from None


def _spent(heard: _Transcription, size: int) -> Spent:
    usage = heard.usage or _Usage()
    if usage.input_tokens is not None:
        return Spent(usage.input_tokens, usage.output_tokens or 0)
    seconds = usage.seconds or heard.duration or size / _BYTES_PER_S
    return Spent(math.ceil(seconds))


def _extension(media_type: str) -> str:
    kind = media_type.partition(";")[0].strip().rpartition("/")[2]
    return _EXTENSIONS.get(kind, kind)
