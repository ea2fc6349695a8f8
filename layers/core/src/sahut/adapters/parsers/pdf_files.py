"""PDF by pdfium, page by page in bounded memory; pypdf where pdfium can't open it; OCR for scanned pages."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.limits import MAX_IMAGE_DOTS, MAX_PAGES
from sahut.adapters.parsers.ocr import HOW_TO, Ocr, OcrFailed
from sahut.adapters.parsers.pdf_fallback import read_with_pypdf
from sahut.adapters.parsers.pdf_layout import body_size, write_page
from sahut.adapters.parsers.pdf_lines import lines_of
from sahut.adapters.parsers.pdf_places import Line
from sahut.adapters.parsers.pdf_printed import PrintedMarks
from sahut.adapters.parsers.pdf_running import RunningLines
from sahut.adapters.parsers.writing import Writer
from sahut.ports.parser import DocumentUnreadable, Unreadable

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage  # type: ignore[import-untyped]

# Pages from which the usual font size is taken.
_SAMPLE_PAGES = 30
# Apps that scan print their name below the picture.
_MOST_ON_A_SCAN = 60
_SCAN_COVERS = 0.5
_OCR_DPI = 200
_POINTS_PER_INCH = 72
_PAPER = 200


def read_pdf(source: Source, out: Writer) -> None:
    """Raises:
    DocumentUnreadable: ENCRYPTED, CORRUPT, TOO_MANY_PAGES, SCANNED.
    """
    document = _opened(source.file)
    if document is None or not len(document):
        read_with_pypdf(source.file, out)
        return
    try:
        check_pages(len(document))
        title = document.get_metadata_value("Title")
        out.title(title)
        _Reading(document, out).read(title)
    finally:
        document.close()


def check_pages(count: int) -> None:
    """Raises: DocumentUnreadable: TOO_MANY_PAGES."""
    if count > MAX_PAGES:
        raise DocumentUnreadable(
            Unreadable.TOO_MANY_PAGES,
            f"The file has {count:,} pages, at most {MAX_PAGES:,} are read. Divide it.",
        )


def _opened(file: Path) -> PdfDocument | None:
    from pypdfium2 import PdfDocument, PdfiumError, raw

    try:
        return PdfDocument(file)
    except PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise DocumentUnreadable(
                Unreadable.ENCRYPTED, "The file needs a password. Save it without one and upload it again."
            ) from error
        return None


class _Reading:
    """One document. Pages wait until enough of them tell the usual font size."""

    def __init__(self, document: PdfDocument, out: Writer) -> None:
        self._document = document
        self._out = out
        self._ocr = Ocr()
        self._readable = self._scanned = self._late = self._damaged = 0

    def read(self, title: str) -> None:
        pages = enumerate(range(len(self._document)), start=1)
        first = [(number, self._page(at)) for number, at in islice(pages, _SAMPLE_PAGES)]
        printed = PrintedMarks([lines for _, lines in first], title)
        sample = [(number, printed.without(lines)) for number, lines in first]
        body = body_size(lines for _, lines in sample)
        running = RunningLines(lines for _, lines in sample)
        for number, lines in sample:
            self._write(number, running.without(lines), body)
        for number, at in pages:
            self._write(number, running.without(printed.without(self._page(at))), body)
        self._conclude()

    def _write(self, number: int, lines: Sequence[Line], body: float) -> None:
        self._out.page(number)
        write_page(lines, body, self._out)

    def _page(self, at: int) -> list[Line]:
        from pypdfium2 import PdfiumError

        try:
            page = self._document[at]
        except PdfiumError:
            self._damaged += 1
            return []
        try:
            textpage = page.get_textpage()
            try:
                lines = lines_of(textpage)
            finally:
                textpage.close()
            return self._judged(page, lines)
        except PdfiumError:
            self._damaged += 1
            return []
        finally:
            page.close()

    def _judged(self, page: PdfPage, lines: list[Line]) -> list[Line]:
        """The lines, or those that OCR finds where the page is a picture."""
        said = "".join(line.text for line in lines)
        if len(said) >= _MOST_ON_A_SCAN or not _is_picture(page, anything=not _has_words(said)):
            self._readable += bool(_has_words(said))
            return lines
        if not self._ocr.works:
            self._scanned += 1
            return lines
        return self._recognised(page, lines)

    def _recognised(self, page: PdfPage, lines: list[Line]) -> list[Line]:
        if not self._ocr.has_time:
            self._late += 1
            return lines
        picture = _picture(page)
        if picture is None:
            return lines  # an empty sheet
        try:
            texts = self._ocr.read_picture(picture)
        except OcrFailed:
            self._scanned += 1
            return lines
        found = [Line(said) for text in texts for line in text.splitlines() if (said := line.strip())]
        self._readable += bool(found)
        self._scanned += not found
        return found or lines

    def _conclude(self) -> None:
        pages, missing = len(self._document), self._scanned + self._late
        if missing and not self._readable:
            raise DocumentUnreadable(Unreadable.SCANNED, f"The pages are pictures without text. {HOW_TO}")
        if self._damaged == pages:
            raise DocumentUnreadable(
                Unreadable.CORRUPT, "The file is damaged: none of its pages can be read."
            )
        if self._scanned:
            self._out.note(f"{self._scanned} of {pages} pages have no text: they are pictures. {HOW_TO}")
        if self._late:
            self._out.note(
                f"{self._late} of {pages} pages were left out: OCR takes too long. Divide the file."
            )
        if self._damaged:
            self._out.note(f"{self._damaged} of {pages} pages are damaged and were left out.")


def _has_words(text: str) -> bool:
    return any(char.isalnum() for char in text)


def _is_picture(page: PdfPage, *, anything: bool) -> bool:
    """Whether a picture covers the page. anything: whatever is drawn counts, text as outlines too."""
    from pypdfium2 import raw

    if anything:
        return int(raw.FPDFPage_CountObjects(page)) > 0
    width, height = page.get_size()
    for drawn in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = drawn.get_bounds()
        if (right - left) * (top - bottom) > _SCAN_COVERS * width * height:
            return True
    return False


def _picture(page: PdfPage) -> bytes | None:
    """The page as a grey PNM; None when nothing is on it."""
    width, height = page.get_size()
    scale = _OCR_DPI / _POINTS_PER_INCH
    dots = width * height * scale**2
    if dots > MAX_IMAGE_DOTS:
        scale *= (MAX_IMAGE_DOTS / dots) ** 0.5
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        dark = bytes(bitmap.buffer)
        starts = range(0, bitmap.stride * bitmap.height, bitmap.stride)
        rows = [dark[start : start + bitmap.width] for start in starts]
        packed = b"".join(rows)
        head = b"P5 %d %d 255\n" % (bitmap.width, bitmap.height)
    finally:
        bitmap.close()
    return head + packed if packed and min(packed) < _PAPER else None
