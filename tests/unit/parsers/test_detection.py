"""What a file is, is decided by its content; what isn't read, or would do harm, gets a reason."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from sahut.adapters.parsers import FileParser, detect
from sahut.ports.parser import DocumentUnreadable, Unreadable
from tests.unit.parsers.conftest import Read, Refuse
from tests.unit.parsers.office_maker import make_docx, make_pptx, make_xlsx, repacked
from tests.unit.parsers.pdf_maker import make_pdf
from tests.unit.parsers.test_office import slides, word

PDF = make_pdf([[(72, 700, 11, "We ship every day.")]])
DOCX, PPTX = make_docx(word), make_pptx(slides)
XLSX = make_xlsx({"A": [["Region", "Price"], ["Papua", 5]]})
HTML = b"<!-- shop --><html><body><p>We ship every day.</p></body></html>"
MAIL = b"Message-ID: <1@x>\r\nFrom: a@x\r\nSubject: Hours\r\n\r\nWe ship every day.\r\n"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("x.txt", PDF, "The name says text, the content is PDF."),
        ("x.docx", HTML, "The name says Word (.docx), the content is HTML."),
        ("x.pdf", DOCX, "The name says PDF, the content is Word (.docx)."),
        ("x.docx", XLSX, "The name says Word (.docx), the content is Excel (.xlsx)."),
        ("x.XLSX", PPTX, "The name says Excel (.xlsx), the content is PowerPoint (.pptx)."),
        ("x.pdf", b"Plain text.", "The name says PDF, the content is text."),
        ("x.txt", MAIL, "The name says text, the content is e-mail."),
    ],
)
def test_a_mislabelled_file_is_read_as_what_it_is(read: Read, name: str, data: bytes, said: str) -> None:
    parsed = read(name, data)
    assert parsed.text
    assert parsed.notes[0] == f"{said} It was read as what it is."


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x", PDF),
        ("x.pdf", PDF),
        ("x.unknown", DOCX),
        ("x.csv", b"Just text."),
        ("x.txt", b"a,b,c\n1,2,3\n4,5,6"),
    ],
)
def test_a_right_or_unknown_name_needs_no_note(read: Read, name: str, data: bytes) -> None:
    assert not any("name says" in note for note in read(name, data).notes)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xef\xbb\xbf \n" + HTML, detect.Kind.HTML),
        (b"# How PDF begins\n\n`%PDF-1.7` is the first line.", detect.Kind.TEXT),
        (b"<p align=center>A README</p>\n\n# Title", detect.Kind.TEXT),
        (b"BMW repairs: from 9 to 5.", detect.Kind.TEXT),
        (b"Subject: what we do\n\nWe sell: cups.\n", detect.Kind.TEXT),
        (b"From: Jakarta\nTo: Bandung\n\nTakes two days.", detect.Kind.TEXT),
        (b"| a | b |\n|---|---|\n| 1 | 2 |", detect.Kind.TEXT),
        (b"junk before " + PDF, detect.Kind.PDF),
    ],
)
def test_kinds_that_look_alike(tmp_path: Path, data: bytes, kind: detect.Kind) -> None:
    file = tmp_path / "x"
    file.write_bytes(data)
    assert detect.identify(file, "x").kind is kind


@pytest.mark.parametrize(
    ("data", "reason", "word_in_detail"),
    [
        (OLE + "WordDocument".encode("utf-16-le"), Unreadable.UNSUPPORTED, ".docx"),
        (OLE + "Workbook".encode("utf-16-le"), Unreadable.UNSUPPORTED, ".xlsx"),
        (OLE + "PowerPoint Document".encode("utf-16-le"), Unreadable.UNSUPPORTED, ".pptx"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), Unreadable.ENCRYPTED, "password"),
        (OLE, Unreadable.UNSUPPORTED, "Save it as"),
        (rb"{\rtf1\ansi text}", Unreadable.UNSUPPORTED, ".docx"),
        (b"GIF89a" + bytes(50), Unreadable.UNSUPPORTED, "PNG"),
        (b"\x7fELF\x02\x01\x01" + bytes(200), Unreadable.UNSUPPORTED, "isn't read"),
        (bytes(range(256)) * 9, Unreadable.UNSUPPORTED, "isn't read"),
        (b"<?xml version='1.0'?><feed><p>x</p></feed>", Unreadable.UNSUPPORTED, "XML"),
        (b"PK\x03\x04 this is no zip", Unreadable.CORRUPT, "damaged"),
    ],
)
def test_what_is_not_read_says_what_to_do(
    refuse: Refuse, data: bytes, reason: Unreadable, word_in_detail: str
) -> None:
    told, detail = refuse("x.docx", data)
    assert told is reason
    assert word_in_detail in detail
    assert detail.endswith(".")


def zipped(members: dict[str, bytes], level: int = 9) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return kept.getvalue()


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ({"a.txt": b"x"}, "Unpack it"),
        ({"mimetype": b"application/vnd.oasis.opendocument.text"}, "OpenDocument"),
        ({"[Content_Types].xml": b"<Types>visio</Types>"}, "Office"),
    ],
)
def test_other_archives_are_not_opened(refuse: Refuse, members: dict[str, bytes], sentence: str) -> None:
    reason, detail = refuse("x.zip", zipped(members))
    assert reason is Unreadable.UNSUPPORTED
    assert sentence in detail


ZEROS = bytes(30 * 2**20)


def lying(archive: bytes, member_bytes: int) -> bytes:
    """The same, but its directory says that the member has 9 bytes."""
    said, lie = struct.pack("<I", member_bytes), struct.pack("<I", 9)
    assert archive.count(said) >= 1
    return archive.replace(said, lie)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(zipped({"word/document.xml": ZEROS}), id="declared"),
        pytest.param(lying(zipped({"word/document.xml": ZEROS}), len(ZEROS)), id="lying"),
        pytest.param(zipped({"a.zip": zipped({"b.txt": b"x"})}), id="nested"),
        pytest.param(repacked(DOCX, {"word/media/a.zip": b"x"}), id="nested in Word"),
        pytest.param(repacked(XLSX, {"xl/media/big.bin": ZEROS}), id="in a member that nobody reads"),
        pytest.param(zipped({f"{n}.xml": b"" for n in range(50_001)}, level=1), id="members"),
    ],
)
def test_archive_bombs_are_not_unpacked(refuse: Refuse, data: bytes) -> None:
    assert refuse("x.docx", data)[0] is Unreadable.ARCHIVE_BOMB


def test_a_workbook_embedded_in_slides_is_no_bomb(read: Read) -> None:
    assert read("x.pptx", repacked(PPTX, {"ppt/embeddings/Sheet1.xlsx": XLSX})).text


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><x>&l9;</x>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(
    ("data", "part"),
    [(DOCX, "word/document.xml"), (PPTX, "ppt/presentation.xml"), (XLSX, "xl/workbook.xml")],
)
def test_entity_bombs_in_office_files(refuse: Refuse, data: bytes, part: str, encoding: str) -> None:
    bomb = repacked(data, {part: BOMB.encode(encoding)})
    assert refuse("x.docx", bomb)[0] is Unreadable.ARCHIVE_BOMB


def test_entities_mean_nothing_in_html(read: Read) -> None:
    page = BOMB.replace("<x>", "<html><body>").replace('"1.0"?>', '"1.0"?><!-- x -->')
    assert len(read("x.html", f"<html><body>{BOMB}</body></html>".encode()).text) < 2000
    assert page


def test_a_password_in_an_archive(refuse: Refuse) -> None:
    data = bytearray(zipped({"word/document.xml": b"x" * 100}))
    data[6] |= 1  # the flag in the member's own header
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    assert refuse("x.docx", bytes(data))[0] is Unreadable.ENCRYPTED


def test_files_over_the_limit_are_not_even_opened(tmp_path: Path) -> None:
    file = tmp_path / "x"
    with file.open("wb") as stream:
        stream.truncate(100 * 1024 * 1024 + 1)
    with pytest.raises(DocumentUnreadable) as refused:
        FileParser().parse(file, "x.pdf")
    assert refused.value.reason is Unreadable.TOO_LARGE


def test_a_missing_file_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        FileParser().parse(tmp_path / "none", "x.pdf")
