"""The text of a document while it is written: paragraphs, headings, items, tables, pages.

Every reader writes through here, so that all formats look alike and nothing reaches the text that is none:
no NUL, no control character, no half of a surrogate pair. Knows no file format.
"""

import re
from collections.abc import Iterable, Sequence

from sahut.adapters.parsers.limits import MAX_CHARACTERS
from sahut.ports.parser import DocumentUnreadable, ParsedDocument, Unreadable

_BREAKS = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Controls, half surrogates, soft hyphens, marks that only turn the writing direction, byte order marks,
# characters that are none.
_NO_TEXT = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x9f\xad\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff"
    "\ud800-\udfff\ufdd0-\ufdef\ufff9-\ufffb\ufffe\uffff]"
)
_SPACES = re.compile(r"[^\S\n]+")
_BLANK_LINES = re.compile(r"\n\s*\n")
# What programs write as a title when nobody gave one.
_NO_TITLE = re.compile(
    r"(?i)\s*(?:microsoft (?:word|powerpoint|excel) - .*|untitled.*|(?:document|presentation|book|slide) ?\d*"
    r"|powerpoint[ -]pr\w+|word document|.*\.(?:docx?|pptx?|xlsx?|pdf|indd|html?|rtf|odt)|about:blank)\s*"
)
MAX_TITLE = 200


def clean(text: str) -> str:
    """Line breaks are `\\n`; what is no text is gone. Takes time linear in the text."""
    if text.isascii() and text.isprintable():
        return text
    return _NO_TEXT.sub("", _BREAKS.sub("\n", text))


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


class Writer:
    """Collects one document.

    Args:
        max_characters: more of them make it too large.

    Raises:
        DocumentUnreadable: TOO_LARGE, from any method that writes.
    """

    def __init__(self, max_characters: int = MAX_CHARACTERS) -> None:
        self._max = max_characters
        self._parts: list[str] = []
        self._length = 0
        self._pages: list[tuple[int, int]] = []
        self._page = 0
        self._in_items = False
        self._title = ""
        self._notes: list[str] = []

    @property
    def characters(self) -> int:
        """How many were written."""
        return self._length

    def title(self, title: str) -> None:
        """The document's own, unless it is none that a person gave."""
        said = one_line(title)[:MAX_TITLE]
        if said and not _NO_TITLE.fullmatch(said):
            self._title = said

    def note(self, note: str) -> None:
        """Something that was left out; twice the same is once."""
        if (said := one_line(note)) not in self._notes:
            self._notes.append(said)

    def page(self, number: int) -> None:
        """What follows is on this page, counted from 1."""
        self._page = number

    def heading(self, level: int, text: str) -> None:
        """level: 1 to 6; others become the nearest."""
        if said := one_line(text):
            self._block(f"{'#' * min(max(level, 1), 6)} {said}")

    def paragraph(self, text: str) -> None:
        """One or more; an empty line begins another."""
        for part in _BLANK_LINES.split(clean(text)):
            if said := "\n".join(_SPACES.sub(" ", line).strip() for line in part.strip().split("\n")):
                self._block(said)

    def item(self, text: str, depth: int = 0) -> None:
        """One item of a list; depth 0 is the outermost."""
        if said := one_line(text):
            self._block(f"{'  ' * min(max(depth, 0), 8)}- {said}", item=True)

    def numbered_item(self, text: str) -> None:
        """One item that brings its own number, as in `3. Press the button`."""
        if said := one_line(text):
            self._block(said, item=True)

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """The first row names the columns. Rows without a word are left out; reads `rows` once."""
        first = True
        for row in rows:
            cells = [one_line(cell).replace("|", "\\|") for cell in row]
            if not any(cells):
                continue
            line = f"| {' | '.join(cells)} |"
            if first:
                self._block(line)
                self._write("\n|" + " --- |" * len(cells))
                first = False
            else:
                self._write("\n" + line)

    def code(self, text: str) -> None:
        """Lines that mean nothing but themselves."""
        if said := clean(text).strip("\n").replace("```", "'''"):
            self._block(f"```\n{said}\n```")

    def verbatim(self, text: str) -> None:
        """Text that is written as Markdown already."""
        if said := clean(text).strip():
            self._block(said)

    def parsed(self) -> ParsedDocument:
        """All of it.

        Raises:
            DocumentUnreadable: EMPTY.
        """
        text = "".join(self._parts)
        if not text.strip():
            raise DocumentUnreadable(Unreadable.EMPTY, "The file has no text in it.")
        return ParsedDocument(text, self._title, tuple(self._pages), tuple(self._notes))

    def _block(self, said: str, *, item: bool = False) -> None:
        if self._parts:
            self._write("\n" if item and self._in_items else "\n\n")
        if self._page and (not self._pages or self._pages[-1][1] != self._page):
            self._pages.append((self._length, self._page))
        self._in_items = item
        self._write(said)

    def _write(self, said: str) -> None:
        self._length += len(said)
        if self._length > self._max:
            raise DocumentUnreadable(
                Unreadable.TOO_LARGE,
                f"The file has more than {self._max:,} characters of text. Divide it into smaller files.",
            )
        self._parts.append(said)
