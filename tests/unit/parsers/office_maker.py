"""Office files for tests, made by the libraries that everybody makes them with."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

import docx
import openpyxl  # type: ignore[import-untyped]
import pptx
from docx.document import Document
from pptx.presentation import Presentation

Value = str | int | float | bool | date | datetime | None


def make_docx(write: Callable[[Document], None]) -> bytes:
    document = docx.Document()
    write(document)
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def make_pptx(write: Callable[[Presentation], None]) -> bytes:
    presentation = pptx.Presentation()
    write(presentation)
    kept = io.BytesIO()
    presentation.save(kept)
    return kept.getvalue()


def make_xlsx(
    sheets: Mapping[str, Sequence[Sequence[Value]]],
    formats: Mapping[str, str] | None = None,
    hidden: Sequence[str] = (),
) -> bytes:
    """formats: number formats by `Sheet!A1`."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
    for place, number_format in (formats or {}).items():
        name, _, cell = place.partition("!")
        workbook[name][cell].number_format = number_format
    kept = io.BytesIO()
    workbook.save(kept)
    return kept.getvalue()


def repacked(office_file: bytes, changed: Mapping[str, bytes]) -> bytes:
    """With other content for some of its members, or more of them."""
    kept = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(office_file)) as old,
        zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            if name not in changed:
                new.writestr(name, old.read(name))
        for name, content in changed.items():
            new.writestr(name, content)
    return kept.getvalue()


def member(office_file: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(office_file)) as archive:
        return archive.read(name)
