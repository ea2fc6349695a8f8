"""What a file is, by its content. The name only decides between kinds of text that look alike."""

import csv
import re
import zipfile
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePosixPath

from sahut.adapters.parsers.archives import DAMAGE, check_archive
from sahut.adapters.parsers.decoding import decode
from sahut.adapters.parsers.limits import MAX_CHARACTERS, MAX_FILE_BYTES
from sahut.ports.parser import DocumentUnreadable, Unreadable

_HEAD_BYTES = 4096


class Kind(StrEnum):
    """The value is how people call it."""

    PDF = "PDF"
    DOCX = "Word (.docx)"
    PPTX = "PowerPoint (.pptx)"
    XLSX = "Excel (.xlsx)"
    IMAGE = "picture"
    HTML = "HTML"
    MAIL = "e-mail"
    TABLE = "CSV"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Source:
    """A file and what it is. text: of the kinds that are text, else ''. delimiter: of a table, else ''."""

    file: Path
    name: str
    kind: Kind
    text: str = ""
    delimiter: str = ""


_EXTENSIONS = {
    "pdf": Kind.PDF, "docx": Kind.DOCX, "pptx": Kind.PPTX, "xlsx": Kind.XLSX, "xlsm": Kind.XLSX,
    "png": Kind.IMAGE, "jpg": Kind.IMAGE, "jpeg": Kind.IMAGE, "tif": Kind.IMAGE, "tiff": Kind.IMAGE,
    "html": Kind.HTML, "htm": Kind.HTML, "xhtml": Kind.HTML, "eml": Kind.MAIL, "csv": Kind.TABLE,
    "tsv": Kind.TABLE, "tab": Kind.TABLE, "md": Kind.TEXT, "markdown": Kind.TEXT, "txt": Kind.TEXT,
}  # fmt: skip
_PLAIN = (Kind.TEXT, Kind.TABLE)

_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# (begins with, what to say)
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"{\\rtf", "RTF isn't read. Save it as .docx."),
    (b"%!PS", "PostScript isn't read. Save it as PDF."),
    (b"GIF8", "GIF pictures aren't read. Save it as PNG or JPEG."),
    (b"BM", "BMP pictures aren't read. Save it as PNG or JPEG."),
    (b"RIFF", "This kind of picture, sound or film isn't read."),
    (b"\x1f\x8b", "Archives aren't opened. Unpack it and upload the documents in it."),
    (b"7z\xbc\xaf", "Archives aren't opened. Unpack it and upload the documents in it."),
    (b"Rar!", "Archives aren't opened. Unpack it and upload the documents in it."),
)
# Main parts of Office files, as [Content_Types].xml names them, whatever the parts are called.
_OFFICE = (
    (b"wordprocessingml.document.main+xml", Kind.DOCX),
    (b"presentationml.presentation.main+xml", Kind.PPTX),
    (b"spreadsheetml.sheet.main+xml", Kind.XLSX),
    (b"ms-excel.sheet.macroenabled.main+xml", Kind.XLSX),
    (b"ms-powerpoint.presentation.macroenabled.main+xml", Kind.PPTX),
)
_COMMENT = re.compile(r"\s*(?:<!--.{0,2000}?-->|<\?.{0,500}?\?>)", re.DOTALL)
_HTML = re.compile(r"\s*<(?:!doctype\s+html|html|head|body|title|meta)[\s>]", re.IGNORECASE)
_FRAGMENT = re.compile(
    r"\s*<(?:div|p|h[1-6]|table|ul|ol|section|article|main|span|style|script)[\s>]", re.IGNORECASE
)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*:[ \t\n]?|[ \t]")
_MAIL_HEADERS = re.compile(
    r"(?im)^(from|to|cc|subject|date|received|message-id|mime-version|return-path|delivered-to|reply-to"
    r"|content-type|sender|x-[a-z-]+):"
)
_DELIMITERS = ",;\t|"


def identify(file: Path, name: str) -> Source:
    """What is in the file.

    Raises:
        DocumentUnreadable: EMPTY, TOO_LARGE, UNSUPPORTED, ENCRYPTED, ARCHIVE_BOMB, CORRUPT.
    """
    size = file.stat().st_size
    if not size:
        raise DocumentUnreadable(Unreadable.EMPTY, "The file has no content: it is 0 bytes long.")
    if size > MAX_FILE_BYTES:
        raise _too_large(f"The file has more than {MAX_FILE_BYTES // 2**20} MB. Divide it into smaller ones.")
    with file.open("rb") as stream:
        head = stream.read(_HEAD_BYTES)
    kind = _by_magic(head, file)
    return Source(file, name, kind) if kind else _textual(file, name, size)


def mislabelled(source: Source) -> str:
    """A note for whoever named the file, '' when the name is right or says nothing."""
    said = _EXTENSIONS.get(PurePosixPath(source.name).suffix.lstrip(".").lower())
    if said is None or said is source.kind or (said in _PLAIN and source.kind in _PLAIN):
        return ""
    return f"The name says {said}, the content is {source.kind}. It was read as what it is."


def _by_magic(head: bytes, file: Path) -> Kind | None:
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _in_archive(file)
    # Readers take a PDF that begins within the first kilobyte; text that speaks of PDF has no objects.
    if head.lstrip().startswith(b"%PDF-") or (b"%PDF-1." in head[:1024] and b" 0 obj" in head):
        return Kind.PDF
    if head.startswith(_IMAGES):
        return Kind.IMAGE
    if head.startswith(_OLE):
        raise _legacy(file)
    for beginning, sentence in _OTHERS:
        # Two letters are magic only where no text follows.
        if head.startswith(beginning) and (len(beginning) > 2 or b"\0" in head):
            raise DocumentUnreadable(Unreadable.UNSUPPORTED, sentence)
    return None


def _in_archive(file: Path) -> Kind:
    names = check_archive(file)
    types = b""
    if "[Content_Types].xml" in names:
        try:
            with zipfile.ZipFile(file) as archive, archive.open("[Content_Types].xml") as stream:
                types = stream.read(2**20).lower()
        except DAMAGE as error:
            raise DocumentUnreadable(
                Unreadable.CORRUPT, "The file is damaged: it can't be unpacked."
            ) from error
    for main_part, kind in _OFFICE:
        if main_part in types:
            return kind
    if types:
        sentence = "This kind of Office file isn't read. Save it as .docx, .xlsx or .pptx."
    elif "mimetype" in names:
        sentence = "OpenDocument and e-books aren't read. Save it as .docx, .xlsx, .pptx or PDF."
    else:
        sentence = "Archives aren't opened. Unpack it and upload the documents in it."
    raise DocumentUnreadable(Unreadable.UNSUPPORTED, sentence)


def _legacy(file: Path) -> DocumentUnreadable:
    """OLE's directory names its streams in UTF-16."""
    data = file.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DocumentUnreadable(
            Unreadable.ENCRYPTED, "The file needs a password. Save it without one and upload it again."
        )
    for stream, what, instead in (
        ("WordDocument", "old Word files (.doc)", ".docx"),
        ("PowerPoint Document", "old PowerPoint files (.ppt)", ".pptx"),
        ("Workbook", "old Excel files (.xls)", ".xlsx"),
        ("__substg1.0", "Outlook messages (.msg)", ".eml"),
    ):
        if stream.encode("utf-16-le") in data:
            sentence = f"{what[0].upper()}{what[1:]} aren't read. Save it as {instead}."
            return DocumentUnreadable(Unreadable.UNSUPPORTED, sentence)
    return DocumentUnreadable(
        Unreadable.UNSUPPORTED, "This old Office format isn't read. Save it as .docx, .xlsx or .pptx."
    )


def _textual(file: Path, name: str, size: int) -> Source:
    if size > 4 * MAX_CHARACTERS:
        raise _too_large(
            f"The file has more than {MAX_CHARACTERS:,} characters. Divide it into smaller ones."
        )
    data = file.read_bytes()
    extension = PurePosixPath(name).suffix.lower()
    text = decode(data, _declared(data[:_HEAD_BYTES]))
    if text is None:
        raise DocumentUnreadable(
            Unreadable.UNSUPPORTED,
            "This kind of file isn't read. Upload PDF, .docx, .pptx, .xlsx, CSV, HTML, text or .eml.",
        )
    start = _without_comments(text[:20_000])
    if _HTML.match(start) or (extension in (".html", ".htm", ".xhtml") and _FRAGMENT.match(start)):
        return Source(file, name, Kind.HTML, text)
    if text[:5] == "<?xml":
        raise DocumentUnreadable(
            Unreadable.UNSUPPORTED, "XML isn't read: nothing says what in it is text. Save it as HTML or CSV."
        )
    if _is_mail(text[:20_000], extension):
        return Source(file, name, Kind.MAIL)
    if delimiter := _delimiter(text[:100_000], extension):
        return Source(file, name, Kind.TABLE, text, delimiter)
    return Source(file, name, Kind.TEXT, text)


def _declared(head: bytes) -> str:
    """The encoding that a web page or an XML declaration says it has."""
    if head.lstrip()[:1] != b"<":
        return ""
    found = re.search(rb"""(?i)(?:charset|encoding)\s*=\s*["']?\s*([a-z0-9_-]{2,30})""", head)
    return found[1].decode("ascii") if found else ""


def _without_comments(start: str) -> str:
    while comment := _COMMENT.match(start):
        start = start[comment.end() :]
    return start


def _is_mail(start: str, extension: str) -> bool:
    """Header lines to the first empty line, two of which are e-mail's own."""
    lines = start.replace("\r\n", "\n").lstrip("\n").split("\n")
    if lines[0].startswith("From "):
        lines = lines[1:]
    end = lines.index("") if "" in lines else len(lines)
    header = lines[:end]
    if not header or not all(_HEADER.match(line) for line in header):
        return False
    known = {found.lower() for found in _MAIL_HEADERS.findall("\n".join(header))}
    sure = known & {"received", "message-id", "mime-version", "return-path"} or extension in (".eml", ".mht")
    return len(known) >= 2 and "" in lines and (bool(sure) or {"from", "date", "subject"} <= known)


def _delimiter(start: str, extension: str) -> str:
    """What separates the cells, '' when this is no table."""
    named = extension in (".csv", ".tsv", ".tab")
    if extension in (".md", ".markdown") or (not named and "|" in start[:1]):
        return ""
    if named and start[:4].lower() == "sep=":
        return start[4:5]
    regular: dict[str, float] = {}
    for delimiter in _DELIMITERS:
        regular[delimiter] = _regularity(start, delimiter, strictly=not named)
    best = max(regular, key=lambda each: regular[each])
    if regular[best] > 0:
        return best
    return "," if named and _one_column(start) else ""


def _one_column(start: str) -> bool:
    """Short lines: a list of one column, not prose that somebody called .csv."""
    lines = [line for line in start.splitlines() if line.strip()]
    return len(lines) > 1 and sum(map(len, lines)) < 60 * len(lines)


def _regularity(start: str, delimiter: str, *, strictly: bool) -> float:
    """How much this looks like a table: cells in its rows, 0 when it doesn't. strictly: nobody says it is."""
    lines = start.splitlines(keepends=True)[:200]
    lines = lines[:-1] if len(start) >= 100_000 and len(lines) < 200 else lines
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if any(row)]
    except csv.Error:
        return 0
    if not rows:
        return 0
    columns, often = Counter(len(row) for row in rows).most_common(1)[0]
    longest = max(len(cell) for row in rows for cell in row)
    if strictly and (len(rows) < 3 or columns < (2 if delimiter == "\t" else 3) or longest > 80):
        return 0
    if columns < 2 or often < (1.0 if strictly else 0.5) * len(rows):
        return 0
    return columns * often / len(rows)


def _too_large(sentence: str) -> DocumentUnreadable:
    return DocumentUnreadable(Unreadable.TOO_LARGE, sentence)
