"""Documents for bench.knowledge_build, the same in every run.

Their sentences are those of bench/sets, drawn with a fixed seed and laid out as Markdown, HTML or PDF under
headings. What they say makes no sense as a whole; words, sentence lengths and languages are real, and these
decide how long reading and embedding take.
"""

import random
import textwrap
from collections.abc import Iterator
from pathlib import Path

from bench.environment import ROOT
from sahut.domain.splitting import sentences
from tests.unit.parsers.pdf_maker import Put, make_pdf

# A page of a printed manual.
WORDS_A_PAGE = 450
SECTIONS_A_PAGE = 2
PAGES_A_DOCUMENT = 3
KINDS = ("md", "html", "pdf")

_PDF_LINE = 95
_PDF_LEADING = 14

Section = tuple[str, str]  # heading, text


def documents(pages: int) -> Iterator[tuple[str, bytes]]:
    """Names and files of so many pages; a third of the documents each is Markdown, HTML and PDF."""
    draw = _Draw(1)
    for number in range(pages // PAGES_A_DOCUMENT):
        sections = [
            (draw.heading(), draw.text(WORDS_A_PAGE // SECTIONS_A_PAGE))
            for _ in range(PAGES_A_DOCUMENT * SECTIONS_A_PAGE)
        ]
        kind = KINDS[number % len(KINDS)]
        yield f"manual-{number:04d}.{kind}", _MAKERS[kind](f"Manual {number}", sections)


def small_documents(count: int) -> Iterator[tuple[str, bytes]]:
    """Notes of about 50 words, one passage each."""
    draw = _Draw(2)
    for number in range(count):
        yield f"note-{number:04d}.md", f"# Note {number}\n\n{draw.text(50)}\n".encode()


class _Draw:
    """Draws sentences until there are words enough."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._sentences = _sentences()

    def text(self, words: int) -> str:
        found: list[str] = []
        while words > 0:
            found.append(self._chance.choice(self._sentences))
            words -= len(found[-1].split())
        return " ".join(found)

    def heading(self) -> str:
        words = self._chance.choice(self._sentences).split()
        return " ".join(words[: self._chance.randint(2, 5)]).strip(".,;:!?")


def _sentences() -> list[str]:
    """Of running text only: no headings, tables or markup."""
    files = sorted((ROOT / "bench" / "sets").glob("*/documents/*.md"))
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    running = [line for line in lines if line[:1].isalpha() and len(line.split()) > 8]
    return [said for line in running for said in sentences(line) if len(said.split()) > 3]


def _markdown(title: str, sections: list[Section]) -> bytes:
    parts = [f"# {title}", *(f"## {heading}\n\n{text}" for heading, text in sections)]
    return ("\n\n".join(parts) + "\n").encode()


def _html(title: str, sections: list[Section]) -> bytes:
    body = "\n".join(f"<h2>{heading}</h2>\n<p>{text}</p>" for heading, text in sections)
    head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
    return f"<!doctype html>\n<html>{head}\n<body><h1>{title}</h1>\n{body}\n</body></html>\n".encode()


def _pdf(title: str, sections: list[Section]) -> bytes:
    """Two sections a page."""
    pages: list[list[Put]] = []
    for at in range(0, len(sections), SECTIONS_A_PAGE):
        y, page = 760, []
        for heading, text in sections[at : at + SECTIONS_A_PAGE]:
            page.append((72.0, float(y), 16.0, _latin(heading)))
            for line in textwrap.wrap(_latin(text), _PDF_LINE):
                y -= _PDF_LEADING
                page.append((72.0, float(y - 6), 10.0, line))
            y -= 3 * _PDF_LEADING
        pages.append(page)
    return make_pdf(pages, title=title)


def _latin(text: str) -> str:
    return text.encode("cp1252", "replace").decode("cp1252")


_MAKERS = {"md": _markdown, "html": _html, "pdf": _pdf}


def write(folder: Path, pages: int) -> int:
    """Writes the documents as files; returns how many pages they have."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for name, body in documents(pages):
        (folder / name).write_bytes(body)
        written += PAGES_A_DOCUMENT
    return written
