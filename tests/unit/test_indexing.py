"""The pieces that every way of building an index shares."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.answer import Passage
from sahut.ports.passages import Entry
from sahut.stages.indexing import SourceDocument, VersionDigest, content_hash, passages_of, vector_bytes

PASSAGE = Passage("d#1", "d", "Title", "text", heading="H", page=2, start=0, end=4, language="en", uri="u")
ENTRIES = [
    Entry(replace(PASSAGE, passage_id=f"d#{n}", text=f"text {n}"), b"\0\0" * n, ("a", "b")) for n in range(5)
]


def digest(entries: list[Entry], embedder: str = "e5") -> str:
    made = VersionDigest(embedder)
    for entry in entries:
        made.add(entry)
    return made.hexdigest20()


@given(st.permutations(ENTRIES))
def test_a_version_is_named_by_what_is_in_it_and_not_by_how_it_got_there(entries: list[Entry]) -> None:
    assert digest(entries) == digest(ENTRIES)
    assert len(digest(entries)) == 20
    assert int(digest(entries), 16)


def test_vectors_and_the_order_of_tags_do_not_change_a_version() -> None:
    other = [Entry(entry.passage, b"", ("b", "a")) for entry in ENTRIES]
    assert digest(other) == digest(ENTRIES)


@pytest.mark.parametrize(
    "change",
    [
        {"text": "other"}, {"title": "x"}, {"heading": "x"}, {"page": 3}, {"start": 1}, {"end": 5},
        {"language": "id"}, {"document_version": "x"}, {"document_id": "x"}, {"passage_id": "x"},
        {"uri": "x"},
    ],
)  # fmt: skip
def test_everything_that_an_answer_shows_changes_a_version(change: dict[str, str | int]) -> None:
    changed = Entry(replace(ENTRIES[0].passage, **change), tags=("a", "b"))  # type: ignore[arg-type]
    assert digest([changed, *ENTRIES[1:]]) != digest(ENTRIES)


def test_embedder_tags_and_number_change_a_version() -> None:
    names = [
        digest(ENTRIES),
        digest(ENTRIES, "other"),
        digest(ENTRIES, ""),
        digest(ENTRIES[1:]),
        digest([*ENTRIES, ENTRIES[0]]),
        digest([]),
        digest([replace(ENTRIES[0], tags=("a",)), *ENTRIES[1:]]),
    ]
    assert len(set(names)) == len(names)


def test_a_hash_names_what_is_embedded() -> None:
    elsewhere = replace(PASSAGE, passage_id="x#9", document_id="x", page=7, uri="", document_version="3")
    assert content_hash(elsewhere) == content_hash(PASSAGE)
    assert content_hash(replace(PASSAGE, heading="Other")) != content_hash(PASSAGE)


@given(st.lists(st.floats(-1, 1), max_size=40))
def test_vectors_are_the_float16_that_numpy_makes(vector: list[float]) -> None:
    assert vector_bytes(vector) == np.array(vector, dtype="<f2").tobytes()


def test_a_vector_that_float16_cannot_hold_is_an_error() -> None:
    with pytest.raises(ValueError, match="unit length"):
        vector_bytes([1e6])


def test_passages_of_a_document() -> None:
    document = SourceDocument(
        "a.pdf", "One.\n\nTwo.", uri="u", title="T", pages=((0, 1),), document_version="v"
    )
    assert passages_of(document) == (
        Passage("a.pdf#1", "a.pdf", "T", "One.\nTwo.", page=1, end=10, uri="u", document_version="v"),
    )
    assert passages_of(SourceDocument("a.pdf", " \n")) == ()
