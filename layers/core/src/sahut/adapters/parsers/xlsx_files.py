"""Excel: a sheet is a page and a heading, its rows are tables. Values as they were last computed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Protocol

from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.sheets import write_sheet
from sahut.adapters.parsers.writing import Writer

Value = str | int | float | bool | datetime | date | time | timedelta | None


class _Cell(Protocol):
    """openpyxl has no types. Only what is used of a cell in read-only mode."""

    @property
    def value(self) -> Value: ...

    @property
    def number_format(self) -> str: ...


class _Sheet(Protocol):
    title: str
    sheet_state: str

    def reset_dimensions(self) -> None: ...

    @property
    def rows(self) -> Iterable[Iterable[_Cell]]: ...


class _Workbook(Protocol):
    @property
    def worksheets(self) -> list[_Sheet]: ...

    def close(self) -> None: ...


def read_xlsx(source: Source, out: Writer) -> None:
    # By its stream: openpyxl refuses names that don't end in .xlsx.
    with source.file.open("rb") as stream:
        workbook = _open(stream)
        try:
            _write(workbook, out)
        finally:
            workbook.close()


def _open(stream: object) -> _Workbook:
    import openpyxl  # type: ignore[import-untyped]

    opened: _Workbook = openpyxl.load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    return opened


def _write(workbook: _Workbook, out: Writer) -> None:
    hidden = 0
    for number, sheet in enumerate(workbook.worksheets, start=1):
        if sheet.sheet_state != "visible":
            hidden += 1
            continue
        # What the file says about its size is often wrong, and rows would be padded to it.
        sheet.reset_dimensions()
        rows = _rows(sheet)
        first = next(rows, None)
        if first is not None:
            out.page(number)
            out.heading(1, sheet.title)
            write_sheet(_with(first, rows), out)
    if hidden:
        out.note(f"{hidden} hidden {'sheet was' if hidden == 1 else 'sheets were'} left out.")


def _rows(sheet: _Sheet) -> Iterator[list[str]]:
    """From the first row that says something on."""
    begun = False
    for row in sheet.rows:
        cells = [_said(cell) for cell in row]
        begun = begun or any(cells)
        if begun:
            yield cells


def _with(first: list[str], rows: Iterator[list[str]]) -> Iterator[list[str]]:
    yield first
    yield from rows


def _said(cell: _Cell) -> str:
    """As the sheet shows it, as far as it matters: dates, percentages, whole numbers."""
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.date().isoformat() if midnight else value.isoformat(" ", "minutes")
    if isinstance(value, int | float):
        return f"{_number(value * 100)}%" if "%" in cell.number_format else _number(value)
    return str(value)


def _number(value: int | float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.12g}"
