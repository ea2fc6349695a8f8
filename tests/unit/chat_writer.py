"""Answers of one model at an address, as the stage that writes answers makes them."""

import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from sahut.adapters.llm.openai_compatible import OpenAICompatible
from sahut.domain.answer import Answer, FoundPassage, Passage
from sahut.domain.models import Candidate, Provider
from sahut.ports.chat_model import ChatRequest
from sahut.stages.prompting import AnswerRequest, messages_of
from sahut.stages.replies import answer_of

FOUND = tuple(
    FoundPassage(Passage(f"d#{n}", "d.md", "Fees", text, language="en"), 1.0, 0.9, 5.0)
    for n, text in enumerate(("A letter costs £12.", "Replacing a card is free.", "CHAPS costs £20."))
)


class Writer:
    """What stages.write_answer does with one candidate."""

    def __init__(self, model: OpenAICompatible) -> None:
        self._model = model

    def write(self, request: AnswerRequest) -> Answer:
        said = self._model.complete(ChatRequest(messages_of(request), request.deadline, request.language))
        answer = answer_of(said.text, request, self._model.candidate.name)
        price = self._model.candidate.price_usd(said.tokens_in, said.tokens_out)
        return replace(answer, tokens_in=said.tokens_in, tokens_out=said.tokens_out, price_usd=price)


def _secret() -> str:
    return "secret-1"


def model(url: str, timeout_s: float = 5.0, api_key: Callable[[], str] = _secret, **more: Any) -> Writer:
    candidate = Candidate(
        Provider.COMPATIBLE,
        name="small",
        base_url=url,
        model="small-1",
        key="small",
        timeout_s=timeout_s,
        price_in_usd_per_mtok=2.0,
        price_out_usd_per_mtok=10.0,
    )
    return Writer(_client(replace(candidate, **more), api_key))


@cache
def _client(candidate: Candidate, api_key: Callable[[], str]) -> OpenAICompatible:
    """Kept, as a warm function does: a new one loads certificates for 60 ms."""
    return OpenAICompatible(candidate, api_key, time.time)


def request(question: str = "What does CHAPS cost?", left_s: float = 60.0) -> AnswerRequest:
    history = (("user", "hi"), ("assistant", "Hello!"))
    return AnswerRequest(question, "en", FOUND, history, "Northwind Bank", deadline=time.time() + left_s)
