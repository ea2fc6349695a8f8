"""Word: headings, paragraphs, lists and tables in the order of the body; text boxes and footnotes too.

python-docx opens the file and knows its styles. The body is walked here, because python-docx leaves out
what stands in content controls, tracked insertions and text boxes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.writing import Writer

if TYPE_CHECKING:
    from docx.document import Document
    from lxml.etree import _Element  # type: ignore[import-untyped]

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING = re.compile(r"(?i)heading ([1-9])")
# What a run holds besides text.
_SPECIAL = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
_TRANSPARENT = (f"{_W}sdt", f"{_W}sdtContent", f"{_W}customXml", f"{_W}ins", f"{_W}moveTo", f"{_W}smartTag")
_SKIPPED = (_FALLBACK, f"{_W}txbxContent", f"{_W}del", f"{_W}moveFrom", f"{_W}instrText", f"{_W}p")
_MOST_COLUMNS = 200


def read_docx(source: Source, out: Writer) -> None:
    import docx

    document = docx.Document(str(source.file))
    out.title(document.core_properties.title or "")
    _Body(out, _styles(document)).write(document.element.body)
    for part in _footnotes(document):
        _Body(out, {}).write(part)


def _styles(document: Document) -> dict[str, str]:
    """Style id to its English name: `Heading 2`, `List Bullet`."""
    return {style.style_id: style.name or "" for style in document.styles}


def _footnotes(document: Document) -> Iterator[_Element]:
    from lxml import etree  # type: ignore[import-untyped]

    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(("/footnotes", "/endnotes")):
            for note in etree.fromstring(relation.target_part.blob, parser):
                # Separators between the text and its notes are notes as well.
                if note.get(f"{_W}type") is None:
                    yield note


class _Body:
    def __init__(self, out: Writer, styles: dict[str, str]) -> None:
        self._out = out
        self._styles = styles

    def write(self, parent: _Element) -> None:
        for block in _blocks(parent):
            if block.tag == f"{_W}p":
                self._paragraph(block)
            else:
                self._table(block)

    def _paragraph(self, paragraph: _Element) -> None:
        text = _text(paragraph)
        style, listed = self._style(paragraph)
        heading = _HEADING.match(style)
        if heading:
            self._out.heading(int(heading[1]), text)
        elif style == "Title":
            self._out.heading(1, text)
        elif listed is not None:
            self._out.item(text, listed)
        else:
            self._out.paragraph(text)
        for box in paragraph.iter(f"{_W}txbxContent"):
            if not any(True for _ in box.iterancestors(_FALLBACK)):
                self.write(box)

    def _style(self, paragraph: _Element) -> tuple[str, int | None]:
        """Name of its style, and how deep in a list it is; None when it is in none."""
        properties = paragraph.find(f"{_W}pPr")
        if properties is None:
            return "", None
        style = self._styles.get(_value(properties, "pStyle"), "")
        if properties.find(f"{_W}numPr") is not None:
            level = _value(properties, f"numPr/{_W}ilvl")
            return style, int(level) if level.isdigit() else 0
        return style, 0 if style.startswith("List") and style != "List Continue" else None

    def _table(self, table: _Element) -> None:
        rows = _rows(table)
        if max((len(row) for row in rows), default=0) > 1 and len(rows) > 1:
            self._out.table(rows)
            return
        # One row or column frames something.
        for cell in table.iter(f"{_W}tc"):
            if next(cell.iterancestors(f"{_W}tbl"), None) is table:
                self.write(cell)


def _blocks(parent: _Element) -> Iterator[_Element]:
    """Paragraphs and tables, in order; without recursion into them."""
    waiting = list(reversed(parent))
    while waiting:
        element = waiting.pop()
        if element.tag in (f"{_W}p", f"{_W}tbl"):
            yield element
        elif element.tag in _TRANSPARENT:
            waiting += reversed(element)


def _text(paragraph: _Element) -> str:
    """What it says, without deleted text and without what text boxes in it say."""
    said: list[str] = []
    waiting = list(reversed(paragraph))
    while waiting:
        element = waiting.pop()
        if element.tag == f"{_W}t":
            said.append(element.text or "")
        elif element.tag in _SPECIAL:
            said.append(_SPECIAL[element.tag])
        elif element.tag not in _SKIPPED:
            waiting += reversed(element)
    return "".join(said)


def _rows(table: _Element) -> list[list[str]]:
    """Cells that go over several rows are repeated in each; over several columns, empty after the first."""
    rows: list[list[str]] = []
    for element in _children(table, f"{_W}tr"):
        row: list[str] = []
        for cell in _children(element, f"{_W}tc"):
            properties = cell.find(f"{_W}tcPr")
            text = " ".join(_text(each) for each in cell.iter(f"{_W}p"))
            if properties is not None and _continues(properties):
                above = rows[-1] if rows else []
                text = above[len(row)] if len(row) < len(above) else ""
            span = _value(properties, "gridSpan") if properties is not None else ""
            row.append(text)
            if span.isdigit() and len(span) < 5:
                row += [""] * (min(int(span), _MOST_COLUMNS) - 1)
        rows.append(row)
    return rows


def _children(parent: _Element, tag: str) -> Iterator[_Element]:
    waiting = list(reversed(parent))
    while waiting:
        element = waiting.pop()
        if element.tag == tag:
            yield element
        elif element.tag in _TRANSPARENT:
            waiting += reversed(element)


def _continues(properties: _Element) -> bool:
    merge = properties.find(f"{_W}vMerge")
    return merge is not None and merge.get(f"{_W}val", "continue") == "continue"


def _value(properties: _Element, path: str) -> str:
    found = properties.find(f"{_W}{path}")
    return "" if found is None else str(found.get(f"{_W}val", ""))
