"""What an endpoint's errors mean. Its words may quote the prompt: they are looked at, and never told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from sahut.adapters.llm.openai_request import PARAMETERS
from sahut.domain.model_faults import EndpointFailed, EndpointRefused, Fault
from sahut.domain.models import Spent

if TYPE_CHECKING:
    from openai import APIStatusError

_FINAL = {
    "insufficient_quota": Fault.NO_QUOTA,
    "billing_hard_limit_reached": Fault.NO_QUOTA,
    "invalid_api_key": Fault.UNAUTHORISED,
    "content_filter": Fault.CONTENT_FILTER,
    "content_policy_violation": Fault.CONTENT_FILTER,
    "responsible_ai_policy_violation": Fault.CONTENT_FILTER,
    "context_length_exceeded": Fault.TOO_LONG,
    "string_above_max_length": Fault.TOO_LONG,
    "exceed_context_size_error": Fault.TOO_LONG,  # llama.cpp
}
_FINAL_STATUS = {
    401: Fault.UNAUTHORISED,
    402: Fault.NO_QUOTA,
    403: Fault.UNAUTHORISED,
    413: Fault.TOO_LONG,
}
_PASSING_STATUS = {408, 409, 425}
# Gemini says 400, without a code.
_WRONG_KEY = "api key not valid"
# vLLM and Gemini have no code for it.
_TOO_LONG = ("maximum context length", "context window", "input token count")


def of_status(error: APIStatusError, name: str, now: float) -> EndpointFailed | EndpointRefused:
    """An answer that is none. now: seconds since the epoch, for a Retry-After that is a date."""
    said = _said(error.body)
    if final := _FINAL.get(said.code) or _FINAL.get(said.kind):
        return EndpointRefused(name, final)
    status = error.status_code
    if status == 429:
        return EndpointFailed(name, Fault.THROTTLED, _wait_s(error.response.headers, now))
    if status >= 500 or status in _PASSING_STATUS:
        return EndpointFailed(name, Fault.SERVER_ERROR, _wait_s(error.response.headers, now))
    return EndpointRefused(name, _FINAL_STATUS.get(status) or _by_words(said.message))


def _by_words(message: str) -> Fault:
    if any(words in message for words in _TOO_LONG):
        return Fault.TOO_LONG
    return Fault.UNAUTHORISED if message.startswith(_WRONG_KEY) else Fault.BAD_REQUEST


def of_event(body: object, name: str, spent: Spent) -> EndpointFailed | EndpointRefused:
    """An error in the middle of a stream, which has no status of its own."""
    said = _said(body)
    if final := _FINAL.get(said.code) or _FINAL.get(said.kind):
        return EndpointRefused(name, final, spent)
    throttled = "429" in said.code or "rate_limit" in said.code + said.kind
    return EndpointFailed(name, Fault.THROTTLED if throttled else Fault.SERVER_ERROR, spent=spent)


def refused_parameter(error: APIStatusError) -> str:
    """Which of our parameters the server does not take; '' when it complains about something else."""
    if error.status_code not in (400, 422):
        return ""
    said = _said(error.body)
    if said.param:
        return said.param if said.param in PARAMETERS else ""
    return next((name for name in PARAMETERS if name in said.message), "")


class ParameterRefused(Exception):
    """otherwise: what to raise when there is no other way to say it."""

    def __init__(self, parameter: str, otherwise: EndpointFailed | EndpointRefused) -> None:
        super().__init__(parameter)
        self.parameter = parameter
        self.otherwise = otherwise


@contextmanager
def translated(name: str, clock: Callable[[], float]) -> Iterator[None]:
    """The errors of OpenAI's client, and of the transport below it, as ours.

    Raises:
        ParameterRefused: the server takes the request, but for one parameter.
    """
    import httpx2
    import openai

    try:
        yield
    except openai.APIStatusError as error:
        otherwise = of_status(error, name, clock())
        if parameter := refused_parameter(error):
            raise ParameterRefused(parameter, otherwise) from None
        raise otherwise from None
    except openai.APITimeoutError as error:
        connecting = isinstance(error.__cause__, httpx2.ConnectTimeout | httpx2.PoolTimeout)
        fault = Fault.CONNECT_TIMEOUT if connecting else Fault.FIRST_TOKEN_TIMEOUT
        raise EndpointFailed(name, fault) from None
    except httpx2.TimeoutException:
        raise EndpointFailed(name, Fault.TIMEOUT) from None
    # What the transport raises in the middle of a body is none of the client's own errors.
    except (openai.OpenAIError, httpx2.HTTPError, httpx2.StreamError, OSError):
        raise EndpointFailed(name, Fault.UNREACHABLE) from None


class _Said:
    """message: in lower case."""

    def __init__(self, body: object) -> None:
        # OpenAI's client hands over what is below "error"; vLLM, FastAPI and Azure differ in the rest.
        # Gemini puts a list around it.
        whole = body[0] if isinstance(body, list) and body else body
        error = whole.get("error", whole) if isinstance(whole, Mapping) else whole
        found = error if isinstance(error, Mapping) else {}
        self.code = str(found.get("code") or "")
        self.kind = str(found.get("type") or "")
        self.param = str(found.get("param") or "")
        self.message = str(found.get("message") or found.get("detail") or body or "").lower()


def _said(body: object) -> _Said:
    return _Said(body)


def _wait_s(headers: Mapping[str, str], now: float) -> float:
    """Retry-After in seconds or as a date, or OpenAI's own in milliseconds."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        header = headers.get("retry-after", "0")
        if header[:1].isalpha():
            return max(0.0, parsedate_to_datetime(header).timestamp() - now)
        return max(0.0, float(header))
    except ValueError:
        return 0.0
