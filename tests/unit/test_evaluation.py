"""The figures of an evaluation, by hand-worked examples and rules; and a question goes the way of a turn."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.answer import Answer, FoundPassage, Passage
from sahut.domain.errors import TryAgain
from sahut.domain.evaluation import (
    Outcome,
    Question,
    answering_of,
    auroc,
    ndcg,
    percentile,
    question_of,
    ranked_documents,
    retrieval_of,
)
from sahut.domain.knowledge import Calibration
from sahut.ports.passages import Query
from sahut.stages.evaluate import Report, evaluate
from sahut.stages.prompting import AnswerRequest
from sahut.stages.write_answer import extract


def asked(*documents: str, question: str = "ongkir ke Papua?") -> Question:
    return Question("q", question, "id", bool(documents), documents)


def outcome(question: Question, answered: bool = True, **more: object) -> Outcome:
    ranked, cited, score = more.get("ranked", ()), more.get("cited", ()), more.get("score", 0.0)
    assert isinstance(ranked, tuple)
    assert isinstance(cited, tuple)
    assert isinstance(score, float)
    return Outcome(question, ranked, answered, cited, score)


def test_retrieval_by_hand() -> None:
    outcomes = [
        outcome(asked("a"), ranked=("a", "b")),
        outcome(asked("c", "d"), ranked=("x", "d", "c")),
        outcome(asked("z"), ranked=tuple("abcdefghijz")),  # eleventh: too late
        outcome(asked("f"), ranked=tuple("abcdef")),
        outcome(asked(), ranked=("a",)),  # not answerable: doesn't count
    ]
    figures = retrieval_of(outcomes)
    assert figures.recall_at_1 == 0.25
    assert figures.recall_at_5 == 0.5
    assert figures.mrr_at_10 == pytest.approx((1 + 1 / 2 + 0 + 1 / 6) / 4)
    two = (1 / math.log2(3) + 1 / math.log2(4)) / (1 + 1 / math.log2(3))
    assert figures.ndcg_at_10 == pytest.approx((1 + two + 0 + 1 / math.log2(7)) / 4)


def test_answering_by_hand() -> None:
    outcomes = [
        outcome(asked("a"), cited=("x", "a"), score=0.9),
        outcome(asked("a"), cited=("x",), score=0.8),
        outcome(asked("a"), answered=False, score=0.3),
        outcome(asked("a"), cited=("a",), score=0.5),
        outcome(asked(), answered=False, score=0.1),
        outcome(asked(), cited=("a",), score=0.5),
    ]
    figures = answering_of(outcomes)
    assert figures.answered == pytest.approx(4 / 6)
    assert figures.cited_right_document == pytest.approx(2 / 3)
    assert figures.wrongly_handed_over == pytest.approx(1 / 4)
    assert figures.wrongly_answered == pytest.approx(1 / 2)
    assert figures.auroc_answerable == pytest.approx((2 + 2 + 1 + 1.5) / 8)
    assert figures.right_outcomes == pytest.approx(3 / 6)


def test_shares_of_nothing() -> None:
    assert answering_of([]).answered == 0.0
    assert answering_of([outcome(asked("a"))]).auroc_answerable is None
    assert retrieval_of([outcome(asked())]).ndcg_at_10 == 0.0


SCORES = st.lists(st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]), min_size=1, max_size=12)


@given(SCORES, SCORES)
def test_auroc_is_the_share_of_pairs_that_are_in_order(yes: list[float], no: list[float]) -> None:
    pairs = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    assert auroc(yes, no) == pytest.approx(pairs / (len(yes) * len(no)))


@given(st.lists(st.sampled_from("abcdefghijklmnop"), unique=True), st.sets(st.sampled_from("abcxyz")))
def test_ndcg_is_best_when_right_documents_come_first(ranked: list[str], right: set[str]) -> None:
    ordered = sorted(ranked, key=lambda name: name not in right)
    assert 0.0 <= ndcg(ranked, sorted(right)) <= ndcg(ordered, sorted(right)) <= 1.0 + 1e-12
    first = [*sorted(right), *ranked]
    assert not right or ndcg(ranked_documents(first), sorted(right)) == pytest.approx(1.0)


def test_a_document_stands_where_its_first_passage_does() -> None:
    assert ranked_documents(["b", "a", "b", "c", "a"]) == ("b", "a", "c")


def test_percentiles_are_values_that_were_measured() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert (percentile(values, 0.5), percentile(values, 0.95), percentile([], 0.5)) == (3.0, 5.0, 0.0)


GOOD = {"id": "1", "question": "x?", "language": "en", "answerable": True, "documents": ["a.md"]}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"id": ""}, "id must"),
        ({"question": None}, "question must"),
        ({"answerable": "yes"}, "answerable must"),
        ({"documents": []}, "needs documents"),
        ({"documents": "a.md"}, "documents must"),
        ({"documents": [1]}, "documents must"),
        ({"answer": 3}, "answer must"),
        ({"language": 3}, "language must"),
    ],
)
def test_a_bad_line_is_refused_with_the_field(change: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        question_of(GOOD | change)


def test_a_good_line_is_read_whole() -> None:
    read = question_of(GOOD | {"id": 7, "answer": "3 days", "kind": "plain", "more": [1]})
    assert read == Question("7", "x?", "en", True, ("a.md",), "3 days", "plain")
    unanswerable = Question("2", "y", "", False)
    assert question_of({"id": "2", "question": "y", "answerable": False}) == unanswerable
    # The document that is near such a question doesn't answer it.
    near = GOOD | {"id": "2", "question": "y", "language": "", "answerable": False}
    assert question_of(near) == unanswerable


# --- a question goes the way of a turn

PAPUA = Passage("ongkir.md#1", "ongkir.md", "Ongkos kirim", "Ongkir ke Papua Rp85.000 per kg.", language="id")
OTHER = Passage("retur.md#1", "retur.md", "Retur", "Retur dalam 14 hari.", language="id")


class Shelf:
    """Passages in a fixed order, nearest first."""

    version, embedder = "v1", "e"

    def __init__(self, cosine: float) -> None:
        self.cosine = cosine
        self.queries: list[tuple[Query, int]] = []
        self.told: list[tuple[int, int]] = []

    def find(self, query: Query, limit: int) -> tuple[FoundPassage, ...]:
        self.queries.append((query, limit))
        hits = (FoundPassage(PAPUA, 1.0, self.cosine, 3.0), FoundPassage(OTHER, 0.4, self.cosine - 0.1, 0.0))
        return hits[:limit]


def silent(request: AnswerRequest) -> Answer:
    raise TryAgain("down")


def inventive(request: AnswerRequest) -> Answer:
    return Answer("Ongkir Rp99.000. [1]", (), "inventive")


def ask(*questions: Question, shelf: Shelf, **more: object) -> Report:
    write = cast(Callable[[AnswerRequest], Answer], more.get("write", extract))
    ticks: Iterator[int] = iter(range(10_000))
    calibration = more.get("calibration")
    assert calibration is None or isinstance(calibration, Calibration)

    def vector(text: str, embedder: str) -> Sequence[float]:
        assert embedder == "e"
        return [0.0]

    return evaluate(
        questions,
        shelf,
        vector,
        calibration,
        write,
        clock=lambda: float(next(ticks)),
        synonyms=(("ongkir", "biaya kirim"),),
        progress=lambda done, total: shelf.told.append((done, total)),
    )


def test_an_answered_question() -> None:
    shelf = Shelf(0.92)
    (came,) = ask(asked("ongkir.md", question="halo kak\nbrp ongkir ke Papua?"), shelf=shelf).outcomes
    assert (came.answered, came.reason, came.right) == (True, "", True)
    assert came.cited == ("ongkir.md",)
    assert came.ranked == ("ongkir.md", "retur.md")
    assert "Rp85.000" in came.text
    assert 0.5 < came.score < 1.0
    assert shelf.queries[0][0] == Query("berapa ongkir ke Papua", [0.0], ("biaya kirim",))
    assert (came.embed_ms, came.find_ms, came.total_ms) == (1000.0, 1000.0, 3000.0)


@pytest.mark.parametrize(
    ("question", "cosine", "more", "reason"),
    [
        ("siapa presiden Amerika?", 0.75, {}, "no_evidence"),
        ("saya mau bicara dengan orang", 0.92, {}, "asked_for_person"),
        ("ongkir ke Papua?", 0.92, {"write": silent}, "failure"),
        ("ongkir ke Papua?", 0.92, {"write": inventive}, "unknown_citation"),
        ("ongkir ke Papua?", 0.92, {"calibration": Calibration(threshold=0.9999)}, "no_evidence"),
    ],
)
def test_what_a_person_gets(question: str, cosine: float, more: dict[str, object], reason: str) -> None:
    (came,) = ask(asked("ongkir.md", question=question), shelf=Shelf(cosine), **more).outcomes
    assert (came.answered, came.reason, came.cited) == (False, reason, ())


def test_small_talk_is_answered_and_cites_nothing() -> None:
    (came,) = ask(asked("ongkir.md", question="terima kasih kak"), shelf=Shelf(0.9)).outcomes
    assert (came.answered, came.cited, came.right) == (True, (), False)


def test_progress_and_latency() -> None:
    shelf = Shelf(0.9)
    report = ask(asked("ongkir.md"), asked(), shelf=shelf)
    assert shelf.told == [(1, 2), (2, 2)]
    assert report.latency_ms(0.5) == 3000.0
    assert report.retrieval.recall_at_1 == 1.0
    assert report.answering.wrongly_answered in (0.0, 1.0)
