"""PDF: text in order, pages, tables, headings, damage, size."""

import io
from pathlib import Path

import pypdf
import pytest

from sahut.adapters.parsers import IsolatedParser, pdf_files
from sahut.adapters.parsers.pdf_places import Cell, Line
from sahut.adapters.parsers.pdf_tables import table_at
from sahut.domain.splitting import split_document
from sahut.ports.parser import Unreadable
from tests.unit.parsers.conftest import Read, Refuse
from tests.unit.parsers.pdf_maker import Put, make_pdf

HEBREW = "שלום עולם"
ARABIC = "مرحبا بكم"
PAGE: list[Put] = [
    (72, 720, 24, "Delivery"),
    (72, 690, 11, "We ship every day and the informa-"),
    (72, 676, 11, "tion is here. We sell barang-"),
    (72, 662, 11, "barang too."),
    (72, 634, 11, "A second paragraph."),
    (72, 604, 16, "Cost"),
    (72, 580, 11, "Region"), (250, 580, 11, "Price"), (400, 580, 11, "Days"),
    (72, 565, 11, "Papua"), (250, 565, 11, "Rp85.000"), (400, 565, 11, "8-14"),
    (400, 553, 11, "working days"),
    (72, 538, 11, "Java Island"), (250, 538, 11, "Rp9.000"), (400, 538, 11, "1-2"),
    (72, 523, 11, "Bali"), (400, 523, 11, "2-3"),
    (72, 490, 11, "• By card,"), (82, 476, 11, "or in cash"), (72, 462, 11, "• Later"),
    (60, 452, 11, "And so on."),
    (72, 440, 11, "1. Open the app."), (72, 426, 11, "2. Pay."),
]  # fmt: skip
EXPECTED = """# Delivery

We ship every day and the information is here. We sell barang-barang too.

A second paragraph.

## Cost

| Region | Price | Days |
| --- | --- | --- |
| Papua | Rp85.000 | 8-14 working days |
| Java Island | Rp9.000 | 1-2 |
| Bali |  | 2-3 |

- By card, or in cash
- Later

And so on.

1. Open the app.
2. Pay.

Page two."""


def test_headings_paragraphs_tables_items_and_pages(read: Read) -> None:
    parsed = read("delivery.pdf", make_pdf([PAGE, [(72, 700, 11, "Page two.")]], title="How we deliver"))
    assert parsed.text == EXPECTED
    assert parsed.title == "How we deliver"
    assert parsed.pages == ((0, 1), (EXPECTED.index("Page two."), 2))
    assert parsed.notes == ()


def test_a_citation_has_the_page(read: Read) -> None:
    parsed = read("x.pdf", make_pdf([[(72, 700, 11, f"Text of page {n}.")] for n in (1, 2, 3)]))
    passages = split_document("x.pdf", parsed.text, pages=parsed.pages)
    assert [(p.text.splitlines()[0], p.page) for p in passages][:1] == [("Text of page 1.", 1)]
    at = parsed.text.index("page 3")
    assert [number for offset, number in parsed.pages if offset <= at][-1] == 3


@pytest.mark.parametrize(
    "title", ["Microsoft Word - final2.docx", "untitled", "prices.xlsx", "Presentation1", "  "]
)
def test_a_title_that_a_program_wrote_is_none(read: Read, title: str) -> None:
    assert read("x.pdf", make_pdf([[(72, 700, 11, "Text.")]], title=title)).title == ""


@pytest.mark.parametrize("text", [HEBREW, ARABIC])
def test_right_to_left_text_is_in_logical_order(read: Read, text: str) -> None:
    """PDFs hold it as it is seen: the last letter first."""
    script = "".join(sorted(set(text.replace(" ", ""))))
    page: list[Put] = [(72, 700, 12, text[::-1]), (72, 680, 12, f"abc {text[::-1]}")]
    assert text in read("x.pdf", make_pdf([page], script=script)).text.splitlines()[0]


def test_letters_that_fonts_join_are_read_as_letters(read: Read) -> None:
    page: list[Put] = [(72, 700, 12, "eﬃcient oﬃce"), (72, 680, 12, "ﻣﺮﺣﺒﺎ"[::-1])]
    text = read("x.pdf", make_pdf([page], script="ﬃﻣﺮﺣﺒﺎ")).text
    assert "efficient office" in text
    assert "مرحبا" in text


def test_columns_are_read_one_after_the_other(read: Read) -> None:
    left: list[Put] = [(72, 700 - 14 * n, 11, f"The left column says {n} and goes") for n in range(5)]
    right: list[Put] = [(320, 700 - 14 * n, 11, f"the right column says {n} and goes") for n in range(5)]
    text = read("x.pdf", make_pdf([left + right])).text
    assert "|" not in text
    assert text.index("left column says 4") < text.index("right column says 0")


def test_cells_written_column_by_column_still_form_rows() -> None:
    def row(y: float, *texts: str) -> Line:
        cells = tuple(Cell(text, 72 + 150 * n, 120 + 150 * n) for n, text in enumerate(texts) if text)
        return Line(" ".join(texts), cells[0].left, cells[-1].right, y, 11, cells)

    lines = [
        row(700, "Region", "Days", "Price"),
        row(685, "Papua", "8-14"),
        Line("working days", 222, 280, 673, 11),
        Line("85", 372, 390, 685, 11),
        row(658, "Bali", "2", "9"),
        Line("Java", 72, 95, 643, 11),
        row(628, "Aceh", "3", "7"),
        Line("Prices include tax.", 72, 170, 600, 11),
    ]
    table = table_at(lines, 0)
    assert table is not None
    assert table.rows == [
        ["Region", "Days", "Price"],
        ["Papua", "8-14 working days", "85"],
        ["Bali", "2", "9"],
        ["Java", "", ""],
        ["Aceh", "3", "7"],
    ]
    assert table.lines == 7


@pytest.mark.parametrize(
    "rows",
    [
        [["a", "b"], ["c", "d"]],  # too few
        [["word " * 20, "other " * 20]] * 5,  # prose, written across
    ],
)
def test_what_only_looks_like_a_table_stays_text(rows: list[list[str]]) -> None:
    lines = [
        Line(" ".join(row), 72, 500, 700 - 14 * at, 11, (
            Cell(row[0], 72, 200), Cell(row[1], 300, 500),
        ))
        for at, row in enumerate(rows)
    ]  # fmt: skip
    assert table_at(lines, 0) is None


def test_a_list_with_wide_gaps_is_no_table(read: Read) -> None:
    marks = ["•", "•", "•", "1.", "2.", "3."]
    page: list[Put] = []
    for at, mark in enumerate(marks):
        page += [(72, 700 - 15 * at, 8, mark), (110, 700 - 15 * at, 11, f"What item {at} says.")]
    text = read("x.pdf", make_pdf([page])).text
    assert "|" not in text
    assert text.splitlines()[:4:3] == ["- What item 0 says.", "1. What item 3 says."]


def test_what_every_page_repeats_is_said_once(read: Read) -> None:
    def page(number: int) -> list[Put]:
        body = [(72.0, 700.0 - 14 * line, 11.0, f"Line {line} of page {number} goes") for line in range(10)]
        return [(72, 760, 8, "Shop Melati"), *body, (300, 40, 8, f"Page {number} of 4")]

    parsed = read("x.pdf", make_pdf([page(number) for number in (1, 2, 3, 4)]))
    assert parsed.text.count("Shop Melati") == 1
    assert parsed.text.count("Page") == 1
    assert parsed.text.count(" goes") == 40


def test_a_sentence_goes_on_in_the_next_column(read: Read) -> None:
    left: list[Put] = [(72, 700 - 14 * n, 11, f"Left line {n} and goes") for n in range(5)]
    right: list[Put] = [(320, 700 - 14 * n, 11, f"right line {n} ends.") for n in range(5)]
    assert "Left line 4 and goes right line 0 ends." in read("x.pdf", make_pdf([left + right])).text
    left[-1] = (*left[-1][:3], "Left line ends.")
    assert "Left line ends.\n\nright line 0 ends." in read("x.pdf", make_pdf([left + right])).text


def test_a_line_across_the_columns_ends_the_table() -> None:
    def row(y: float, *spans: tuple[float, float]) -> Line:
        cells = tuple(Cell(f"{left:.0f}", left, right) for left, right in spans)
        return Line("row", spans[0][0], spans[-1][1], y, 11, cells)

    columns = ((72.0, 120.0), (200.0, 260.0), (350.0, 400.0))
    rows = [row(700 - 15 * at, *columns) for at in range(3)]
    across = row(655, (72, 240), (350, 400))
    bridging = row(655, (72, 120), (200, 400))
    for last in (across, bridging):
        table = table_at([*rows, last], 0)
        assert table is not None
        assert table.lines == 3


def test_an_encrypted_file_says_so(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    # pypdf can't tell for ciphers for which it lacks a library.
    monkeypatch.delattr(pdf_files, "read_with_pypdf")
    writer = pypdf.PdfWriter(io.BytesIO(make_pdf([PAGE])))
    writer.encrypt("secret", algorithm="RC4-128")
    kept = io.BytesIO()
    writer.write(kept)
    reason, detail = refuse("x.pdf", kept.getvalue())
    assert reason is Unreadable.ENCRYPTED
    assert "password" in detail


def test_a_file_that_only_forbids_changes_is_read(read: Read) -> None:
    writer = pypdf.PdfWriter(io.BytesIO(make_pdf([PAGE])))
    writer.encrypt("", "owner", algorithm="RC4-128")
    kept = io.BytesIO()
    writer.write(kept)
    assert "We ship every day" in read("x.pdf", kept.getvalue()).text


def test_a_corrupt_file_says_so(refuse: Refuse) -> None:
    assert refuse("x.pdf", b"%PDF-1.7\n" + b"\x00\xffjunk" * 500)[0] is Unreadable.CORRUPT


def test_a_file_with_a_wrong_table_of_contents_is_still_read(read: Read) -> None:
    broken = make_pdf([PAGE]).replace(b"startxref\n", b"startxref\n9")
    assert "We ship every day" in read("x.pdf", broken).text


def test_pypdf_reads_what_pdfium_does_not_open(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "_opened", lambda file: None)
    parsed = read("x.pdf", make_pdf([PAGE, [], [(72, 700, 11, "Page three.")]]))
    assert "We ship every day" in parsed.text
    assert parsed.pages == ((0, 1), (parsed.text.index("Page three."), 3))
    assert parsed.notes == ("1 of 3 pages have no text.",)


def test_empty_pages_are_empty(refuse: Refuse) -> None:
    assert refuse("x.pdf", make_pdf([[], []]))[0] is Unreadable.EMPTY


def test_more_pages_than_are_read(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_files, "MAX_PAGES", 2)
    reason, detail = refuse("x.pdf", make_pdf([PAGE] * 3))
    assert reason is Unreadable.TOO_MANY_PAGES
    assert "3 pages" in detail


@pytest.mark.parametrize("pages", [2_000, pytest.param(10_000, marks=pytest.mark.full)])
def test_thousands_of_pages_are_read_in_time_and_little_memory(tmp_path: Path, pages: int) -> None:
    file = tmp_path / "long.pdf"
    page: list[Put] = [
        (72, 740 - 14 * line, 11, f"Line {line} of a long book about delivery.") for line in range(20)
    ]
    file.write_bytes(make_pdf([page] * pages))
    with IsolatedParser(memory_bytes=400 * 2**20) as parser:
        parsed = parser.parse(file, "long.pdf")
    assert [number for _, number in parsed.pages] == [*range(1, pages + 1)]
    assert parsed.text.count("Line 9 of") == pages
