"""The verdict on a written answer, all local checks together: may it go out, how sure is it, and if not, why?

First whether it stays inside the documents (domain/grounding.py), then whether it answers the question
(domain/answerability.py), then one confidence from all of it (domain/confidence.py) against a threshold.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sahut.domain.answer import Answer, FoundPassage, Verdict
from sahut.domain.answerability import answerability_of
from sahut.domain.confidence import DEFAULT_THRESHOLD, confidence_of
from sahut.domain.grounding import Judgement, UnsafeReason, cited_claims, judge
from sahut.domain.lane import search_text


def verdict_on(
    answer: Answer,
    found: Sequence[FoundPassage],
    question: str,
    evidence_score: float,
    *,
    threshold: float = 0.0,
    similar: Callable[[str, str], float] | None = None,
) -> Judgement:
    """The verdict on an answer written from `found`, best first.

    question: as the customer wrote it. evidence_score: of domain/evidence.py, 0 to 1. threshold: the agent's
    own, 0 takes the built-in one. similar: see domain/grounding.py.
    """
    judgement = judge(answer, found, question, similar)
    if judgement.verdict is not Verdict.SAFE:
        return replace(judgement, confidence=0.0)
    claims = cited_claims(answer, found)
    answerability = answerability_of(search_text(question), claims, [hit.passage for hit in found])
    confidence = confidence_of(evidence_score, judgement.support, answerability, found)
    at_least = threshold or DEFAULT_THRESHOLD
    seen = replace(
        judgement,
        confidence=confidence,
        threshold=at_least,
        answerability=answerability.score,
        gap=answerability.gap.value,
    )
    if answerability.another_row:
        return replace(seen, verdict=Verdict.UNSAFE, reason=UnsafeReason.ANOTHER_ROW)
    if confidence < at_least:
        return replace(seen, verdict=Verdict.UNSAFE, reason=UnsafeReason.LOW_CONFIDENCE)
    return seen
