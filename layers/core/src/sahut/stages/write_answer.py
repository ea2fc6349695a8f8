"""Writes an answer with the first candidate that can: a model, or the documents' own sentences.

Judges nothing and sends nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sahut.domain.answer import Answer
from sahut.domain.grounding import NO_ANSWER
from sahut.domain.lane import search_text
from sahut.domain.models import Candidate, Models, Provider, Scenario
from sahut.domain.quoting import quote
from sahut.domain.tenant import TenantId
from sahut.ports.chat_model import ChatModel, ChatRequest
from sahut.stages.candidates import Attempt, Demand, Spent, Trying, estimated_tokens, try_in_order
from sahut.stages.prompting import AnswerRequest, answer_of, digest_of, messages_of


@dataclass(frozen=True, slots=True)
class Writing:
    """chat_of: the client for a tenant's candidate."""

    models_of: Callable[[TenantId], Models]
    chat_of: Callable[[TenantId, Candidate], ChatModel]
    trying: Trying


@dataclass(frozen=True, slots=True)
class Written:
    """answer None: every candidate failed."""

    answer: Answer | None
    attempts: tuple[Attempt, ...] = ()


def write_answer(tenant: TenantId, request: AnswerRequest, needs: Writing) -> Written:
    """The answer of the tenant's first candidate that gives one."""
    models = needs.models_of(tenant)
    messages = messages_of(request)
    chat = ChatRequest(messages, request.deadline, request.language)

    def work(candidate: Candidate) -> tuple[Answer, Spent]:
        if candidate.provider is Provider.EXTRACTIVE:
            return extract(request), Spent()
        said = needs.chat_of(tenant, candidate).complete(chat)
        answer = replace(
            answer_of(said.text, request, candidate.name),
            prompt_sha256=digest_of(messages),
            tokens_in=said.tokens_in,
            tokens_out=said.tokens_out,
            price_usd=candidate.price_usd(said.tokens_in, said.tokens_out),
        )
        return answer, Spent(said.tokens_in, said.tokens_out)

    demand = Demand(
        deadline=request.deadline,
        language=request.language,
        tokens_in=sum(estimated_tokens(each.content) for each in messages),
        ceiling_usd=models.ceiling_usd_per_turn,
    )
    tried = try_in_order(models.of(Scenario.ANSWER), demand, work, needs.trying)
    return Written(tried.result, tried.attempts)


def extract(request: AnswerRequest) -> Answer:
    """Up to three sentences of the best passages, word for word; NO_ANSWER when there are none."""
    text, citations = quote(search_text(request.question), request.passages)
    return Answer(text=text or NO_ANSWER, citations=citations, model=Provider.EXTRACTIVE.value)
