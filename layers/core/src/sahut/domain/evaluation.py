"""How good the answers are on a set of questions: the set's format, what came of each, and the figures.

Counts documents, not passages, because a set names documents. Knows no file, no index and no clock.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

# Documents that the retrieval figures look at.
RANKED = 10


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a set.

    documents: names of those that hold the answer, any of which will do; () when it is not answerable.
    language: ISO 639-1, or ''. answer: a span of a right answer, for people who look; '' when not given.
    kind: the set's own label (paraphrase, misspelt, foreign …), '' when not given.
    """

    id: str
    question: str
    language: str
    answerable: bool
    documents: tuple[str, ...] = ()
    answer: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a turn with this question would have come to.

    ranked: documents by the rank of their first passage, best first. answered: whether a machine would
    have sent something; cited: the documents that it cites. score: of the evidence, 0 to 1; logit: the
    same before calibration. reason: why a person would have got it (a HandoverReason, or the verdict's
    word), '' when answered. *_ms: time of embedding, of finding, and of the whole turn without channels.
    """

    question: Question
    ranked: tuple[str, ...]
    answered: bool
    cited: tuple[str, ...] = ()
    score: float = 0.0
    logit: float = 0.0
    reason: str = ""
    text: str = ""
    embed_ms: float = 0.0
    find_ms: float = 0.0
    total_ms: float = 0.0

    @property
    def right(self) -> bool:
        """Answerable: answered with a citation of a right document. Not answerable: handed over."""
        if not self.question.answerable:
            return not self.answered
        return self.answered and self.cites_right_document

    @property
    def cites_right_document(self) -> bool:
        return not frozenset(self.cited).isdisjoint(self.question.documents)


@dataclass(frozen=True, slots=True)
class Retrieval:
    """Over the answerable questions, 0 to 1; 0.0 when there is none.

    recall_at_1, recall_at_5: share with at least one right document among the first 1 or 5.
    mrr_at_10: mean of 1 / rank of the first right document, 0 where none is among the first 10.
    ndcg_at_10: mean of DCG / ideal DCG, every right document gaining 1, cut at 10.
    """

    recall_at_1: float
    recall_at_5: float
    mrr_at_10: float
    ndcg_at_10: float


@dataclass(frozen=True, slots=True)
class Answering:
    """Shares from 0 to 1; a share of nothing is 0.0.

    answered: of all questions. cited_right_document: of the answerable ones that were answered, those
    that cite at least one right document. wrongly_handed_over: of the answerable ones, those that a
    person got. wrongly_answered: of the unanswerable ones, those that were answered.
    auroc_answerable: chance that a random answerable question has a higher evidence score than a random
    unanswerable one, ties counting half; None when the set lacks one of the two kinds.
    right_outcomes: of all questions, answerable ones that were answered with a right document cited, and
    unanswerable ones that were handed over.
    """

    answered: float
    cited_right_document: float
    wrongly_handed_over: float
    wrongly_answered: float
    auroc_answerable: float | None
    right_outcomes: float


def question_of(values: Mapping[str, object]) -> Question:
    """A question from one decoded line; fields that it doesn't know are left alone.

    Raises:
        ValueError: a field is missing or of another kind; the text says which.
    """
    documents = _documents(values)
    answerable = values.get("answerable")
    if not isinstance(answerable, bool):
        raise ValueError("answerable must be true or false")
    if answerable and not documents:
        raise ValueError("an answerable question needs documents")
    return Question(
        id=_text(values, "id"),
        question=_text(values, "question"),
        language=_optional(values, "language"),
        answerable=answerable,
        # Some sets name the document that is near an unanswerable question; it holds no answer.
        documents=documents if answerable else (),
        answer=_optional(values, "answer"),
        kind=_optional(values, "kind"),
    )


def _documents(values: Mapping[str, object]) -> tuple[str, ...]:
    given = values.get("documents")
    if given is None:
        return ()
    if not isinstance(given, list | tuple) or not all(isinstance(name, str) and name for name in given):
        raise ValueError("documents must be a list of file names")
    return tuple(dict.fromkeys(str(name) for name in given))


def _text(values: Mapping[str, object], name: str) -> str:
    given = values.get(name)
    # Ids are often numbered.
    if isinstance(given, int) and not isinstance(given, bool) and name == "id":
        return str(given)
    if not isinstance(given, str) or not given.strip():
        raise ValueError(f"{name} must be a text that is not empty")
    return given


def _optional(values: Mapping[str, object], name: str) -> str:
    given = values.get(name)
    if given is None:
        return ""
    if not isinstance(given, str):
        raise ValueError(f"{name} must be a text")
    return given


def ranked_documents(documents: Sequence[str]) -> tuple[str, ...]:
    """The documents of passages, best first: each where its first passage stands."""
    return tuple(dict.fromkeys(documents))


def retrieval_of(outcomes: Sequence[Outcome]) -> Retrieval:
    asked = [outcome for outcome in outcomes if outcome.question.answerable]

    def mean(figure: Callable[[tuple[str, ...], tuple[str, ...]], float]) -> float:
        figures = (figure(each.ranked[:RANKED], each.question.documents) for each in asked)
        return math.fsum(figures) / len(asked) if asked else 0.0

    return Retrieval(
        recall_at_1=mean(lambda ranked, right: float(first_right(ranked, right) == 1)),
        recall_at_5=mean(lambda ranked, right: float(0 < first_right(ranked, right) <= 5)),
        mrr_at_10=mean(reciprocal_rank),
        ndcg_at_10=mean(ndcg),
    )


def first_right(ranked: Sequence[str], right: Sequence[str]) -> int:
    """Rank of the first right document, counted from 1; 0 when there is none."""
    return next((rank for rank, name in enumerate(ranked, start=1) if name in right), 0)


def reciprocal_rank(ranked: Sequence[str], right: Sequence[str]) -> float:
    rank = first_right(ranked, right)
    return 1.0 / rank if rank else 0.0


def ndcg(ranked: Sequence[str], right: Sequence[str]) -> float:
    """Of the first 10 documents, 0 to 1."""
    gains = (1.0 / math.log2(rank + 1) for rank, name in enumerate(ranked[:RANKED], start=1) if name in right)
    ideal = (1.0 / math.log2(rank + 1) for rank in range(1, min(RANKED, len(right)) + 1))
    best = math.fsum(ideal)
    return math.fsum(gains) / best if best else 0.0


def answering_of(outcomes: Sequence[Outcome]) -> Answering:
    yes = [outcome for outcome in outcomes if outcome.question.answerable]
    no = [outcome for outcome in outcomes if not outcome.question.answerable]
    return Answering(
        answered=_share(outcomes, lambda each: each.answered),
        cited_right_document=_share(
            [each for each in yes if each.answered], lambda each: each.cites_right_document
        ),
        wrongly_handed_over=_share(yes, lambda each: not each.answered),
        wrongly_answered=_share(no, lambda each: each.answered),
        auroc_answerable=auroc([each.score for each in yes], [each.score for each in no]),
        right_outcomes=_share(outcomes, lambda each: each.right),
    )


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """Chance that a random positive is higher than a random negative, ties counting half (Mann-Whitney).

    None when either is empty.
    """
    if not positive or not negative:
        return None
    ordered = sorted([(score, 1) for score in positive] + [(score, 0) for score in negative])
    wins, below, at = 0.0, 0, 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        positives = sum(kind for _, kind in ordered[at:end])
        negatives = end - at - positives
        wins += positives * (below + negatives / 2)
        below += negatives
        at = end
    return wins / (len(positive) * len(negative))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of them don't exceed; 0.0 of none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _share(outcomes: Sequence[Outcome], told: Callable[[Outcome], bool]) -> float:
    return sum(told(each) for each in outcomes) / len(outcomes) if outcomes else 0.0
