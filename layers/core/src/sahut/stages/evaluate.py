"""Evaluate: what would turns with these questions have come to, and how good is that?

Every question goes the way of a turn without a conversation: lane, search text, passages, evidence, answer,
verdict. So the figures are the product's own. Knows no file and no index; sends and stores nothing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sahut.domain.answer import FoundPassage, Verdict
from sahut.domain.errors import Refused, TryAgain
from sahut.domain.evaluation import (
    RANKED,
    Answering,
    Outcome,
    Question,
    Retrieval,
    answering_of,
    percentile,
    ranked_documents,
    retrieval_of,
)
from sahut.domain.evidence import PASSAGES_WANTED, weigh
from sahut.domain.grounding import judge
from sahut.domain.handover import HandoverReason
from sahut.domain.knowledge import Calibration
from sahut.domain.lane import Lane, choose_lane, search_text
from sahut.domain.language import detect_language
from sahut.domain.query import synonyms_for
from sahut.ports.language_model import AnswerRequest, LanguageModel
from sahut.ports.passages import Passages, Query
from sahut.stages.retrieve import QueryVectors

# Passages among which ten documents are looked for; a turn itself finds PASSAGES_WANTED.
_PASSAGES_RANKED = 100


@dataclass(frozen=True, slots=True)
class Report:
    """outcomes: one per question, in order. The figures are computed from them."""

    outcomes: tuple[Outcome, ...]

    @property
    def retrieval(self) -> Retrieval:
        return retrieval_of(self.outcomes)

    @property
    def answering(self) -> Answering:
        return answering_of(self.outcomes)

    def latency_ms(self, share: float) -> float:
        """Time within which so many (0 to 1) of the turns were done: embedding to verdict, no channel."""
        return percentile([each.total_ms for each in self.outcomes], share)


@dataclass(frozen=True, slots=True)
class Evaluating:
    """calibration None: the built-in one. threshold, synonyms, tenant_name: as a turn would have them.

    clock: seconds, for times only.
    """

    passages: Passages
    query_vector: QueryVectors
    writer: LanguageModel
    clock: Callable[[], float]
    calibration: Calibration | None = None
    threshold: float = 0.0
    synonyms: Sequence[Sequence[str]] = ()
    tenant_name: str = ""


def evaluate(
    questions: Sequence[Question],
    needs: Evaluating,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Asks every question. progress: is told (asked, to ask).

    Raises:
        TryAgain: the index can't be reached. Refused: vectors of another size than the index's.
    """

    def outcomes() -> Iterator[Outcome]:
        for number, question in enumerate(questions, start=1):
            yield _ask(question, needs)
            progress(number, len(questions))

    return Report(tuple(outcomes()))


def _ask(question: Question, needs: Evaluating) -> Outcome:
    started = needs.clock()
    text = search_text(question.question)
    vector = needs.query_vector(text, needs.passages.embedder)
    embedded = needs.clock()
    query = Query(text, vector, synonyms_for(text, needs.synonyms))
    found = needs.passages.find(query, PASSAGES_WANTED)
    searched = needs.clock()
    evidence = weigh(question.question, found, threshold=needs.threshold, calibration=needs.calibration)
    came = _came_to(question, found, evidence.enough, needs)
    done = needs.clock()
    wider = needs.passages.find(query, _PASSAGES_RANKED)
    return Outcome(
        question=question,
        ranked=ranked_documents([hit.passage.document_id for hit in wider])[:RANKED],
        answered=not came.reason,
        cited=came.cited,
        score=evidence.score,
        logit=evidence.logit,
        reason=came.reason,
        text=came.text,
        embed_ms=1000 * (embedded - started),
        find_ms=1000 * (searched - embedded),
        total_ms=1000 * (done - started),
    )


@dataclass(frozen=True, slots=True)
class _End:
    """reason: why a person gets the conversation, '' when a machine answered."""

    reason: str = ""
    cited: tuple[str, ...] = ()
    text: str = ""


def _came_to(question: Question, found: Sequence[FoundPassage], enough: bool, needs: Evaluating) -> _End:
    choice = choose_lane(question.question, needs.tenant_name)
    if choice.lane is Lane.PERSON:
        return _End((choice.reason or HandoverReason.ASKED_FOR_PERSON).value)
    if choice.lane is Lane.SMALLTALK:
        return _End(text=Lane.SMALLTALK.value)
    if not enough:
        return _End(HandoverReason.NO_EVIDENCE.value)
    return _answer(question, found, needs)


def _answer(question: Question, found: Sequence[FoundPassage], needs: Evaluating) -> _End:
    request = AnswerRequest(
        question=question.question,
        language=question.language or detect_language(question.question, ""),
        passages=tuple(found),
        history=(),
        tenant_name=needs.tenant_name,
        deadline=math.inf,
    )
    try:
        answer = needs.writer.write(request)
    except (TryAgain, Refused):
        return _End(HandoverReason.FAILURE.value)
    judgement = judge(answer, found, question.question)
    if judgement.verdict is not Verdict.SAFE:
        return _End(judgement.reason.value if judgement.reason else HandoverReason.UNSAFE_ANSWER.value)
    return _End(
        cited=ranked_documents([citation.document_id for citation in answer.citations]), text=answer.text
    )
