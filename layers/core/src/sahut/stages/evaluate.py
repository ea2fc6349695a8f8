"""Evaluate: what would turns with these questions have come to, and how good is that?

Every question goes the way of a turn without a conversation: lane, search text, passages, evidence, answer,
verdict. So the figures are the product's own. Knows no file and no index; sends and stores nothing.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from sahut.domain.answer import Answer, FoundPassage, Verdict
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
from sahut.domain.evidence import PASSAGES_WANTED, Evidence, weigh
from sahut.domain.handover import HandoverReason
from sahut.domain.knowledge import Calibration
from sahut.domain.lane import Lane, choose_lane, search_text
from sahut.domain.language import detect_language
from sahut.domain.query import synonyms_for
from sahut.domain.verdict import verdict_on
from sahut.ports.passages import Passages, Query
from sahut.stages.prompting import AnswerRequest
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
class _Asking:
    passages: Passages
    query_vector: QueryVectors
    calibration: Calibration | None
    write: Callable[[AnswerRequest], Answer]
    clock: Callable[[], float]
    threshold: float
    sure_at: float
    synonyms: Sequence[Sequence[str]]
    tenant_name: str


def evaluate(  # noqa: PLR0913  the arguments are what a turn has, by name
    questions: Sequence[Question],
    passages: Passages,
    query_vector: QueryVectors,
    calibration: Calibration | None,
    write: Callable[[AnswerRequest], Answer],
    *,
    clock: Callable[[], float],
    threshold: float = 0.0,
    sure_at: float = 0.0,
    synonyms: Sequence[Sequence[str]] = (),
    tenant_name: str = "",
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Asks every question.

    calibration None: the built-in one. threshold, sure_at (of the confidence), synonyms, tenant_name: the
    tenant's, as a turn would have them. clock: seconds, for times only. progress: is told (asked, to ask).

    Raises:
        TryAgain: the index can't be reached. Refused: vectors of another size than the index's.
    """
    asking = _Asking(
        passages, query_vector, calibration, write, clock, threshold, sure_at, synonyms, tenant_name
    )

    def outcomes() -> Iterator[Outcome]:
        for number, question in enumerate(questions, start=1):
            yield _ask(question, asking)
            progress(number, len(questions))

    return Report(tuple(outcomes()))


def _ask(question: Question, asking: _Asking) -> Outcome:
    started = asking.clock()
    text = search_text(question.question)
    vector = asking.query_vector(text, asking.passages.embedder)
    embedded = asking.clock()
    query = Query(text, vector, synonyms_for(text, asking.synonyms))
    found = asking.passages.find(query, PASSAGES_WANTED)
    searched = asking.clock()
    evidence = weigh(question.question, found, threshold=asking.threshold, calibration=asking.calibration)
    came = _came_to(question, found, evidence, asking)
    done = asking.clock()
    wider = asking.passages.find(query, _PASSAGES_RANKED)
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


def _came_to(question: Question, found: Sequence[FoundPassage], evidence: Evidence, asking: _Asking) -> _End:
    choice = choose_lane(question.question, asking.tenant_name)
    if choice.lane is Lane.PERSON:
        return _End((choice.reason or HandoverReason.ASKED_FOR_PERSON).value)
    if choice.lane is Lane.SMALLTALK:
        return _End(text=Lane.SMALLTALK.value)
    if not evidence.enough:
        return _End(HandoverReason.NO_EVIDENCE.value)
    return _answer(question, found, evidence.score, asking)


def _answer(
    question: Question, found: Sequence[FoundPassage], evidence_score: float, asking: _Asking
) -> _End:
    request = AnswerRequest(
        question=question.question,
        language=question.language or detect_language(question.question, ""),
        passages=tuple(found),
        history=(),
        tenant_name=asking.tenant_name,
        deadline=math.inf,
    )
    try:
        answer = asking.write(request)
    except (TryAgain, Refused):
        return _End(HandoverReason.FAILURE.value)
    judgement = verdict_on(answer, found, question.question, evidence_score, threshold=asking.sure_at)
    if judgement.verdict is not Verdict.SAFE:
        return _End(judgement.reason.value if judgement.reason else HandoverReason.UNSAFE_ANSWER.value)
    return _End(
        cited=ranked_documents([citation.document_id for citation in answer.citations]), text=answer.text
    )
