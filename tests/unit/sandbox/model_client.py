"""The real openai client, and raw HTTP, towards a fake model API."""

import http.client
import json
from collections.abc import Mapping
from functools import cache

import httpx2
from openai import AzureOpenAI, OpenAI

from sahut.domain.models import Candidate
from sandbox.model_api import KEY, MODEL, ModelApi

# what is wrong with a body, then the error's param, code, and a part of its message
Refusal = tuple[dict[str, object], str | None, str | None, str]
USER = {"role": "user", "content": "Where is my order?"}


@cache
def _http() -> httpx2.Client:
    """One for all: making a client takes longer than a call."""
    return httpx2.Client()


def client_of(api: ModelApi | Candidate, timeout_s: float = 5.0) -> OpenAI:
    return OpenAI(base_url=api.base_url, api_key=KEY, max_retries=0, timeout=timeout_s, http_client=_http())


def azure_client_of(api: ModelApi | Candidate, key: str = KEY) -> AzureOpenAI:
    endpoint = api.origin if isinstance(api, ModelApi) else api.base_url
    return AzureOpenAI(
        azure_endpoint=endpoint, api_version="2024-10-21", api_key=key, max_retries=0, http_client=_http()
    )


def ask(api: ModelApi | Candidate, model: str = MODEL, text: str = "Where is my order?") -> str:
    """The words of an answer, without a stream."""
    completion = client_of(api).chat.completions.create(
        model=model, messages=[{"role": "user", "content": text}]
    )
    return completion.choices[0].message.content or ""


def post(
    api: ModelApi,
    body: Mapping[str, object] | bytes,
    path: str = "/v1/chat/completions",
    headers: Mapping[str, str] | None = None,
) -> tuple[int, object]:
    """Status and JSON document of a request that no client would make."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"} | dict(headers or {})
    connection = http.client.HTTPConnection(api.origin.removeprefix("http://"), timeout=5)
    try:
        connection.request("POST", path, raw, sent)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def assert_refused(
    api: ModelApi, wrong: dict[str, object], param: str | None, code: str | None, words: str
) -> None:
    """A good body with these fields instead is refused, for this reason, and not counted as asked."""
    before = len(api.asked)
    status, document = post(api, {"model": MODEL, "messages": [USER]} | wrong)
    assert isinstance(document, dict)
    error = document["error"]
    assert (status, error["type"], error["param"], error["code"]) == (
        400,
        "invalid_request_error",
        param,
        code,
    )
    assert words in error["message"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (api.refused[-1].message, len(api.asked)) == (error["message"], before)
