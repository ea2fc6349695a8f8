"""Reads a file in this process. Whatever a library trips over becomes a reason; a crash takes us along,
so what comes from outside goes through `IsolatedParser`."""

from collections.abc import Callable
from pathlib import Path

from sahut.adapters.parsers.delimited import read_table
from sahut.adapters.parsers.detect import Kind, Source, identify, mislabelled
from sahut.adapters.parsers.docx_files import read_docx
from sahut.adapters.parsers.html_pages import read_html
from sahut.adapters.parsers.images import read_image
from sahut.adapters.parsers.mail import read_mail
from sahut.adapters.parsers.pdf_files import read_pdf
from sahut.adapters.parsers.plain import read_text
from sahut.adapters.parsers.pptx_files import read_pptx
from sahut.adapters.parsers.writing import Writer
from sahut.adapters.parsers.xlsx_files import read_xlsx
from sahut.ports.parser import DocumentUnreadable, ParsedDocument, Unreadable

_READERS: dict[Kind, Callable[[Source, Writer], None]] = {
    Kind.PDF: read_pdf,
    Kind.DOCX: read_docx,
    Kind.PPTX: read_pptx,
    Kind.XLSX: read_xlsx,
    Kind.IMAGE: read_image,
    Kind.HTML: read_html,
    Kind.MAIL: read_mail,
    Kind.TABLE: read_table,
    Kind.TEXT: read_text,
}


class FileParser:
    """A `ports.parser.DocumentParser` without a process of its own: for files that one wrote oneself."""

    def parse(self, file: Path, name: str) -> ParsedDocument:
        """Raises:
        DocumentUnreadable: with the reason.
        FileNotFoundError: there is no such file.
        """
        source = identify(file, name)
        out = Writer()
        if note := mislabelled(source):
            out.note(note)
        try:
            _READERS[source.kind](source, out)
            return out.parsed()
        except DocumentUnreadable:
            raise
        except MemoryError as error:
            raise DocumentUnreadable(
                Unreadable.TOO_MUCH_MEMORY, "Reading the file takes too much memory. Divide it."
            ) from error
        except Exception as error:
            # Libraries raise anything at a damaged file: KeyError, AttributeError, RecursionError, …
            raise DocumentUnreadable(
                Unreadable.CORRUPT,
                f"The file is damaged: it can't be read as {source.kind} ({type(error).__name__}). "
                "Save it again and upload it anew.",
            ) from error
