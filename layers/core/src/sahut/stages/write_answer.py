"""Writes an answer with the first candidate that can: a model, or the documents' own sentences.

Judges nothing and sends nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sahut.domain.answer import Answer
from sahut.domain.errors import Refused, TryAgain, WorkStopped
from sahut.domain.grounding import NO_ANSWER
from sahut.domain.lane import search_text
from sahut.domain.language import detect_language
from sahut.domain.models import Candidate, Models, Provider, Scenario
from sahut.domain.quoting import quote
from sahut.domain.tenant import TenantId
from sahut.domain.tool_use import ToolUse, is_from_tool
from sahut.domain.window import estimated_tokens
from sahut.ports.chat_model import ChatModel, ChatRequest, Completion
from sahut.stages.candidates import Attempt, Demand, Spent, Trying, try_in_order
from sahut.stages.prompting import AnswerRequest, digest_of
from sahut.stages.prompts import prompt
from sahut.stages.release import Release
from sahut.stages.replies import REPLY_SCHEMA, read_reply
from sahut.stages.tool_talk import messages_with_tools, specs_of
from sahut.stages.tools_wanted import Wishes


@dataclass(frozen=True, slots=True)
class Writing:
    """chat_of: the client for a tenant's candidate."""

    models_of: Callable[[TenantId], Models]
    chat_of: Callable[[TenantId, Candidate], ChatModel]
    trying: Trying


@dataclass(frozen=True, slots=True)
class Written:
    """answer None: every candidate failed, the work was stopped, or the model has `wishes` first.

    prompt: its label, '' for none. effect: what was done at the customer's word. whole: every placeholder in
    it stood for something.
    """

    answer: Answer | None
    attempts: tuple[Attempt, ...] = ()
    prompt: str = ""
    wishes: Wishes | None = None
    effect: ToolUse | None = None
    whole: bool = True


class Unusable(TryAgain):
    """The model replied, and the reply can't be used. spent: what it used all the same."""

    def __init__(self, message: str, spent: Spent) -> None:
        super().__init__(message)
        self.spent = spent


def write_answer(
    tenant: TenantId, request: AnswerRequest, needs: Writing, release: Release | None = None
) -> Written:
    """The answer of the tenant's first candidate that gives one.

    release: lets claims out while they are written. What has begun to go out is never begun anew.
    """
    models = needs.models_of(tenant)

    def work(candidate: Candidate) -> tuple[Answer | Wishes, Spent]:
        if candidate.provider is Provider.EXTRACTIVE:
            return extract(request), Spent()
        try:
            return _asked(candidate, needs.chat_of(tenant, candidate), request, release)
        except (TryAgain, Refused) as error:
            if release is not None and release.begun:
                spent = getattr(error, "spent", None)
                raise WorkStopped(f"{candidate.name} broke off: {type(error).__name__}", spent) from error
            raise

    shown = messages_with_tools(request)
    demand = Demand(
        deadline=request.deadline,
        language=request.language,
        tokens_in=sum(estimated_tokens(each.content) for each in shown),
        ceiling_usd=models.ceiling_usd_per_turn,
    )
    tried = try_in_order(models.of(Scenario.ANSWER), demand, work, needs.trying)
    if isinstance(tried.result, Wishes):
        return Written(None, tried.attempts, prompt("answer").label, tried.result)
    asked = tried.result is not None and tried.result.prompt_sha256
    return Written(tried.result, tried.attempts, prompt("answer").label if asked else "")


def extract(request: AnswerRequest) -> Answer:
    """Up to three sentences of the best passages, word for word; NO_ANSWER when there are none."""
    documents = [hit for hit in request.passages if not is_from_tool(hit.passage.document_id)]
    text, citations = quote(search_text(request.question), documents)
    return Answer(text=text or NO_ANSWER, citations=citations, model=Provider.EXTRACTIVE.value)


def _asked(
    candidate: Candidate, model: ChatModel, request: AnswerRequest, release: Release | None
) -> tuple[Answer | Wishes, Spent]:
    messages = messages_with_tools(request, structured=candidate.structured)
    output = REPLY_SCHEMA if candidate.structured else None
    listen = release.listener(structured=candidate.structured) if release else None
    asked = ChatRequest(messages, request.deadline, request.language, output, specs_of(request.tools))
    try:
        said = model.complete(asked, listen)
    except WorkStopped as stop:
        heard = release.heard if release else 0
        stop.spent = Spent(sum(estimated_tokens(each.content) for each in messages), heard // 3)
        raise
    spent = Spent(said.tokens_in, said.tokens_out)
    if said.tool_calls:
        if not request.tools:
            raise Unusable("it asked for tools that nobody offered", spent)
        return Wishes(said.tool_calls, candidate.name), spent
    answer = replace(
        _read(said, candidate, request, spent),
        prompt_sha256=digest_of(messages),
        tokens_in=said.tokens_in,
        tokens_out=said.tokens_out,
        price_usd=candidate.price_usd(said.tokens_in, said.tokens_out),
    )
    return answer, spent


def _read(said: Completion, candidate: Candidate, request: AnswerRequest, spent: Spent) -> Answer:
    try:
        answer = read_reply(said.text, request, candidate.name, structured=candidate.structured)
    except TryAgain as error:
        raise Unusable(str(error), spent) from None
    if answer.text != NO_ANSWER and detect_language(answer.text, request.language) != request.language:
        raise Unusable("the customer's language was not kept", spent)
    return answer
