"""The SQLite index: whatever is asked, the right passages in the right order, and never an error."""

import math
import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sahut.adapters.sqlite_index.build import build
from sahut.adapters.sqlite_index.passages import DENSE_WEIGHT, SqlitePassages, fts_query
from sahut.domain.answer import Passage
from sahut.domain.errors import Refused

TEXTS = (
    "Ongkos kirim ke Papua Rp85.000 per kilogram",
    "Barang dapat dikembalikan dalam 14 hari",
    "The café opens at nine and the café closes at five",
    "Ongkos kirim ke Jawa Rp14.000",
)
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
    )
    for n, text in enumerate(TEXTS)
)
# Unit vectors; every number is exact in 16 bits.
VECTORS: Sequence[Sequence[float]] = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "with space ? # %41.sqlite"
    build(path, PASSAGES, VECTORS, version="v1", embedder="toy")
    return path


@pytest.fixture
def index(path: Path) -> SqlitePassages:
    return SqlitePassages(path)


def numbers(found: Sequence[object]) -> list[str]:
    return [hit.passage.passage_id[-1] for hit in found]  # type: ignore[attr-defined]


def test_what_goes_in_comes_out(index: SqlitePassages) -> None:
    assert (index.version, index.embedder, len(index)) == ("v1", "toy", 4)
    assert [passage for passage, _ in index.passages_with_vectors()] == list(PASSAGES)
    assert [tuple(vector) for _, vector in index.passages_with_vectors()] == list(VECTORS)


def test_lexical_only(index: SqlitePassages) -> None:
    found = index.find("ongkos kirim Papua", None, 10)
    assert numbers(found) == ["0", "3"]
    assert [hit.dense for hit in found] == [0.0, 0.0]
    assert found[0].lexical > found[1].lexical > 0
    assert (found[0].fused, found[1].fused) == (1.0, found[1].lexical / found[0].lexical)


def test_fusion_is_the_weighted_sum_of_normalised_scores(index: SqlitePassages) -> None:
    found = {hit.passage.passage_id[-1]: hit for hit in index.find("ongkos kirim Papua", (0.6, 0.8), 10)}
    assert {n: round(hit.dense, 6) for n, hit in found.items()} == {"0": 0.6, "1": 0.8, "2": -0.6, "3": -0.8}
    top = found["0"].lexical
    for hit in found.values():
        scaled = (hit.dense + 0.8) / 1.6
        expected = DENSE_WEIGHT * scaled + (1 - DENSE_WEIGHT) * hit.lexical / top
        assert math.isclose(hit.fused, expected, abs_tol=1e-6)
    assert list(found) == ["0", "1", "3", "2"] or list(found) == ["0", "1", "2", "3"]
    fused = [hit.fused for hit in found.values()]
    assert fused == sorted(fused, reverse=True)


def test_the_limit_holds(index: SqlitePassages) -> None:
    assert numbers(index.find("ongkos kirim Papua", (0.0, 1.0), 2)) == numbers(
        index.find("ongkos kirim Papua", (0.0, 1.0), 10)[:2]
    )
    assert len(index.find("ongkos", (1.0, 0.0), 1)) == 1


def test_diacritics_and_case_do_not_matter(index: SqlitePassages) -> None:
    assert numbers(index.find("CAFE", None, 3)) == numbers(index.find("café", None, 3)) == ["2"]


def test_stop_words_are_dropped_unless_there_is_nothing_else() -> None:
    assert fts_query("Berapa ongkir ke Papua?") == '"ongkir" OR "papua"'
    assert fts_query("where is it") == '"where" OR "is" OR "it"'
    assert fts_query("?! …") == ""
    assert fts_query("x " * 500 + " ".join(f"w{n}" for n in range(500))).count(" OR ") == 39


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
    assert len(index.find(query, None, 5)) <= 4
    assert len(index.find(query, (1.0, 0.0), 5)) == 4


def test_the_wrong_vector_is_refused(index: SqlitePassages) -> None:
    with pytest.raises(Refused):
        index.find("x", (1.0, 0.0, 0.0), 5)


def test_a_lexical_index_ignores_vectors(tmp_path: Path) -> None:
    build(tmp_path / "lexical", PASSAGES, None, version="v", embedder="")
    index = SqlitePassages(tmp_path / "lexical")
    assert index.embedder == ""
    assert numbers(index.find("Papua", (1.0, 0.0), 5)) == ["0"]
    assert index.passages_with_vectors() == []


def test_an_empty_index_finds_nothing(tmp_path: Path) -> None:
    build(tmp_path / "empty", (), (), version="v", embedder="toy")
    assert SqlitePassages(tmp_path / "empty").find("Papua", (1.0, 0.0), 5) == ()


def test_equal_input_gives_equal_bytes(tmp_path: Path, path: Path) -> None:
    build(tmp_path / "again", PASSAGES, VECTORS, version="v1", embedder="toy")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([path.name, "again"])


def test_the_file_is_never_written(path: Path, index: SqlitePassages) -> None:
    before = path.read_bytes()
    index.find("Papua", (1.0, 0.0), 5)
    with pytest.raises(sqlite3.OperationalError):
        index._database.execute("DELETE FROM passages")
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208  # no journal, no lock


def test_vectors_must_match_passages(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="4 passages, 1 vectors"):
        build(tmp_path / "x", PASSAGES, VECTORS[:1], version="v", embedder="toy")
    assert list(tmp_path.iterdir()) == []


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        build(tmp_path / "x", PASSAGES[:1] * 2, None, version="v", embedder="")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"no database at all", b"SQLite format 3\0" + b"\0" * 200])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(Refused):
        SqlitePassages(tmp_path / "x")


def test_another_format_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = '0' WHERE name = 'format'")
    database.close()
    with pytest.raises(Refused, match="format 0"):
        SqlitePassages(path)
