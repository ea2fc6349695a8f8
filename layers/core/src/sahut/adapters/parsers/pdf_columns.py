"""Rows of a table whose cells nearly touch, by the rows around them. Knows neither PDF nor pdfium.

A narrow gap may be a space. It divides cells where at least two lines nearby have, after a wide gap, a cell
that begins at the same place, and only if the line's other gaps are narrower still.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from sahut.adapters.parsers.pdf_places import Cell, Line

_SAME_LEFT = 2.0
_LEAST_OTHERS = 2
# So many times as wide as a space between the words of a cell.
_WIDER = 1.2
# Lines up and down; a table's row is seldom more than this many lines high.
_NEARBY = 6
_ROW_GAP = 4.0


def with_aligned_cells(lines: Sequence[Line]) -> list[Line]:
    """The lines; those that stand in the columns of others have what stands in each as cells."""
    return [
        replace(line, cells=cells) if (cells := _aligned(lines, at)) else line
        for at, line in enumerate(lines)
    ]


def _aligned(lines: Sequence[Line], at: int) -> tuple[Cell, ...]:
    """More cells than the line has; () where there are none."""
    line = lines[at]
    if len(line.pieces) <= len(line.cells):
        return ()
    others = [*_nearby(lines, at, -1), *_nearby(lines, at, 1)]
    known = [[cell.left for cell in other.cells[1:]] for other in others if other.cells]
    if len(known) < _LEAST_OTHERS:
        return ()
    gaps = [
        (_is_column(after.left, known), after.left - before.right) for before, after in pairwise(line.pieces)
    ]
    columns = [gap for is_column, gap in gaps if is_column]
    spaces = [gap for is_column, gap in gaps if not is_column]
    if len(columns) < max(1, len(line.cells)) or min(columns) < _WIDER * max(spaces, default=0.0):
        return ()
    cells = [line.pieces[0]]
    for (is_column, _), piece in zip(gaps, line.pieces[1:], strict=True):
        if is_column:
            cells.append(piece)
        else:
            cells[-1] = Cell(f"{cells[-1].text} {piece.text}", cells[-1].left, piece.right)
    return tuple(cells)


def _is_column(left: float, known: Sequence[Sequence[float]]) -> bool:
    there = sum(any(abs(left - other) <= _SAME_LEFT for other in lefts) for lefts in known)
    return there >= _LEAST_OTHERS


def _nearby(lines: Sequence[Line], at: int, step: int) -> Iterator[Line]:
    """Lines above it (-1) or below it (1), without a gap in which a table would end."""
    last = lines[at]
    for near in range(at + step, at + step * (_NEARBY + 1), step):
        if not 0 <= near < len(lines):
            return
        line = lines[near]
        if not 0 <= (last.y - line.y) * step < _ROW_GAP * max(line.size, 1.0):
            return
        yield line
        last = line
