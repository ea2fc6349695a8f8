"""Word, PowerPoint, Excel."""

from datetime import datetime

import pptx.util
import pytest
from docx.document import Document
from docx.oxml import parse_xml
from pptx.presentation import Presentation

from sahut.adapters.parsers import writing
from sahut.ports.parser import Unreadable
from tests.unit.parsers.conftest import Read, Refuse
from tests.unit.parsers.office_maker import make_docx, make_pptx, make_xlsx, member, repacked

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def word(document: Document) -> None:
    document.core_properties.title = "Delivery rules"
    document.add_heading("Delivery", 0)
    document.add_paragraph("We ship every day.")
    document.add_heading("Cost", 2)
    document.add_paragraph("By card", style="List Bullet")
    document.add_paragraph("In cash", style="List Number")
    table = document.add_table(3, 3)
    for at, text in enumerate(["Region", "Price", "Days", "Papua", "85|90", "8", "", "9", "1"]):
        table.cell(at // 3, at % 3).text = text
    table.cell(1, 0).merge(table.cell(2, 0))
    document.add_paragraph("After the table.")


def test_word_in_the_order_of_the_body(read: Read) -> None:
    parsed = read("x.docx", make_docx(word))
    assert parsed.title == "Delivery rules"
    assert parsed.pages == ()
    assert parsed.text == (
        "# Delivery\n\nWe ship every day.\n\n## Cost\n\n- By card\n- In cash\n\n"
        "| Region | Price | Days |\n| --- | --- | --- |\n| Papua | 85\\|90 | 8 |\n| Papua | 9 | 1 |\n\n"
        "After the table."
    )


def test_word_also_where_the_library_does_not_look(read: Read) -> None:
    """Content controls, tracked changes, text boxes: python-docx's paragraphs have none of them."""

    def write(document: Document) -> None:
        end = document.element.body.sectPr
        added = '<w:ins w:id="1" w:author="A"><w:r><w:t>Added</w:t></w:r></w:ins>'
        removed = '<w:del w:id="2" w:author="A"><w:r><w:delText>Removed</w:delText></w:r></w:del>'
        boxed = "<w:pict><w:txbxContent><w:p><w:r><w:t>In a box.</w:t></w:r></w:p></w:txbxContent></w:pict>"
        controlled = "<w:p><w:r><w:t>In a control.</w:t></w:r></w:p>"
        for xml in (
            f"<w:sdt {W}><w:sdtContent>{controlled}</w:sdtContent></w:sdt>",
            f"<w:p {W}>{added}{removed}<w:r><w:tab/><w:t>text.</w:t></w:r></w:p>",
            f"<w:p {W}><w:r><w:t>Around.</w:t>{boxed}</w:r></w:p>",
        ):
            end.addprevious(parse_xml(xml))

    assert read("x.docx", make_docx(write)).text == "In a control.\n\nAdded text.\n\nAround.\n\nIn a box."


def test_a_table_that_only_frames_is_text(read: Read) -> None:
    def write(document: Document) -> None:
        document.add_table(1, 1).cell(0, 0).text = "Important: closed on Friday."

    assert read("x.docx", make_docx(write)).text == "Important: closed on Friday."


def slides(presentation: Presentation) -> None:
    made = [presentation.slides.add_slide(presentation.slide_layouts[1]) for _ in range(3)]
    for slide, title in zip(made, ["Slide 1", "Slide 2", "Internal"], strict=True):
        assert slide.shapes.title is not None
        slide.shapes.title.text = title
        slide.placeholders[1].text_frame.text = "One\nTwo"
    slide = made[1]
    notes = slide.notes_slide.notes_text_frame
    assert notes is not None
    notes.text = "Say hello."
    inch = pptx.util.Inches(1)
    table = slide.shapes.add_table(2, 2, inch, inch, inch, inch).table
    for at, text in enumerate(["A", "B", "1", "2"]):
        table.cell(at // 2, at % 2).text = text
    box = slide.shapes.add_group_shape().shapes.add_textbox(inch, inch, inch, inch)
    box.text_frame.text = "In a group."
    made[2].element.set("show", "0")


def test_a_slide_is_a_page(read: Read) -> None:
    parsed = read("x.pptx", make_pptx(slides))
    assert parsed.text == (
        "# Slide 1\n\n- One\n- Two\n\n# Slide 2\n\n- One\n- Two\n\n| A | B |\n| --- | --- |\n| 1 | 2 |\n\n"
        "In a group.\n\nSay hello."
    )
    assert parsed.pages == ((0, 1), (parsed.text.index("# Slide 2"), 2))
    assert parsed.notes == ("1 hidden slide was left out.",)


def test_a_sheet_is_a_page_and_its_first_row_the_header(read: Read) -> None:
    data = make_xlsx(
        {
            "Prices": [
                [None],
                ["Price list 2026"],
                [],
                ["Region", "Price", "Fee", "From", "Open"],
                ["Papua", 85000, 0.055, datetime.fromisoformat("2026-01-02"), True],
                [],
                ["Java", 9000.5, 0.1, datetime.fromisoformat("2026-01-02 09:30"), False],
                [],
                ["Stock"],
                ["Item", "Pieces"],
                ["Cup", 3],
            ],
            "Empty": [],
            "Margins": [["secret", 1]],
            "Two": [["x"], ["y"]],
        },
        formats={"Prices!C5": "0.0%", "Prices!C7": "0%"},
        hidden=["Margins"],
    )
    parsed = read("x.xlsx", data)
    assert parsed.text == (
        "# Prices\n\nPrice list 2026\n\n"
        "| Region | Price | Fee | From | Open |\n| --- | --- | --- | --- | --- |\n"
        "| Papua | 85000 | 5.5% | 2026-01-02 | yes |\n| Java | 9000.5 | 10% | 2026-01-02 09:30 | no |\n\n"
        "Stock\n\n| Item | Pieces |\n| --- | --- |\n| Cup | 3 |\n\n"
        "# Two\n\n| x |\n| --- |\n| y |"
    )
    assert parsed.pages == ((0, 1), (parsed.text.index("# Two"), 4))
    assert parsed.notes == ("1 hidden sheet was left out.",)


@pytest.mark.parametrize("claimed", [b"A1:XFD1048576", b"A1", b"A1:A1"])
def test_a_sheet_is_read_as_it_is_whatever_size_it_claims(read: Read, claimed: bytes) -> None:
    data = make_xlsx({"A": [["a", "b"], ["1", "2"]]})
    sheet = member(data, "xl/worksheets/sheet1.xml").replace(b'ref="A1:B2"', b'ref="%s"' % claimed)
    assert claimed in sheet
    assert "| 1 | 2 |" in read("x.xlsx", repacked(data, {"xl/worksheets/sheet1.xml": sheet})).text


@pytest.mark.parametrize(
    ("name", "part", "data"),
    [
        ("x.docx", "word/document.xml", make_docx(word)),
        ("x.pptx", "ppt/presentation.xml", make_pptx(slides)),
        ("x.xlsx", "xl/workbook.xml", make_xlsx({"A": [["a"]]})),
    ],
)
def test_broken_xml_is_a_damaged_file(refuse: Refuse, name: str, part: str, data: bytes) -> None:
    assert refuse(name, repacked(data, {part: b"<broken"}))[0] is Unreadable.CORRUPT
    assert refuse(name, data[: len(data) // 2])[0] is Unreadable.CORRUPT


def test_more_text_than_is_read(refuse: Refuse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing.Writer.__init__, "__defaults__", (100,))
    reason, detail = refuse("x.xlsx", make_xlsx({"A": [["word"] * 9] * 9}))
    assert reason is Unreadable.TOO_LARGE
    assert "100 characters" in detail


@pytest.mark.parametrize(
    ("name", "data"), [("x.docx", make_docx(lambda document: None)), ("x.xlsx", make_xlsx({"A": []}))]
)
def test_an_office_file_without_text_is_empty(refuse: Refuse, name: str, data: bytes) -> None:
    assert refuse(name, data)[0] is Unreadable.EMPTY
