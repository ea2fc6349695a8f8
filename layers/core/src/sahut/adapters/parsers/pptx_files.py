"""PowerPoint: a slide is a page. Titles, text, tables and the speaker's notes; hidden slides stay hidden."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from sahut.adapters.parsers.detect import Source
from sahut.adapters.parsers.limits import MAX_PAGES
from sahut.adapters.parsers.writing import Writer
from sahut.ports.parser import DocumentUnreadable, Unreadable

if TYPE_CHECKING:
    from pptx.shapes.autoshape import Shape
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide
    from pptx.table import Table


def read_pptx(source: Source, out: Writer) -> None:
    """Raises:
    DocumentUnreadable: TOO_MANY_PAGES.
    """
    import pptx

    presentation = pptx.Presentation(str(source.file))
    out.title(presentation.core_properties.title or "")
    if len(presentation.slides) > MAX_PAGES:
        raise DocumentUnreadable(
            Unreadable.TOO_MANY_PAGES, f"More than {MAX_PAGES:,} slides. Divide the file."
        )
    hidden = 0
    for number, slide in enumerate(presentation.slides, start=1):
        if slide.element.get("show") == "0":
            hidden += 1
            continue
        out.page(number)
        _write(slide, out)
    if hidden:
        out.note(f"{hidden} hidden {'slide was' if hidden == 1 else 'slides were'} left out.")


def _write(slide: Slide, out: Writer) -> None:
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        out.heading(1, title.text_frame.text)
    for shape in _all(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        _write_shape(shape, out)
    if slide.has_notes_slide:
        notes = slide.notes_slide.notes_text_frame
        if notes is not None:
            out.paragraph(notes.text)


def _all(shapes: Iterable[BaseShape]) -> Iterator[BaseShape]:
    """Those in groups as well, without recursion."""
    from pptx.shapes.group import GroupShape

    waiting = list(shapes)[::-1]
    while waiting:
        shape = waiting.pop()
        if isinstance(shape, GroupShape):
            waiting += list(shape.shapes)[::-1]
        else:
            yield shape


def _write_shape(shape: BaseShape, out: Writer) -> None:
    from pptx.shapes.autoshape import Shape
    from pptx.shapes.graphfrm import GraphicFrame

    if isinstance(shape, GraphicFrame):
        if shape.has_table:
            out.table(_rows(shape.table))
        else:
            out.note("Charts and diagrams were left out.")
    elif isinstance(shape, Shape):
        _write_text(shape, out)


def _write_text(shape: Shape, out: Writer) -> None:
    """Several paragraphs in a slide's body are its bullets."""
    paragraphs = [paragraph for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()]
    if shape.is_placeholder and len(paragraphs) > 1:
        for paragraph in paragraphs:
            out.item(paragraph.text, paragraph.level)
    else:
        for paragraph in paragraphs:
            out.paragraph(paragraph.text)


def _rows(table: Table) -> Iterator[list[str]]:
    for row in table.rows:
        yield [cell.text for cell in row.cells]
