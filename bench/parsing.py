"""How fast files become text: pages a second for each format, on one core, best of three.

`python -m bench.parsing` prints a table. A page is what a page of a book holds, 40 lines of 12 words: a PDF
page, a slide, or so much of a format that has no pages. All of it is made here and SYNTHETIC. Beside the
reading of PDF stands pypdf, which is what most Python programs read PDF with, on the same file in the same
run; and pdfium without the search for headings and tables. `--isolated` reads through the child process.
"""

import argparse
import io
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
from pypdf import PdfReader
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

from sahut.adapters.parsers import FileParser, IsolatedParser
from sahut.ports.parser import DocumentParser
from tests.unit.parsers.pdf_maker import Put, make_pdf

PAGES = 200
LINES = 40
ROUNDS = 3
LINE = "Delivery to Papua takes eight to fourteen working days and costs Rp85.000."


def _pdf(pages: int) -> bytes:
    page: list[Put] = [(72, 750 - 16 * line, 11, LINE) for line in range(LINES)]
    return make_pdf([page] * pages)


def _pdf_tables(pages: int) -> bytes:
    columns = (72, 230, 390)
    page: list[Put] = [
        (x, 750 - 16 * line, 11, f"Cell {line} of {x}") for line in range(LINES) for x in columns
    ]
    return make_pdf([page] * pages)


def _docx(pages: int) -> bytes:
    document = docx.Document()
    for page in range(pages):
        document.add_heading(f"Chapter {page}")
        for _ in range(LINES // 4):
            document.add_paragraph(LINE * 4)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def _pptx(pages: int) -> bytes:
    presentation = pptx.Presentation()
    for _ in range(pages):
        slide = presentation.slides.add_slide(presentation.slide_layouts[1])
        slide.placeholders[1].text_frame.text = "\n".join([LINE] * LINES)
    kept = io.BytesIO()
    presentation.save(kept)
    return kept.getvalue()


def _xlsx(pages: int) -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    sheet = workbook.create_sheet("Prices")
    for row in range(pages * LINES):
        sheet.append([f"Region {row}", 85_000 + row, "eight to fourteen working days", "by ship", 0.11])
    kept = io.BytesIO()
    workbook.save(kept)
    return kept.getvalue()


def _lines(pages: int, line: str) -> bytes:
    return "\n".join([line] * LINES * pages).encode()


MAKERS: dict[str, Callable[[int], bytes]] = {
    "prose.pdf": _pdf,
    "tables.pdf": _pdf_tables,
    "text.docx": _docx,
    "slides.pptx": _pptx,
    "sheet.xlsx": _xlsx,
    "table.csv": lambda pages: _lines(pages, "Papua,85000,eight to fourteen,by ship,0.11"),
    "page.html": lambda pages: b"<html><body>" + _lines(pages, f"<p>{LINE}</p>"),
    "text.md": lambda pages: _lines(pages, LINE),
    "cp1252.txt": lambda pages: _lines(pages, LINE).replace(b"takes", b"\x93takes\x94 caf\xe9"),
}


def _pypdf(file: Path) -> None:
    for page in PdfReader(file).pages:
        page.extract_text()


def _pdfium(file: Path) -> None:
    document = PdfDocument(file)
    for number in range(len(document)):
        page = document[number]
        textpage = page.get_textpage()
        textpage.get_text_bounded()
        textpage.close()
        page.close()
    document.close()


def _seconds(read: Callable[[], object]) -> float:
    """The best of the rounds; a first one loads the library."""
    read()
    took: list[float] = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        read()
        took.append(time.perf_counter() - started)
    return min(took)


def _measure(parser: DocumentParser, folder: Path) -> None:
    print(f"{'':14}{'pages/s':>10}{'KB':>8}   beside it, pages/s")
    for name, make in MAKERS.items():
        file = folder / name
        file.write_bytes(make(PAGES))
        rate = PAGES / _seconds(partial(parser.parse, file, name))
        beside = ""
        if name.endswith(".pdf"):
            pypdf, pdfium = _seconds(partial(_pypdf, file)), _seconds(partial(_pdfium, file))
            beside = f"pypdf {PAGES / pypdf:,.0f}, pdfium alone {PAGES / pdfium:,.0f}"
        print(f"{name:14}{rate:>10,.0f}{file.stat().st_size // 1024:>8,}   {beside}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--isolated", action="store_true", help="through the child process")
    with tempfile.TemporaryDirectory() as folder:
        if arguments.parse_args().isolated:
            with IsolatedParser() as parser:
                _measure(parser, Path(folder))
        else:
            _measure(FileParser(), Path(folder))


if __name__ == "__main__":
    main()
