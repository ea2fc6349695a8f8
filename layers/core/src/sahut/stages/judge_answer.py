"""Is it safe to send? Local checks always; a second model's opinion where the tenant has one for that.

The second model can only object: what the local checks refuse stays refused, and when no judge can be reached
their word stands.
"""

from dataclasses import dataclass, replace

from sahut.domain.answer import Answer, Verdict
from sahut.domain.errors import TryAgain
from sahut.domain.grounding import Judgement, UnsafeReason, claims_of
from sahut.domain.models import Candidate, Provider, Scenario
from sahut.domain.splitting import text_to_embed
from sahut.domain.tenant import TenantId
from sahut.domain.window import estimated_tokens
from sahut.ports.chat_model import ChatMessage, ChatRequest, OutputSchema
from sahut.stages.candidates import Attempt, Demand, Spent, try_in_order
from sahut.stages.prompting import AnswerRequest, sealed
from sahut.stages.prompts import prompt
from sahut.stages.replies import json_object
from sahut.stages.write_answer import Unusable, Writing

_SCHEMA = OutputSchema(
    "opinion",
    {
        "type": "object",
        "properties": {
            "unsupported": {"type": "array", "items": {"type": "integer"}},
            "answers_question": {"type": "boolean"},
        },
        "required": ["unsupported", "answers_question"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True)
class _Opinion:
    unsupported: tuple[int, ...]
    answers_question: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """attempts: of the judge models. judge: the one that had an opinion, '' for none."""

    judgement: Judgement
    attempts: tuple[Attempt, ...] = ()
    judge: str = ""


def second_opinion(
    tenant: TenantId, answer: Answer, judgement: Judgement, request: AnswerRequest, needs: Writing
) -> Judged:
    """The judgement, or a judge model's objection to it. A quotation needs none."""
    candidates = needs.models_of(tenant).of(Scenario.JUDGE)
    quoted = answer.model == Provider.EXTRACTIVE.value
    if judgement.verdict is not Verdict.SAFE or answer.asks_back or quoted or not candidates:
        return Judged(judgement)
    messages = _messages(answer, request)

    def work(candidate: Candidate) -> tuple[_Opinion, Spent]:
        output = _SCHEMA if candidate.structured else None
        chat = ChatRequest(messages, request.deadline, request.language, output)
        said = needs.chat_of(tenant, candidate).complete(chat)
        spent = Spent(said.tokens_in, said.tokens_out)
        try:
            return _read(said.text), spent
        except TryAgain as error:
            raise Unusable(str(error), spent) from None

    tokens = sum(estimated_tokens(each.content) for each in messages)
    demand = Demand(request.deadline, request.language, tokens)
    tried = try_in_order(candidates, demand, work, needs.trying)
    judge = tried.candidate.name if tried.candidate else ""
    return Judged(_with(judgement, tried.result), tried.attempts, judge)


def _with(judgement: Judgement, opinion: _Opinion | None) -> Judgement:
    if opinion is None or (opinion.answers_question and not opinion.unsupported):
        return judgement
    reason = UnsafeReason.JUDGED_UNSUPPORTED if opinion.unsupported else UnsafeReason.JUDGED_BESIDE_THE_POINT
    return replace(judgement, verdict=Verdict.UNSAFE, reason=reason)


def _messages(answer: Answer, request: AnswerRequest) -> tuple[ChatMessage, ...]:
    cited = {citation.passage_id for citation in answer.citations}
    passages = [hit.passage for hit in request.passages if hit.passage.passage_id in cited]
    claims = "\n".join(f"{n}. {claim}" for n, claim in enumerate(claims_of(answer.text), start=1))
    blocks = {
        "passages": "\n\n".join(text_to_embed(passage) for passage in passages),
        "customer": request.question,
        "sentences": claims,
    }
    rules = prompt("judge").fill(tenant=request.tenant_name)
    return ChatMessage("system", rules), ChatMessage("user", sealed(blocks))


def _read(said: str) -> _Opinion:
    read = json_object(said) or {}
    unsupported, answers = read.get("unsupported"), read.get("answers_question")
    if not isinstance(unsupported, list) or not isinstance(answers, bool):
        raise TryAgain("an opinion of another shape")
    return _Opinion(tuple(n for n in unsupported if isinstance(n, int)), answers)
