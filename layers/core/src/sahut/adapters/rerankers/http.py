"""Servers that rerank at `POST {base_url}/rerank`, in the two dialects that there are.

jina: {"model", "query", "documents", "top_n"} → {"results": [{"index", "relevance_score"}]}; Jina, Cohere v2,
      vLLM, Infinity.
tei:  {"query", "texts", "truncate"} → [{"index", "score"}]; Hugging Face's Text Embeddings Inference.

One attempt per call, in a thread of its own: resolving a name or fetching the key can't be bounded from
within, and a customer waits. What comes too late is thrown away. No error quotes what was sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, TypeAdapter, ValidationError

from sahut.adapters.channels.graph_http import Budget, Http, HttpCall
from sahut.domain.errors import NotFound, Refused, TryAgain, Uncertain

# While one call hangs beyond its time, the next one still has a thread.
_THREADS = 2


class _Score(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    index: int = Field(ge=0)
    score: FiniteFloat


class _Relevance(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, hide_input_in_errors=True)

    index: int = Field(ge=0)
    relevance_score: FiniteFloat


class _Results(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    results: list[_Relevance]


_SCORES = TypeAdapter(list[_Score], config=ConfigDict(hide_input_in_errors=True))


class HttpReranker:
    """A ports.reranker.Reranker.

    base_url: what stands before `/rerank`. model: '' for a server that has only one. api_key: fetches the
    secret, '' for none; called for every question, so that a changed key works at once. timeout_s: of all
    that a call does. kind: "jina" or "tei".
    """

    def __init__(
        self, base_url: str, model: str, api_key: Callable[[], str], timeout_s: float, kind: str = "jina"
    ) -> None:
        self._url = base_url.rstrip("/") + "/rerank"
        self._model = model
        self._api_key = api_key
        self._timeout_s = timeout_s
        self._tei = kind == "tei"
        self._http = Http()
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="reranker")

    def scores(self, query: str, texts: Sequence[str]) -> Sequence[float]:
        if not texts:
            return ()
        budget = Budget(self._timeout_s)
        asked = self._threads.submit(self._ask, self._body(query, texts), budget)
        try:
            return _in_order(self._read(asked.result(budget.left())), len(texts))
        except TimeoutError:
            asked.cancel()
            raise TryAgain("the reranker is too slow") from None

    def _body(self, query: str, texts: Sequence[str]) -> bytes:
        asked: dict[str, object] = {"query": query}
        if self._tei:
            asked |= {"texts": list(texts), "truncate": True}  # it refuses what is too long otherwise
        else:
            asked |= {"model": self._model, "documents": list(texts), "top_n": len(texts)}
        return json.dumps(asked).encode()

    def _ask(self, body: bytes, budget: Budget) -> bytes:
        """Asking twice does no harm, so a call that broke off is as good as one that never began."""
        headers = {"Content-Type": "application/json", "User-Agent": "sahut"} | self._authorization()
        try:
            reply = self._http.exchange(HttpCall("POST", self._url, headers, body), budget)
        except Uncertain as error:
            raise TryAgain(f"reranker: {error}") from None
        if reply.status in (408, 425, 429) or reply.status >= 500:
            raise TryAgain(f"the reranker answered {reply.status}")
        if reply.status != 200:
            raise Refused(f"the reranker answered {reply.status}")
        return reply.body

    def _authorization(self) -> dict[str, str]:
        try:
            key = self._api_key()
        except NotFound:
            raise Refused("the reranker has no key") from None
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _read(self, body: bytes) -> list[tuple[int, float]]:
        try:
            if self._tei:
                return [(each.index, each.score) for each in _SCORES.validate_json(body)]
            return [(each.index, each.relevance_score) for each in _Results.model_validate_json(body).results]
        except ValidationError:
            raise Refused("the reranker sent no scores") from None


def _in_order(scored: list[tuple[int, float]], texts: int) -> tuple[float, ...]:
    """Raises: Refused: not exactly one score for each text."""
    if sorted(index for index, _ in scored) != list(range(texts)):
        raise Refused("the reranker did not score every passage once")
    return tuple(score for _, score in sorted(scored))
