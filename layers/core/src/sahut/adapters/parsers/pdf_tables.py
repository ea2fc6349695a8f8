"""Tables in lines with places. Knows neither PDF nor pdfium.

Lines are one table as long as their cells stand in columns: no cell reaches into two, no two cells stand
in one. Text set in two columns is written column by column and so never looks like this.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sahut.adapters.parsers.pdf_places import Cell, Line

_LEAST_ROWS = 3
# Two columns of long cells are prose that was written across.
_LONGEST_PROSE_CELL = 60
_ROW_GAP = 4.0
_SAME_LINE = 2.0
_BULLET = re.compile(r"[^\w\s]|o")
_NUMBER = re.compile(r"\d{1,2}[.)]")


@dataclass(frozen=True, slots=True)
class Table:
    """rows: cells in the order of the columns, '' where there is none. lines: how many it takes."""

    rows: list[list[str]]
    lines: int


@dataclass(slots=True)
class _Column:
    left: float
    right: float

    def overlaps(self, left: float, right: float) -> bool:
        return left < self.right and right > self.left


@dataclass(slots=True)
class _Row:
    y: float
    cells: dict[int, str] = field(default_factory=dict)


def table_at(lines: Sequence[Line], start: int) -> Table | None:
    """The table that begins with this line, if one does."""
    if not lines[start].cells or _is_item(lines[start]):
        return None
    builder = _Builder()
    for line in lines[start:]:
        if not builder.take(line):
            break
    return builder.table()


def _is_item(line: Line) -> bool:
    """A bullet or a number and, after a wide gap, what it stands before."""
    mark = line.cells[0].text if line.cells else ""
    return bool(_BULLET.fullmatch(mark) or (len(line.cells) == 2 and _NUMBER.fullmatch(mark)))


class _Builder:
    def __init__(self) -> None:
        self._columns: list[_Column] = []
        self._rows: list[_Row] = []
        self._full_rows = 0
        self._taken = 0
        # Rows and lines up to the last that certainly belongs to it.
        self._sure = (0, 0)

    def take(self, line: Line) -> bool:
        """Whether the line belongs to the table."""
        if self._rows and not self._is_near(line):
            return False
        whole = not line.cells or _is_item(line)
        taken = self._take_single(line) if whole else self._take_row(line)
        self._taken += taken
        if line.cells and taken:
            self._sure = (len(self._rows), self._taken)
        return taken

    def table(self) -> Table | None:
        rows, lines = self._sure
        if self._full_rows < _LEAST_ROWS or len(self._columns) < 2:
            return None
        texts = [text for row in self._rows[:rows] for text in row.cells.values()]
        if len(self._columns) == 2 and sum(map(len, texts)) > _LONGEST_PROSE_CELL * len(texts):
            return None
        order = sorted(range(len(self._columns)), key=lambda column: self._columns[column].left)
        return Table([[row.cells.get(column, "") for column in order] for row in self._rows[:rows]], lines)

    def _is_near(self, line: Line) -> bool:
        down = self._rows[-1].y - line.y
        if self._row_at(line.y) is not None:
            return True
        return 0 < down < _ROW_GAP * max(line.size, 1.0)

    def _row_at(self, y: float) -> _Row | None:
        """Cells of one row may be written one after another, each with all its lines."""
        return next((row for row in self._rows[-3:] if abs(row.y - y) <= _SAME_LINE), None)

    def _take_row(self, line: Line) -> bool:
        placed: dict[int, str] = {}
        widened: list[tuple[int, Cell]] = []
        for cell in line.cells:
            found = self._columns_under(cell.left, cell.right)
            if len(found) > 1 or (found and found[0] in placed):
                return False
            column = found[0] if found else len(self._columns) + len(widened)
            placed[column] = cell.text
            widened.append((column, cell))
        new = [(column, cell) for column, cell in widened if column >= len(self._columns)]
        if self._rows and len(new) > 1 and len(new) == len(line.cells):
            return False
        # Numbered by where they come: a dict of the row refers to them.
        names = {column: len(self._columns) + at for at, (column, _) in enumerate(new)}
        for column, cell in widened:
            self._widen(names.get(column, column), cell)
        cells = {names.get(column, column): text for column, text in placed.items()}
        row = self._row_at(line.y)
        if row is not None and not row.cells.keys() & cells.keys():
            row.cells.update(cells)
        else:
            self._rows.append(_Row(line.y, cells))
        self._full_rows += 1
        return True

    def _take_single(self, line: Line) -> bool:
        """A cell that is written by itself, or the next line of one."""
        found = self._columns_under(line.left, line.right)
        if len(found) != 1:
            return False
        column = found[0]
        row = self._row_at(line.y)
        if row is not None:
            if column in row.cells:
                return False
            row.cells[column] = line.text
        elif column:
            last = self._rows[-1]
            if last.y - line.y > 2 * line.size:
                return False
            last.cells[column] = f"{last.cells.get(column, '')} {line.text}".strip()
        else:
            # The next row with only its first cell, or the text after the table: a later row tells.
            self._rows.append(_Row(line.y, {0: line.text}))
            return True
        self._sure = (len(self._rows), self._taken + 1)
        return True

    def _columns_under(self, left: float, right: float) -> list[int]:
        return [at for at, column in enumerate(self._columns) if column.overlaps(left, right)]

    def _widen(self, column: int, cell: Cell) -> None:
        if column == len(self._columns):
            self._columns.append(_Column(cell.left, cell.right))
        else:
            known = self._columns[column]
            known.left, known.right = min(known.left, cell.left), max(known.right, cell.right)
