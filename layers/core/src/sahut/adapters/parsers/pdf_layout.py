"""Lines with places into headings, paragraphs, items and tables. Knows neither PDF nor pdfium.

Simple on purpose: a heading is larger than the text, a table is at least three lines whose cells stand in
columns that no other cell bridges. Whatever is neither stays a paragraph, so that no word is lost.
"""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

from sahut.adapters.parsers.pdf_columns import with_aligned_cells
from sahut.adapters.parsers.pdf_places import Line
from sahut.adapters.parsers.pdf_tables import table_at
from sahut.adapters.parsers.writing import Writer

_LARGER = 1.15
# (so many times the size of the text, level)
_LEVELS = ((1.8, 1), (1.4, 2), (_LARGER, 3))
_LONGEST_HEADING = 150
# Between paragraphs there is more space than between lines.
_PARAGRAPH_GAP = 1.35
_BULLET = re.compile("[•▪◦‣●○■□·∙➢➤✓\uf0b7\uf0a7\uf0d8*–-]\\s+|o\\s+(?=\\w)")
_NUMBER = re.compile(r"\d{1,2}[.)]\s+\S")
_OPEN_END = re.compile(r"[^.!?…:؟۔।。！？]$")
_SPACELESS = re.compile("[\u0e00-\u0eff\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")


def body_size(pages: Iterable[Sequence[Line]]) -> float:
    """The font size of most characters; 0 when there are none."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def write_page(lines: Sequence[Line], body: float, out: Writer) -> None:
    """body: the document's usual font size, 0 when not known."""
    _PageWriter(lines, body, out).write()


class _PageWriter:
    """A paragraph, an item or a heading is open until a line doesn't belong to it."""

    def __init__(self, lines: Sequence[Line], body: float, out: Writer) -> None:
        self._lines = with_aligned_cells(lines)
        self._body = body
        self._out = out
        self._gap = _usual_gap(lines)
        self._open: list[Line] = []
        self._kind = ""

    def write(self) -> None:
        at = 0
        while at < len(self._lines):
            table = table_at(self._lines, at)
            if table is None:
                self._add(self._lines[at])
                at += 1
            else:
                self._close()
                self._out.table(table.rows)
                at += table.lines
        self._close()

    def _add(self, line: Line) -> None:
        kind = self._kind_of(line)
        if not self._open or not self._goes_on(line, kind):
            self._close()
            self._kind = kind
        self._open.append(line)

    def _kind_of(self, line: Line) -> str:
        if (
            self._body
            and line.size >= _LARGER * self._body
            and len(line.text) <= _LONGEST_HEADING
            and any(char.isalpha() for char in line.text)
        ):
            return "heading"
        if _BULLET.match(line.text):
            return "bullet"
        return "number" if _NUMBER.match(line.text) else ""

    def _goes_on(self, line: Line, kind: str) -> bool:
        """Whether the line belongs to what is open."""
        last = self._open[-1]
        down = last.y - line.y
        if kind == "heading" or self._kind == "heading":
            return kind == self._kind and line.size == last.size and 0 < down < 2 * line.size
        if kind:
            return False
        if not line.size or not last.size:
            return True
        if abs(line.size - last.size) > 0.15 * last.size:
            return False
        if self._kind and line.left < self._open[0].left - 1:
            return False  # an item's lines don't stand left of its mark
        if down < -1:
            # Up: another column. A sentence may go on there.
            return bool(_OPEN_END.search(last.text))
        return down <= _PARAGRAPH_GAP * self._gap

    def _close(self) -> None:
        lines, self._open = self._open, []
        if not lines:
            return
        text = _joined(lines)
        if self._kind == "heading":
            self._out.heading(self._level(lines[0].size), text)
        elif self._kind == "bullet":
            self._out.item(_BULLET.sub("", text, count=1))
        elif self._kind == "number":
            self._out.numbered_item(text)
        else:
            self._out.paragraph(text)

    def _level(self, size: float) -> int:
        return next((level for times, level in _LEVELS if size >= times * self._body), 3)


def _usual_gap(lines: Sequence[Line]) -> float:
    """From one baseline to the next, in points."""
    gaps = [
        before.y - line.y
        for before, line in pairwise(lines)
        if 0 < before.y - line.y < 4 * max(line.size, 1.0)
    ]
    return statistics.median_low(gaps) if gaps else 0.0


def _joined(lines: Sequence[Line]) -> str:
    text = lines[0].text
    for line in lines[1:]:
        spaceless = _SPACELESS.match(line.text) and _SPACELESS.match(text[-1])
        text += line.text if spaceless else f" {line.text}"
    return text
