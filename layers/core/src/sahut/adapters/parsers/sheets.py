"""Rows of a sheet into tables. Knows no file format.

People put a title and remarks above a table, and several tables below each other. A line with a single cell
above a wider one is a remark; what follows it has a header of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from sahut.adapters.parsers.writing import Writer

Row = Sequence[str]


def write_sheet(rows: Iterable[Row], out: Writer) -> int:
    """Writes all rows, reading them once; returns how many said something."""
    counted = 0

    def said() -> Iterator[Row]:
        nonlocal counted
        for row in rows:
            cells = _trimmed(row)
            counted += bool(cells)
            yield cells

    waiting = said()
    while (first := _remarks(waiting, out)) is not None:
        rest: list[Row] = []
        out.table(_table(first, waiting, rest))
        waiting = chain(rest, waiting)
    return counted


def _remarks(rows: Iterator[Row], out: Writer) -> list[Row] | None:
    """Writes the lines before a table; returns the table's first rows, None when none is left."""
    held: list[Row] = []
    for row in rows:
        if _cells(row) > 1:
            for remark in held:
                out.paragraph(_only(remark))
            return [row]
        if row:
            held.append(row)
    # Nothing is wider than one cell: a table of one column.
    return held or None


def _table(first: list[Row], rows: Iterator[Row], rest: list[Row]) -> Iterator[Row]:
    """Rows until another table begins: after an empty line, a single cell and then something wider."""
    yield from first
    wide = max(map(_cells, first)) > 1
    pause: Row | None = None
    after_gap = False
    for row in rows:
        if pause is not None:
            if _cells(row) > 1:
                rest += [pause, row]
                return
            yield pause
            pause = None
        if wide and after_gap and _cells(row) == 1:
            pause = row
        elif row:
            yield row
        after_gap = not row
    if pause is not None:
        yield pause


def _trimmed(row: Row) -> Row:
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


def _cells(row: Row) -> int:
    return sum(1 for cell in row if cell.strip())


def _only(row: Row) -> str:
    return next(cell for cell in row if cell.strip())
