"""What one version of an index gives to the next: everything but deleted documents, and copies come back."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.adapters.sqlite_index.schema import CHUNK
from sahut.domain.answer import Passage
from sahut.ports.passages import Entry, Query, Written
from sahut.stages.indexing import vector_bytes

COPIED = "The shop opens at nine and closes at five, from Monday to Friday."


def entry(document: str, number: int, text: str, tags: tuple[str, ...] = (), x: float = 1.0) -> Entry:
    return Entry(Passage(f"{document}#{number}", document, "T", text), vector_bytes((x, 0.0)), tags)


def write(path: Path, entries: Sequence[Entry]) -> SqlitePassages:
    SqliteIndexWriter(path).write(iter(entries), version="v", embedder="toy", dimensions=2)
    return SqlitePassages(path)


def found(index: SqlitePassages, query: Query) -> set[str]:
    return {hit.passage.document_id for hit in index.find(query, 50)}


COPIES = [
    entry("a", 1, COPIED, x=0.5),
    entry("b", 1, COPIED.upper().title(), x=0.7),
    entry("c", 1, COPIED, x=1),
]


def test_a_copy_is_kept_and_never_found(tmp_path: Path) -> None:
    index = write(tmp_path / "x", [*COPIES, entry("d", 1, "Bread costs £2.", x=-1.0)])
    assert (len(index), index.collapsed) == (4, 1)
    # b is written with other capitals: not surely a copy.
    for query in (Query("shop opens"), Query("shop opens", (1.0, 0.0)), Query("", (1.0, 0.0))):
        assert "c" not in found(index, query)
        assert {"a", "b"} <= found(index, query)
    # The copy's cosine of 1.0 has no say in what is near.
    (best, *_) = index.find(Query("", (1.0, 0.0)), 5)
    assert (best.passage.document_id, best.fused) == ("b", 0.7)
    assert [each.passage.document_id for each in index.entries()] == ["a", "b", "c", "d"]
    assert index.documents() == {"a": 1, "b": 1, "c": 1, "d": 1}


def test_a_copy_comes_back_when_the_first_one_goes(tmp_path: Path) -> None:
    old = write(tmp_path / "old", COPIES)
    new = write(tmp_path / "new", [*old.entries(without_documents={"a"})])
    assert found(new, Query("shop opens", (1.0, 0.0))) == {"b", "c"}
    assert new.collapsed == 0


def test_a_document_with_other_tags_is_no_copy(tmp_path: Path) -> None:
    index = write(tmp_path / "x", [entry("a", 1, COPIED, ("staff",)), entry("b", 1, COPIED, ("public",))])
    assert found(index, Query("shop", tags=frozenset(["public"]))) == {"b"}


@pytest.mark.parametrize("vector", [None, (1.0, 0.0)])
@pytest.mark.parametrize(
    ("tags", "expected"),
    [((), "abcd"), (("x",), "bc"), (("x", "y"), "c"), (("y",), "cd"), (("none",), ""), (("x", "none"), "")],
)
def test_only_documents_with_all_the_tags_are_found(
    tmp_path: Path, vector: Sequence[float] | None, tags: tuple[str, ...], expected: str
) -> None:
    carried = {"a": (), "b": ("x",), "c": ("y", "x"), "d": ("y",)}
    entries = [
        entry(name, n, f"shop {name} {n}", carried[name], x=n / 8) for name in carried for n in range(8)
    ]
    index = write(tmp_path / "x", entries)
    assert found(index, Query("shop", vector, tags=frozenset(tags))) == set(expected)
    assert len(index.find(Query("shop", vector, tags=frozenset(tags)), 3)) == min(3, 8 * len(expected))
    assert [each.tags for each in index.entries()] == [carried[name] for name in carried for _ in range(8)]


ENTRIES = st.lists(
    st.tuples(
        st.sampled_from("abcde"), st.sampled_from([COPIED, "Bread.", "Milk costs 2."]), st.floats(-1, 1)
    ),
    max_size=40,
).map(lambda rows: [entry(name, n, text, (name,), x) for n, (name, text, x) in enumerate(rows)])


@settings(deadline=None)
@given(ENTRIES, st.sets(st.sampled_from("abcde")))
def test_no_passage_of_a_deleted_document_survives_and_all_others_do(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry], gone: set[str]
) -> None:
    folder = tmp_path_factory.mktemp("x")
    old = write(folder / "old", entries)
    kept = [each for each in entries if each.passage.document_id not in gone]
    assert list(old.entries()) == entries
    new = write(folder / "new", [*old.entries(without_documents=gone)])
    assert list(new.entries()) == kept
    assert new.documents().keys() == {each.passage.document_id for each in kept}
    assert found(new, Query("bread milk shop", (1.0, 0.0))) <= new.documents().keys()
    # By whatever way it was built.
    write(folder / "afresh", kept)
    assert (folder / "afresh").read_bytes() == (folder / "new").read_bytes()


def test_more_than_one_chunk_of_vectors(tmp_path: Path) -> None:
    entries = [
        entry(f"{n % 7}", n, COPIED if n % 3 == 0 else f"Number {n}.", x=n / 2048)
        for n in range(2 * CHUNK + 9)
    ]
    index = write(tmp_path / "x", entries)
    assert list(index.entries()) == entries
    assert index.collapsed == len([n for n in range(1, len(entries)) if n % 3 == 0])
    best = index.find(Query("", (1.0, 0.0)), 5)
    last = [n for n in range(len(entries)) if n % 3][-5:]
    assert [hit.passage.passage_id for hit in best] == [f"{n % 7}#{n}" for n in reversed(last)]
    assert [hit.dense for hit in best] == [n / 2048 for n in reversed(last)]


def test_entries_are_read_while_others_search(tmp_path: Path) -> None:
    index = write(tmp_path / "x", [entry("a", n, f"Number {n}.") for n in range(3 * CHUNK)])
    reading = index.entries()
    next(reading)
    with ThreadPoolExecutor(4) as pool:
        hits = list(pool.map(lambda n: index.find(Query(f"{n}", (1.0, 0.0)), 1), range(40)))
    assert [hit[0].passage.text for hit in hits] == [f"Number {n}." for n in range(40)]
    assert len(list(reading)) == 3 * CHUNK - 1


def test_a_copy_of_the_file_name_only(tmp_path: Path) -> None:
    """Two files with one content, without a heading: their titles are their names, and say nothing."""
    texts = [
        Entry(Passage(f"{name}#1", name, title, COPIED)) for name, title in (("a.txt", "A"), ("b.txt", "B"))
    ]
    written = SqliteIndexWriter(tmp_path / "x").write(texts, version="v", embedder="", dimensions=0)
    assert written == Written(2, 1)
