"""The lines of a PDF's page with their places and sizes, as pdfium finds them. Decides nothing about layout.

pdfium gives text in the order in which the page was written, which is the reading order in what programs
export, columns included, turns right-to-left runs into logical order, and takes joined letters (ﬃ) apart.
"""

from __future__ import annotations

import math
import re
from ctypes import c_double
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from sahut.adapters.parsers.pdf_places import Cell, Line

if TYPE_CHECKING:
    from pypdfium2 import PdfTextPage  # type: ignore[import-untyped]

# left, bottom, right, top
_Rect = tuple[float, float, float, float]
# Where pdfium took away the hyphen at the end of a line.
# Bounded: it is searched from each letter.
_JOINED = re.compile("(\\w{0,60})[\ufffe\x02](\\w{0,60})")
# A space in print is 0.25 to 0.35 of the font size, in justified lines up to 0.8.
_COLUMN_GAP = 1.0
# As narrow as a space: other lines, at least so many with cells, have to tell whether columns are there.
_PIECE_GAP = 0.15
_LEAST_WITH_CELLS = 2


def lines_of(textpage: PdfTextPage) -> list[Line]:
    """In the order of the page's content; without places where pdfium's counts don't match its text."""
    text: str = textpage.get_text_range()
    # Characters beyond 16 bits, and some that pdfium leaves out, shift all later indices.
    if len(text) != textpage.count_chars():
        whole: str = textpage.get_text_bounded()
        return [Line(said) for part in whole.splitlines() if (said := _readable(part))]
    return _Page(textpage, text).lines()


def _readable(text: str) -> str:
    if "\ufffe" in text or "\x02" in text:
        text = _JOINED.sub(_rejoined, text)
    return text.strip()


def _rejoined(found: re.Match[str]) -> str:
    """A word that was divided; Indonesian doubles (`barang-barang`) and names keep their hyphen."""
    before, after = found[1], found[2]
    kept = not after or before.lower() == after.lower() or not after[0].islower()
    return f"{before}-{after}" if kept else before + after


class _Page:
    """One page's text with pdfium's indices into it."""

    def __init__(self, textpage: PdfTextPage, text: str) -> None:
        from pypdfium2 import raw

        self._raw = raw
        self._page = textpage
        self._text = text
        self._matrix = raw.FS_MATRIX()
        self._box = (c_double(), c_double(), c_double(), c_double())

    def lines(self) -> list[Line]:
        found: list[Line] = []
        spans: list[tuple[int, int]] = []
        start = 0
        for part in self._text.split("\r\n"):
            if said := _readable(part):
                found.append(self._line(said, start, start + len(part)))
                spans.append((start, start + len(part)))
            start += len(part) + 2
        # To find pieces takes time, and most pages are prose.
        if sum(bool(line.cells) for line in found) < _LEAST_WITH_CELLS:
            return found
        return [
            replace(line, pieces=self._divided(start, end, line.size, _PIECE_GAP))
            for line, (start, end) in zip(found, spans, strict=True)
        ]

    def _line(self, said: str, start: int, end: int) -> Line:
        # From the middle: bullets and initials have sizes of their own.
        size = self._size(self._written((start + end) // 2, end))
        left, y = self._box[0], self._box[1]
        self._raw.FPDFText_GetCharOrigin(self._page, self._written(start, end), left, y)
        place = left.value, y.value
        right = max((rect[2] for rect in self._rects(start, end)), default=place[0])
        cells = self._divided(start, end, size, _COLUMN_GAP)
        return Line(said, place[0], right, place[1], size, cells)

    def _written(self, at: int, end: int) -> int:
        """The first character from there on that isn't a space."""
        while at < end - 1 and self._text[at].isspace():
            at += 1
        return at

    def _size(self, at: int) -> float:
        """In points, as it is printed. Some programs write at size 1 and enlarge."""
        size = float(self._raw.FPDFText_GetFontSize(self._page, at))
        if self._raw.FPDFText_GetMatrix(self._page, at, self._matrix):
            size *= math.hypot(self._matrix.c, self._matrix.d)
        return round(size, 1)

    def _rects(self, start: int, end: int) -> list[_Rect]:
        count = int(self._raw.FPDFText_CountRects(self._page, start, end - start))
        return [self._rect(number) for number in range(count)]

    def _rect(self, number: int) -> _Rect:
        left, bottom, right, top = self._box
        self._raw.FPDFText_GetRect(self._page, number, left, top, right, bottom)
        return left.value, bottom.value, right.value, top.value

    def _divided(self, start: int, end: int, size: float, least: float) -> tuple[Cell, ...]:
        """What gaps divide that are wider than so many times the size; () where there is none."""
        if "\ufffe" in self._text[start:end]:
            return ()
        rects = self._rects(start, end)
        cuts: list[tuple[int, float, float]] = []
        for before, rect in pairwise(rects):
            gap = rect[0] - before[2]
            if gap > least * size:
                middle = (rect[1] + rect[3]) / 2
                at = self._raw.FPDFText_GetCharIndexAtPos(self._page, rect[0] + 0.5, middle, 2.0, 2.0)
                if not start < at < end:
                    return ()
                if gap <= _COLUMN_GAP * size and not self._text[at - 1].isspace():
                    continue
                cuts.append((int(at), before[2], rect[0]))
        if not cuts:
            return ()
        starts = [start, *(at for at, _, _ in cuts), end]
        lefts = [rects[0][0], *(left for _, _, left in cuts)]
        rights = [*(right for _, right, _ in cuts), rects[-1][2]]
        texts = [_readable(self._text[begin:stop]) for begin, stop in pairwise(starts)]
        return tuple(map(Cell, texts, lefts, rights))
