"""The SQLite index: whatever is asked, the right passages in the right order, and never an error."""

import math
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.errors import Refused
from sahut.domain.fusion import DENSE_WEIGHT, fused
from sahut.ports.passages import Entry, Query, Written
from sahut.stages.indexing import vector_bytes

TEXTS = (
    "Ongkos kirim ke Papua Rp85.000 per kilogram",
    "Barang dapat dikembalikan dalam 14 hari",
    "The café opens at nine and the café closes at five",
    "Ongkos kirim ke Jawa Rp14.000",
)
# Unit vectors; every number is exact in 16 bits.
VECTORS: Sequence[Sequence[float]] = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
PASSAGES = tuple(
    Passage(
        passage_id=f"d.md#{n}",
        document_id="d.md",
        title="Judul",
        text=text,
        heading="Bagian > Sub",
        page=n,
        start=n,
        end=n + 1,
        language="id",
        uri="s3://b/d.md",
        document_version="v7",
    )
    for n, text in enumerate(TEXTS)
)
ENTRIES = [Entry(passage, vector_bytes(vector)) for passage, vector in zip(PASSAGES, VECTORS, strict=True)]


def write(path: Path, entries: Sequence[Entry], dimensions: int = 2) -> Written:
    return SqliteIndexWriter(path).write(iter(entries), version="v1", embedder="toy", dimensions=dimensions)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "with space ? # %41.sqlite"
    assert write(path, ENTRIES) == Written(4, 0)
    return path


@pytest.fixture
def index(path: Path) -> SqlitePassages:
    return SqlitePassages(path)


def numbers(found: Sequence[FoundPassage]) -> list[str]:
    return [hit.passage.passage_id[-1] for hit in found]


def test_what_goes_in_comes_out(index: SqlitePassages) -> None:
    assert (index.version, index.embedder, len(index), index.collapsed) == ("v1", "toy", 4, 0)
    assert list(index.entries()) == ENTRIES
    assert index.documents() == {"d.md": 4}


def test_lexical_only(index: SqlitePassages) -> None:
    found = index.find(Query("ongkos kirim Papua"), 10)
    assert numbers(found) == ["0", "3"]
    assert [hit.dense for hit in found] == [0.0, 0.0]
    assert found[0].lexical > found[1].lexical > 0
    assert (found[0].fused, found[1].fused) == (1.0, found[1].lexical / found[0].lexical)


def test_fusion_is_the_weighted_sum_of_normalised_scores(index: SqlitePassages) -> None:
    query = Query("ongkos kirim Papua", (0.6, 0.8))
    found = {hit.passage.passage_id[-1]: hit for hit in index.find(query, 10)}
    assert {n: round(hit.dense, 6) for n, hit in found.items()} == {"0": 0.6, "1": 0.8, "2": -0.6, "3": -0.8}
    top = found["0"].lexical
    for hit in found.values():
        scaled = (hit.dense + 0.8) / 1.6
        expected = DENSE_WEIGHT * scaled + (1 - DENSE_WEIGHT) * hit.lexical / top
        assert math.isclose(hit.fused, expected, abs_tol=1e-6)
    assert [hit.fused for hit in found.values()] == sorted((h.fused for h in found.values()), reverse=True)


def test_the_limit_holds(index: SqlitePassages) -> None:
    query = Query("ongkos kirim Papua", (0.0, 1.0))
    assert numbers(index.find(query, 2)) == numbers(index.find(query, 10)[:2])
    assert len(index.find(Query("ongkos", (1.0, 0.0)), 1)) == 1
    assert index.find(query, 0) == ()


@pytest.mark.parametrize("query", ["CAFE", "café", "cafe\u0301", "ＣＡＦÉ"])
def test_diacritics_case_and_width_do_not_matter(index: SqlitePassages, query: str) -> None:
    assert numbers(index.find(Query(query), 3)) == ["2"]


@pytest.mark.parametrize("text", ["Straße", "ﬁnance", "İstanbul", "Ⅻ", "naïve"])
def test_what_is_written_is_found_as_it_is_written(tmp_path: Path, text: str) -> None:
    write(
        tmp_path / "x", [Entry(Passage("a#1", "a", "T", text)), Entry(Passage("b#1", "b", "T", "other"))], 0
    )
    assert [hit.passage.text for hit in SqlitePassages(tmp_path / "x").find(Query(text), 3)] == [text]


def test_synonyms_are_looked_up_beside_the_words(index: SqlitePassages) -> None:
    assert numbers(index.find(Query("retur"), 5)) == []
    assert numbers(index.find(Query("retur", synonyms=("dikembalikan",)), 5)) == ["1"]
    # Several words are a phrase.
    assert numbers(index.find(Query("retur", synonyms=("hari dalam",)), 5)) == []
    assert numbers(index.find(Query("Papua retur", synonyms=("14 hari", "di")), 5)) == ["1", "0"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.text(max_size=200),
        st.text(alphabet="\"'*:^()-+{} NEARANDORNOT\0;%_", max_size=60),
        st.sampled_from(
            ['"', 'a" OR "b', "NEAR(a b)", "body:x", "a*", "^a", "-a", "'; DROP TABLE passages; --"]
        ),
    )
)
def test_any_text_may_be_asked(index: SqlitePassages, query: str) -> None:
    assert len(index.find(Query(query, synonyms=(query,), tags=frozenset([query])), 5)) == 0
    assert len(index.find(Query(query, synonyms=(query,)), 5)) <= 4
    assert len(index.find(Query(query, (1.0, 0.0)), 5)) == 4


def test_the_wrong_vector_is_refused(index: SqlitePassages) -> None:
    with pytest.raises(Refused):
        index.find(Query("x", (1.0, 0.0, 0.0)), 5)


def test_a_lexical_index_ignores_vectors(tmp_path: Path) -> None:
    entries = [Entry(passage) for passage in PASSAGES]
    write(tmp_path / "lexical", entries, dimensions=0)
    index = SqlitePassages(tmp_path / "lexical")
    assert index.embedder == ""
    assert numbers(index.find(Query("Papua", (1.0, 0.0)), 5)) == ["0"]
    assert list(index.entries()) == entries


@pytest.mark.parametrize("dimensions", [0, 2])
def test_an_empty_index_finds_nothing(tmp_path: Path, dimensions: int) -> None:
    assert write(tmp_path / "empty", [], dimensions) == Written(0, 0)
    index = SqlitePassages(tmp_path / "empty")
    assert index.find(Query("Papua", (1.0, 0.0)), 5) == ()
    assert list(index.entries()) == []
    assert index.documents() == {}


@given(
    st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 3)), min_size=1, max_size=30),
    st.tuples(st.integers(-9, 9), st.integers(-9, 9)),
    st.integers(1, 12),
)
def test_the_best_are_those_of_a_search_through_everything(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[int, int, int]],
    asked: tuple[int, int],
    limit: int,
) -> None:
    path = tmp_path_factory.mktemp("x") / "x"
    matrix = np.array([row[:2] for row in rows], dtype=np.float16)
    texts = [f"w{n} " + "papua " * row[2] for n, row in enumerate(rows)]
    entries = [
        Entry(Passage(f"d#{n}", "d", "T", text), vector.tobytes())
        for n, (text, vector) in enumerate(zip(texts, matrix, strict=True))
    ]
    write(path, entries)
    index = SqlitePassages(path)
    cosines = dict(enumerate((matrix.astype(np.float32) @ np.array(asked, dtype=np.float32)).tolist()))
    lexical = {int(h.passage.passage_id[2:]): h.lexical for h in index.find(Query("papua"), 100)}
    scores = fused(cosines, min(cosines.values()), max(cosines.values()), lexical)
    expected = sorted(scores, key=lambda n: (-scores[n], n))[:limit]
    assert [int(h.passage.passage_id[2:]) for h in index.find(Query("papua", asked), limit)] == expected


def test_equal_input_gives_equal_bytes(tmp_path: Path, path: Path) -> None:
    write(tmp_path / "again", ENTRIES)
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, "again"])


def test_the_file_is_never_written(path: Path, index: SqlitePassages) -> None:
    before = path.read_bytes()
    index.find(Query("Papua", (1.0, 0.0)), 5)
    with pytest.raises(sqlite3.OperationalError):
        index._database.execute("DELETE FROM passages")
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208  # no journal, no lock


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ([ENTRIES[0], Entry(PASSAGES[1])], "a vector of 0 bytes, expected 4"),
        ([ENTRIES[0], Entry(PASSAGES[1], b"\0" * 6)], "a vector of 6 bytes, expected 4"),
        ([ENTRIES[0], ENTRIES[0]], "the same id"),
        ([ENTRIES[0], Entry(PASSAGES[1], ENTRIES[1].vector, ("x",))], "different tags"),
    ],
)
def test_a_build_that_fails_leaves_nothing(tmp_path: Path, entries: list[Entry], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        write(tmp_path / "x", entries)
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_fails_keeps_what_was_there(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(ValueError, match="the same id"):
        write(path, [ENTRIES[0], ENTRIES[0]])
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"\0" * 200])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(Refused):
        SqlitePassages(tmp_path / "x")


@pytest.mark.parametrize("other", ["0", "1", "3"])
def test_another_format_is_refused(path: Path, other: str) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = ? WHERE name = 'format'", (other,))
    database.close()
    with pytest.raises(Refused, match=f"format {other}"):
        SqlitePassages(path)
