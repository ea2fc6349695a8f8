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
# For text without spaces; 150 words of prose have about 1,000 characters.
_PASSAGE_CHARACTERS = 2_000
_LONGEST_HEADING = 200
HEADING_SEPARATOR = " > "

_HEADING = re.compile(r"(#{1,6})\s(.*)")
_ITEM = re.compile(r"\s*(?:[-*+]\s+|(?=\d+[.)]\s))(.+)")
_ROW = re.compile(r"\s*\|(.+)\|\s*")
_RULE = re.compile(r"(?=.*--)[\s:|-]+")
# Bounded: each of many open brackets would else look for its end through the whole document.
_LINK = re.compile(r"!?\[([^\]]{0,300}+)\]\(([^)\s]{0,1000}+)(?:\s[^)]{0,200}+)?\)")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"')\]”’]*+(?=\s)|\n+")
_NEXT = re.compile(r"\s*(\S)")
_LONGEST_WORD = 40
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
    # The last word is enough; looking further back would make long texts quadratic.
    before = text[max(start, end.start() - _LONGEST_WORD) : end.start()].strip()
    if before.isdigit() or not end[0].startswith("."):
        return not before.isdigit()
    after = _NEXT.match(text, end.end())
    word = re.split(r"[\s(]", before)[-1].lower()
    goes_on = after is not None and after[1].islower()
    return not (goes_on or word in _NEVER_AN_END or (len(word) == 1 and word.isalpha()))


def _units(text: str) -> Iterator[_Unit]:
    path: tuple[str, ...] = ("",)
    columns: list[str] = []
    paragraph: list[tuple[int, int]] = []
    for start, end in _lines(text):
        line = text[start:end]
        if _is_prose(line):
            paragraph.append((start, end))
            continue
        yield from _prose(text, paragraph, path)
        paragraph = []
        if heading := _HEADING.fullmatch(line):
            path = _deeper(path, len(heading[1]), _plain(heading[2].strip("# \t"))[:_LONGEST_HEADING])
        elif not _RULE.fullmatch(line):
            columns, said = _line_text(line, columns)
            yield from _bounded(said, start, end, path, ends_line=True)
        if not _ROW.fullmatch(line):
            columns = []
    yield from _prose(text, paragraph, path)


def _is_prose(line: str) -> bool:
    marked = (_HEADING, _ITEM, _ROW, _RULE)
    return bool(line.strip()) and not any(pattern.fullmatch(line) for pattern in marked)


def _line_text(line: str, columns: list[str]) -> tuple[list[str], str]:
    """(names of the table's columns, what the line says): a table's first row says nothing itself."""
    if row := _ROW.fullmatch(line):
        cells = [_plain(cell.strip()) for cell in row[1].split("|")]
        return (columns, _row_text(columns, cells)) if columns else (cells, "")
    item = _ITEM.fullmatch(line)
    return columns, _plain(item[1]) if item else ""


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
        yield from _bounded(_plain(raw[start:end]), first + start, first + end, path, first + end >= last)


def _bounded(text: str, start: int, end: int, path: tuple[str, ...], ends_line: bool) -> Iterator[_Unit]:
    """One unit; more only where it is longer than a passage may be, none where nothing is said."""
    words = [word[at : at + 1_000] for word in text.split() for at in range(0, len(word), 1_000)]
    piece: list[str] = []
    length = 0
    for word in words:
        if len(piece) == PASSAGE_WORDS or length + len(word) > _PASSAGE_CHARACTERS:
            yield _Unit(" ".join(piece), start, end, path, ends_line=False)
            piece, length = [], 0
        piece.append(word)
        length += len(word) + 1
    if piece:
        yield _Unit(" ".join(piece), start, end, path, ends_line)


def _pack(units: tuple[_Unit, ...]) -> Iterator[list[_Unit]]:
    group: list[_Unit] = []
    words = characters = 0
    for unit in units:
        words += len(unit.text.split())
        characters += len(unit.text)
        too_long = words > PASSAGE_WORDS or characters > _PASSAGE_CHARACTERS
        if group and (unit.path != group[0].path or too_long):
            yield group
            group, words, characters = [], len(unit.text.split()), len(unit.text)
        group.append(unit)
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
