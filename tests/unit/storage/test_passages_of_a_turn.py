"""A turn's passages: one attribute of text, and the maps of maps that earlier versions stored."""

from sahut.adapters.dynamodb.records import passages_from, passages_text
from sahut.adapters.dynamodb.wire import Item
from sahut.domain.answer import FoundPassage, Passage

FOUND = (
    FoundPassage(
        Passage("d#1", "d.md", "Ongkir", "Ongkos kirim ke Papua “Rp95.000”.", language="id", page=3),
        fused=0.91,
        dense=0.87,
        lexical=5.25,
    ),
    FoundPassage(
        Passage("d#2", "d.md", "Kurir", "JNE\nJ&T", heading="Kurir", start=4, end=11), 0.5, 0.4, 0.0
    ),
)


def test_passages_are_read_as_they_were_stored() -> None:
    assert passages_from({"passages": passages_text(FOUND)}) == FOUND
    assert passages_from({"passages": passages_text(())}) == ()
    assert passages_from({}) == ()


def test_passages_that_an_earlier_version_stored_are_still_read() -> None:
    passage: Item = {"passage_id": "d#1", "document_id": "d.md", "title": "Fees", "text": "Free.", "page": 2}
    stored: Item = {"passages": [{"passage": passage, "fused": 1, "dense": 0.5, "lexical": 0.25}]}

    assert passages_from(stored) == (
        FoundPassage(Passage("d#1", "d.md", "Fees", "Free.", language="", page=2), 1.0, 0.5, 0.25),
    )
