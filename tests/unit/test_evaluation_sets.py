"""The evaluation sets keep their promises: a third has no answer, and every answer stands in a document."""

import html
import re
from collections import Counter
from pathlib import Path

import pytest

from sahut.domain.evaluation import Question
from sahut.stages.evaluation_set import read_questions

ROOT = Path(__file__).parents[2]
TENANTS = sorted(path for path in (ROOT / "sandbox/seed_data").iterdir() if path.is_dir())
HELD_OUT = sorted(path for path in (ROOT / "bench/sets").iterdir() if path.is_dir())
SETS = [*TENANTS, *HELD_OUT]


def questions_of(folder: Path) -> list[Question]:
    return read_questions((folder / "questions.jsonl").read_text(encoding="utf-8"))


def text_of(document: Path) -> str:
    """What a reader sees of it, in one line."""
    text = document.read_text(encoding="utf-8")
    if document.suffix == ".html":
        text = html.unescape(re.sub(r"<[^>]*>", " ", text))
    return " ".join(text.split())


@pytest.fixture(params=SETS, ids=lambda folder: str(folder.name))
def folder(request: pytest.FixtureRequest) -> Path:
    chosen: Path = request.param
    return chosen


def test_there_are_six_sets() -> None:
    assert [each.name for each in TENANTS] == ["northwind-bank", "toko-melati"]
    assert [each.name for each in HELD_OUT] == [
        "encyclopedia-en",
        "ensiklopedia-id",
        "faq-paraphrase",
        "product-docs",
    ]


def test_a_set_has_enough_questions_and_a_third_of_them_can_not_be_answered(folder: Path) -> None:
    questions = questions_of(folder)
    unanswerable = sum(not question.answerable for question in questions)

    assert len(questions) >= 60
    assert len({question.question.casefold() for question in questions}) == len(questions)
    assert unanswerable * 3 == pytest.approx(len(questions), abs=2)


def test_half_of_the_unanswerable_ones_are_close_to_the_topic(folder: Path) -> None:
    kinds = Counter(question.kind for question in questions_of(folder) if not question.answerable)

    assert set(kinds) <= {"near", "foreign", "language"}
    assert kinds["near"] * 2 >= kinds.total()
    assert kinds["foreign"] >= 8


def test_every_answer_stands_in_a_document_that_is_named(folder: Path) -> None:
    texts = {path.name: text_of(path) for path in (folder / "documents").iterdir()}

    for question in questions_of(folder):
        assert bool(question.documents) is question.answerable, question.id
        assert set(question.documents) <= set(texts), question.id
        if question.answer:
            assert any(question.answer in texts[name] for name in question.documents), question.id


def test_nearly_every_answerable_question_says_what_its_answer_is(folder: Path) -> None:
    answerable = [question for question in questions_of(folder) if question.answerable]

    assert sum(not question.answer for question in answerable) <= 1


def test_languages_are_those_of_the_set() -> None:
    spoken = {each.name: {question.language for question in questions_of(each)} for each in SETS}

    assert spoken == {
        "encyclopedia-en": {"en"},
        "ensiklopedia-id": {"id"},
        "faq-paraphrase": {"en", "id"},
        "northwind-bank": {"en", "id"},
        "product-docs": {"en"},
        "toko-melati": {"en", "id"},
    }


@pytest.mark.parametrize("folder", TENANTS, ids=lambda folder: str(folder.name))
def test_tenants_are_asked_in_every_way_that_customers_write(folder: Path) -> None:
    questions = questions_of(folder)
    kinds = Counter(question.kind for question in questions)

    assert {"plain", "paraphrase", "misspelt", "mixed", "burst", "language"} <= set(kinds)
    assert all(kinds[kind] >= 2 for kind in kinds)


def test_questions_to_the_office_share_no_longer_word_with_their_answers() -> None:
    """The set measures meaning: words alone must not find the entry. Half of it asks in Indonesian."""
    folder = ROOT / "bench/sets/faq-paraphrase"
    answerable = [question for question in questions_of(folder) if question.answerable]

    assert sum(question.language == "id" for question in answerable) * 2 == len(answerable)
    for question in answerable:
        entries = [entry for name in question.documents for entry in entries_of(folder / "documents" / name)]
        (right,) = (entry for entry in entries if question.answer in entry)
        assert not long_words(question.question) & long_words(right), question.id


def test_the_office_answers_sixty_questions() -> None:
    documents = (ROOT / "bench/sets/faq-paraphrase/documents").iterdir()

    assert sum(len(entries_of(path)) for path in documents) == 60


def entries_of(document: Path) -> list[str]:
    """Each question with its answer, in one line."""
    marks = {".html": "<h3>", ".md": "### ", ".txt": "Q: "}
    parts = document.read_text(encoding="utf-8").split("\n" + marks[document.suffix])[1:]
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", " ", part)).split()) for part in parts]


def long_words(text: str) -> set[str]:
    return {word for word in re.findall(r"\w+", text.casefold()) if len(word) >= 5}
