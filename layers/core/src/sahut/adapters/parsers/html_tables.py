"""Tables of HTML into rows. A table that only lays out a page is none. Knows nothing else of HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

# A cell may say that it spans a million columns.
_MOST_COLUMNS = 200
_MOST_ROWS_SPANNED = 1000
# Who lays out a page with a table puts paragraphs into it.
_LONGEST_CELL = 1500


def rows_of(table: LexborNode) -> list[list[str]]:
    """Its rows, cells that span others repeated; [] when it lays out the page, or is no table after all."""
    if (table.attributes.get("role") or "") in ("presentation", "none") or len(table.css("table")) > 1:
        return []
    if table.css("h1, h2, h3, h4, pre, form"):
        return []
    rows = _filled(table.css("tr"))
    if len(rows) < 2 or max(map(len, rows)) < 2:
        return []
    return [] if any(len(cell) > _LONGEST_CELL for row in rows for cell in row) else rows


def _filled(nodes: list[LexborNode]) -> list[list[str]]:
    rows: list[list[str]] = []
    # column: (text, rows that it still reaches into)
    reaching: dict[int, tuple[str, int]] = {}
    for node in nodes:
        row: list[str] = []
        for cell in _cells(node):
            _fill_down(row, reaching)
            text = " ".join(cell.text(separator=" ").split())
            down = _span(cell, "rowspan", _MOST_ROWS_SPANNED) - 1
            for again in range(_span(cell, "colspan", _MOST_COLUMNS - len(row))):
                if down:
                    reaching[len(row)] = (text, down)
                row.append("" if again else text)
        _fill_down(row, reaching)
        rows.append(row)
    return rows


def _cells(row: LexborNode) -> list[LexborNode]:
    found: list[LexborNode] = []
    child = row.first_child
    while child is not None and len(found) < _MOST_COLUMNS:
        if child.tag in ("td", "th"):
            found.append(child)
        child = child.next
    return found


def _fill_down(row: list[str], reaching: dict[int, tuple[str, int]]) -> None:
    while len(row) in reaching:
        text, left = reaching.pop(len(row))
        if left > 1:
            reaching[len(row)] = (text, left - 1)
        row.append(text)


def _span(cell: LexborNode, name: str, most: int) -> int:
    said = (cell.attributes.get(name) or "").strip()
    return max(1, min(int(said), most)) if said.isascii() and said.isdigit() and len(said) < 9 else 1
