"""The documents that indexing is measured with, and the tables of what was measured."""

from dataclasses import replace
from pathlib import Path

import pytest

from bench.figures import Ingestion, KnowledgeBuild, KnowledgeFigures
from bench.knowledge_corpus import WORDS_A_PAGE, documents, small_documents, write
from bench.knowledge_report import knowledge_tables
from sahut.adapters.parsers import FileParser
from sahut.stages.indexing import SourceDocument, passages_of

SECONDS = {"plan": 1.0, "read": 2.0, "embed": 40.0, "build": 3.0, "check": 0.5, "activate": 0.5}
BUILD = KnowledgeBuild(
    documents=5,
    pages=10,
    workers=1,
    cores=1,
    passages=40,
    embedded=40,
    characters=32_000,
    shards=(40,),
    seconds=SECONDS,
    a_passage_s=1.0,
    cpu_s=45.0,
    others_s=0.0,
)
OURS = Ingestion("Sahut", "its own", 10, 40, 32_000, 47.0, 40.0, 45.0, 0.0)
PEER = Ingestion("Agno", "800 characters", 10, 20, 16_000, 47.0, 40.0, 45.0, 0.0)


def test_the_documents_are_the_same_in_every_run() -> None:
    assert list(documents(9)) == list(documents(9))
    assert [name.rpartition(".")[2] for name, _ in documents(9)] == ["md", "html", "pdf"]


@pytest.mark.parametrize("kind", ["md", "html", "pdf"])
def test_a_document_of_each_kind_can_be_read_whole(kind: str, tmp_path: Path) -> None:
    assert write(tmp_path, 9) == 9
    (file,) = tmp_path.glob(f"*.{kind}")
    words = len(FileParser().parse(file, file.name).text.split())
    assert 3 * WORDS_A_PAGE < words < 1.2 * 3 * WORDS_A_PAGE


def test_a_small_document_is_one_passage() -> None:
    notes = [SourceDocument(name, body.decode()) for name, body in small_documents(1_000)]
    assert {len(passages_of(note)) for note in notes} == {1}
    assert len({note.text for note in notes}) == len(notes)


def test_rounds_are_added_up_and_a_larger_base_is_calculated() -> None:
    twice_as_fast = replace(BUILD, workers=2, cores=2, seconds=SECONDS | {"embed": 20.0})
    one_changed = replace(BUILD, embedded=1)
    slow_round = replace(OURS, seconds=3 * 47.0)
    figures = KnowledgeFigures((OURS, slow_round, PEER), (BUILD, twice_as_fast), BUILD, one_changed)
    said = knowledge_tables(figures)
    # 80 passages in 188 s, beside 20 in 47 s; a second per passage.
    assert "passages/s 1.00 ×, pages/s 0.50 ×" in said
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in said.splitlines()]
    assert ["1", "4,000", "66.7", "700"] in rows
    assert ["2", "4,000", "33.3", "700"] in rows
    assert ["40", "4,000", "1.7", "700"] in rows
