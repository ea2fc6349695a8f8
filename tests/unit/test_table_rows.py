"""A number of another row of a table than the one asked for."""

import pytest

from sahut.domain.answer import Answer, Citation, FoundPassage, Passage
from sahut.domain.grounding import cited_claims
from sahut.domain.quoting import quote
from sahut.domain.splitting import split_document
from sahut.domain.table_rows import rows_beside, rows_meant, speaks_of_another_row, tables_of

TABLE = """# Shipping
| Zone | Regular per kg | Express per kg |
|---|---|---|
| Yogyakarta and Central Java | Rp9.000 | Rp16.000 |
| Rest of Java | Rp14.000 | Rp25.000 |
| Kalimantan | Rp38.000 | Rp62.000 |
| Papua | Rp85.000 | not available |

Insurance costs Rp5.000 for every parcel.
"""
PASSAGES = split_document("shipping.md", TABLE)
FOUND = tuple(FoundPassage(passage, 1.0, 0.9, 5.0) for passage in PASSAGES)
(ROWS,) = tables_of([passage.text for passage in PASSAGES])


def zones(text: str) -> set[str]:
    return {
        row.text.split(";")[0].removeprefix("Zone: ") for row in ROWS if row.text in rows_meant(text, ROWS)
    }


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("How much is shipping to Papua?", {"Papua"}),
        ("ongkir ke kalimantn", {"Kalimantan"}),
        ("shipping to central java", {"Yogyakarta and Central Java"}),
        ("Is Central Java cheaper than Papua?", {"Yogyakarta and Central Java", "Papua"}),
        ("anywhere in Java", {"Yogyakarta and Central Java", "Rest of Java"}),
        # No row's name, but a word of one cell.
        ("where is express not available", {"Papua"}),
        ("What does shipping cost?", set()),
        ("shipping to Timor", set()),
    ],
)
def test_the_rows_that_a_text_names(text: str, meant: set[str]) -> None:
    assert zones(text) == meant


def another_row(question: str, text: str) -> bool:
    citation = Citation(1, PASSAGES[0].passage_id, "shipping.md", "Shipping")
    return speaks_of_another_row(question, cited_claims(Answer(text, (citation,), "test"), FOUND), PASSAGES)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How much is shipping to Papua?", "Shipping costs Rp38.000 per kg [1]."),
        ("How much is shipping to Papua?", "Shipping to Papua costs Rp38.000 per kg [1]."),
        ("How much is shipping to Papua?", "Shipping to Kalimantan costs Rp38.000 per kg [1]."),
        ("How much is it?", "Shipping to Papua costs Rp38.000 per kg [1]."),
        (
            "How much is shipping to Papua?",
            "Zone: Kalimantan; Regular per kg: Rp38.000; Express per kg: Rp62.000. [1]",
        ),
        ("ongkir ke papua", "Ongkirnya Rp14.000 [1]."),
    ],
)
def test_another_row_is_seen(question: str, text: str) -> None:
    assert another_row(question, text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("How much is shipping to Papua?", "Shipping to Papua costs Rp85.000 per kg [1]."),
        ("How much is shipping to Papua?", "It is Rp85.000 [1]. Kalimantan would be Rp38.000 [1]."),
        ("How much is shipping to Papua?", "Insurance costs Rp5.000 for every parcel [1]."),
        ("What does shipping cost?", "Shipping to Kalimantan costs Rp38.000 per kg [1]."),
        ("What does shipping cost?", "From Rp9.000 to Rp85.000 per kg [1]."),
        (
            "Is Central Java cheaper than Papua?",
            "Yes: Rp9.000 in Central Java [1]. Papua costs Rp85.000 [1].",
        ),
    ],
)
def test_the_right_row_passes(question: str, text: str) -> None:
    assert not another_row(question, text)


def test_a_table_that_is_cut_between_passages_is_one() -> None:
    first, second = (
        Passage("t#1", "t.md", "T", "Zone: Bali; Fee: Rp1.000.\nZone: Papua; Fee: Rp2.000."),
        Passage("t#2", "t.md", "T", "Zone: Maluku; Fee: Rp3.000."),
    )
    claims = cited_claims(
        Answer("It is Rp1.000 [1].", (Citation(1, "t#1", "t.md", "T"),), "test"),
        [FoundPassage(first, 1.0, 0.9, 5.0)],
    )
    assert speaks_of_another_row("fee for Maluku?", claims, (first, second))
    assert not speaks_of_another_row("fee for Maluku?", claims, (first,))


def test_prose_with_semicolons_is_no_table() -> None:
    assert tables_of(["We open daily: from nine; closed on Sunday.", "No colon; here."]) == ()


def test_a_quotation_leaves_the_other_rows_out() -> None:
    text, _ = quote("How much is regular shipping to Kalimantan per kg?", FOUND)
    assert "Rp38.000" in text
    assert "Rp9.000" not in text
    assert len(rows_beside("shipping to Kalimantan", PASSAGES)) == 3
