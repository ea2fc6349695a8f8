"""Markdown or plain text into passages of about 150 words, cut at headings and sentences.

Nine ways of splitting scored within 0.8 points of each other (FACTS §5), so this one is short. A table
row becomes a sentence with its column names, so that it can be found and quoted alone.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from sahut.domain.answer import Passage
from sahut.domain.language import detect_language
from sahut.domain.words import word_set

PASSAGE_WORDS = 150
HEADING_SEPARATOR = " > "

_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*")
_ITEM = re.compile(r"\s*(?:[-*+]\s+|(?=\d+[.)]\s))(.+)")
_ROW = re.compile(r"\s*\|(.+)\|\s*")
_RULE = re.compile(r"\s*\|?[\s:|-]*-{3,}[\s:|-]*")
_LINK = re.compile(r"!?\[([^\]]*)\]\(([^)\s]*)[^)]*\)")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_END = re.compile(r"[.!?…]+[\"')\]”’]*(?=\s)|\n+")
_NEVER_AN_END = word_set("rp no jl jln mr mrs ms dr prof st kab kec approx vs tel telp min max hlm")


@dataclass(frozen=True, slots=True)
class _Unit:
    """Something that is never cut: a sentence, a list item, a table row. start, end: in the document."""

    text: str
    start: int
    end: int
    path: tuple[str, ...]
    ends_line: bool


def split_document(document_id: str, text: str, uri: str = "", language: str = "") -> tuple[Passage, ...]:
    """The passages of one document, in reading order. language: used where none can be detected."""
    units = tuple(_units(text))
    title = units[0].path[0] if units and units[0].path[0] else _title_of(document_id)
    found: list[Passage] = []
    for group in _pack(units):
        body = "".join(unit.text + ("\n" if unit.ends_line else " ") for unit in group).strip()
        found.append(
            Passage(
                passage_id=f"{document_id}#{len(found) + 1}",
                document_id=document_id,
                title=title,
                text=body,
                heading=HEADING_SEPARATOR.join(part for part in group[0].path[1:] if part),
                start=group[0].start,
                end=group[-1].end,
                language=detect_language(body, language),
                uri=uri,
            )
        )
    return tuple(found)


def text_to_embed(passage: Passage) -> str:
    """What is embedded and indexed: the passage below its headings."""
    above = HEADING_SEPARATOR.join(part for part in (passage.title, passage.heading) if part)
    return f"{above}\n{passage.text}"


def sentences(text: str) -> list[str]:
    """Sentences of a passage or an answer; a line break always ends one."""
    return [text[start:end].strip() for start, end in _sentence_spans(text) if text[start:end].strip()]


def _sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _END.finditer(text):
        if end[0].startswith("\n") or _ends_sentence(text, start, end):
            yield start, end.end()
            start = end.end()
    yield start, len(text)


def _ends_sentence(text: str, start: int, end: re.Match[str]) -> bool:
    before = text[start : end.start()].strip()
    if before.isdigit() or not end[0].startswith("."):
        return not before.isdigit()
    after = text[end.end() :].lstrip()[:1]
    word = re.split(r"[\s(]", before)[-1].lower()
    return not (after.islower() or word in _NEVER_AN_END or (len(word) == 1 and word.isalpha()))


def _units(text: str) -> Iterator[_Unit]:
    path: tuple[str, ...] = ("",)
    columns: list[str] = []
    paragraph: list[tuple[int, int]] = []
    for start, end in _lines(text):
        line = text[start:end]
        if not (heading := _HEADING.fullmatch(line)) and _is_prose(line):
            paragraph.append((start, end))
            continue
        yield from _prose(text, paragraph, path)
        paragraph = []
        row = _ROW.fullmatch(line)
        if heading:
            path = _deeper(path, len(heading[1]), _plain(heading[2]))
        elif row and not _RULE.fullmatch(line):
            cells = [_plain(cell.strip()) for cell in row[1].split("|")]
            if columns:
                yield _Unit(_row_text(columns, cells), start, end, path, True)
            columns = columns or cells
        elif item := _ITEM.fullmatch(line):
            yield _Unit(_plain(item[1]), start, end, path, True)
        if not row:
            columns = []
    yield from _prose(text, paragraph, path)


def _is_prose(line: str) -> bool:
    return bool(line.strip()) and not any(p.fullmatch(line) for p in (_ITEM, _ROW, _RULE))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line.rstrip("\r\n"))
        start += len(line)


def _prose(text: str, paragraph: list[tuple[int, int]], path: tuple[str, ...]) -> Iterator[_Unit]:
    """The sentences of consecutive lines; line breaks inside a paragraph mean nothing."""
    if not paragraph:
        return
    first, last = paragraph[0][0], paragraph[-1][1]
    raw = text[first:last].replace("\n", " ").replace("\r", " ")
    for start, end in _sentence_spans(raw):
        if cleaned := _plain(raw[start:end]):
            yield from _bounded(cleaned, first + start, first + end, path, first + end >= last)


def _bounded(text: str, start: int, end: int, path: tuple[str, ...], last: bool) -> Iterator[_Unit]:
    """A sentence, cut into pieces only where it is longer than a passage may be."""
    words = text.split(" ")
    for at in range(0, len(words), PASSAGE_WORDS):
        piece = " ".join(words[at : at + PASSAGE_WORDS])
        yield _Unit(piece, start, end, path, last and at + PASSAGE_WORDS >= len(words))


def _pack(units: tuple[_Unit, ...]) -> Iterator[list[_Unit]]:
    group: list[_Unit] = []
    words = 0
    for unit in units:
        length = len(unit.text.split())
        if group and (unit.path != group[0].path or words + length > PASSAGE_WORDS):
            yield group
            group, words = [], 0
        group.append(unit)
        words += length
    if group:
        yield group


def _deeper(path: tuple[str, ...], level: int, heading: str) -> tuple[str, ...]:
    """path[n] is the heading of level n + 1, '' where a level was skipped."""
    return (*path[: level - 1], *[""] * (level - 1 - len(path)), heading)


def _row_text(columns: list[str], cells: list[str]) -> str:
    pairs = [f"{name}: {cell}" if name else cell for name, cell in zip(columns, cells, strict=False) if cell]
    return "; ".join(pairs) + "."


def _plain(text: str) -> str:
    """Without Markdown's marks; a link keeps its address, because customers can't click on a title."""
    linked = _LINK.sub(lambda found: f"{found[1]} ({found[2]})" if found[2] else found[1], text)
    return " ".join(_MARKS.sub("", linked).split())


def _title_of(document_id: str) -> str:
    return PurePosixPath(document_id).stem.replace("-", " ").replace("_", " ").strip().capitalize()
