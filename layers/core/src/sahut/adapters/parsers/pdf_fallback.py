"""PDF by pypdf: slower and without layout, but it opens some damaged files that pdfium doesn't."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from sahut.adapters.parsers.limits import MAX_PAGES
from sahut.adapters.parsers.ocr import HOW_TO
from sahut.adapters.parsers.writing import Writer
from sahut.ports.parser import DocumentUnreadable, Unreadable

if TYPE_CHECKING:
    from pypdf import PdfReader


def read_with_pypdf(file: Path, out: Writer) -> None:
    """Raises:
    DocumentUnreadable: ENCRYPTED, CORRUPT, TOO_MANY_PAGES, SCANNED.
    """
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    # It tells what it mends, and quotes the document while doing so.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(file, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise DocumentUnreadable(
                Unreadable.ENCRYPTED, "The file needs a password. Save it without one and upload it again."
            )
        count = len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OSError) as error:
        raise _corrupt() from error
    if count > MAX_PAGES:
        raise DocumentUnreadable(
            Unreadable.TOO_MANY_PAGES, f"More than {MAX_PAGES:,} pages. Divide the file."
        )
    if not count:
        raise _corrupt()
    _write(reader, out)


def _write(reader: PdfReader, out: Writer) -> None:
    silent = damaged = 0
    for number, page in enumerate(reader.pages, start=1):
        try:
            text = page.extract_text()
        except Exception as error:  # whatever a broken page leads it to
            if isinstance(error, MemoryError):
                raise
            damaged += 1
            continue
        silent += not text.strip()
        out.page(number)
        out.paragraph(text)
    count = len(reader.pages)
    if not out.characters:
        raise (
            _corrupt()
            if damaged
            else DocumentUnreadable(Unreadable.SCANNED, f"Its pages have no text. {HOW_TO}")
        )
    if silent:
        out.note(f"{silent} of {count} pages have no text.")
    if damaged:
        out.note(f"{damaged} of {count} pages are damaged and were left out.")


def _corrupt() -> DocumentUnreadable:
    return DocumentUnreadable(
        Unreadable.CORRUPT, "The file is a damaged PDF. Save or export it again and upload it anew."
    )
