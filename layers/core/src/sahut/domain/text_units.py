"""Text into what is never cut: sentences, list items, table rows, each with its headings and its span.

A table row becomes a sentence with its column names, so that it can be found and quoted alone. No word is
lost: a heading with nothing below it, and a table with a single row, are units too. Knows nothing of file
formats: parsers write text with `#` headings, `- ` items and `| a | b |` rows. Takes time linear in the text.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from sahut.domain.words import word_set

PASSAGE_WORDS = 150
LONGEST_HEADING = 200
# Where words are no measure: 150 words of prose have about 1,000 characters, and e5 reads 512 tokens.
_PASSAGE_CHARACTERS = 2_000
# Scripts that are written without spaces. Two characters of them are a word.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)

_HEADING = re.compile(r"(#{1,6})\s(.*)")
_ITEM = re.compile(r"\s*(?:[-*+]\s+|(?=\d+[.)]\s))(.+)")
_ROW = re.compile(r"\s*\|(.+)\|\s*")
_RULE = re.compile(r"(?=.*--)[\s:|-]+")
_FENCE = re.compile(r"\s*(?:```|~~~).*")
_CELL = re.compile(r"(?<!\\)\|")
# Bounded: each of many open brackets would else look for its end through the whole document.
_LINK = re.compile(r"!?\[([^\]]{0,300}+)\]\(([^)\s]{0,1000}+)(?:\s[^)]{0,200}+)?\)")
_MARKS = re.compile(r"\*\*|__|`|(?<!\w)[*_](?=\w)|(?<=\w)[*_](?!\w)")
_END = re.compile(r"(?<![.!?…؟۔।])[.!?…؟۔।]++[\"')\]”’»]*+(?=\s)|[。！？｡]++[」』”’）)]*+|\n+")
_NEXT = re.compile(r"\s*(\S)")
_LONGEST_WORD = 40
_NEVER_AN_END = word_set("rp no jl jln mr mrs ms dr prof st kab kec approx vs tel telp min max hlm")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Where a sentence that is longer than a passage may be cut.
_TOKEN = re.compile(r"\S{1,200}")

_Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence, list item or table row; or a piece of one that is longer than a passage may be.

    start, end: in the document. path: headings above, the outermost first, '' where a level is skipped.
    after: what stands between this and the next one. prose: a sentence of a paragraph. size: in words.
    """

    text: str
    start: int
    end: int
    path: tuple[str, ...]
    after: str
    prose: bool
    size: float


def units_of(text: str) -> Iterator[Unit]:
    """All units in reading order."""
    return _Reader(text).units()


def sentences(text: str) -> list[str]:
    """Sentences of a passage or an answer; a line break always ends one."""
    return [text[start:end].strip() for start, end in _sentence_spans(text) if text[start:end].strip()]


def plain(text: str) -> str:
    """Without Markdown's marks; a link keeps its address, because customers can't click on a title."""
    linked = _LINK.sub(lambda found: f"{found[1]} ({found[2]})" if found[2] else found[1], text)
    return " ".join(_MARKS.sub("", linked).split())


def folded(text: str) -> str:
    """What domain.words.fold gives, in a tenth of the time where most characters are ASCII."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_ASCII.sub(lambda char: "" if unicodedata.combining(char[0]) else char[0], decomposed)


class _Reader:
    """Reads line by line. A block (paragraph or table) is open until something else begins.

    bare: the last heading, as units, as long as nothing was said below it.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._path: tuple[str, ...] = ("",)
        self._paragraph: list[_Span] = []
        self._columns: list[str] = []
        self._first_row: list[Unit] = []
        self._bare: list[Unit] = []
        self._fenced = False

    def units(self) -> Iterator[Unit]:
        for start, end in _lines(self._text):
            for unit in self._line(self._text[start:end], start, end):
                self._bare = []
                yield unit
        last = [*self._end_of_block()]
        yield from last or self._bare

    def _line(self, line: str, start: int, end: int) -> Iterator[Unit]:
        if _FENCE.fullmatch(line):
            yield from self._end_of_block()
            self._fenced = not self._fenced
        elif self._fenced:
            yield from _cut(line, start, end, self._path)
        elif _RULE.fullmatch(line):
            yield from self._end_of_paragraph()
        elif row := _ROW.fullmatch(line):
            yield from self._end_of_paragraph()
            yield from self._row(row[1], start, end)
        else:
            yield from self._other_line(line, start, end)

    def _other_line(self, line: str, start: int, end: int) -> Iterator[Unit]:
        heading, item = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
        if heading or item or self._columns or not line.strip():
            yield from self._end_of_block()
        if heading:
            yield from self._heading(len(heading[1]), plain(heading[2].strip("# \t")), start, end)
        elif item:
            yield from _cut(item[1], start, end, self._path)
        elif line.strip():
            self._paragraph.append((start, end))

    def _heading(self, level: int, heading: str, start: int, end: int) -> Iterator[Unit]:
        if self._bare and level <= len(self._path):
            yield from self._bare
        above = self._path[: level - 1]
        name = heading if len(heading) <= LONGEST_HEADING else heading[:LONGEST_HEADING].rsplit(" ", 1)[0]
        self._path = (*above, *[""] * (level - 1 - len(above)), name)
        if name == heading:
            self._bare = [*_cut(heading, start, end, self._path)]
        else:
            yield from _cut(heading, start, end, self._path)

    def _row(self, row: str, start: int, end: int) -> Iterator[Unit]:
        """A table's first row names its columns and says nothing itself, unless it stays alone."""
        cells = [plain(cell.replace("\\|", "|")) for cell in _CELL.split(row)]
        if self._columns:
            self._first_row = []
            yield from _cut(_row_text(self._columns, cells), start, end, self._path)
        else:
            self._columns = cells
            self._first_row = [*_cut(_row_text([], cells), start, end, self._path)]

    def _end_of_block(self) -> Iterator[Unit]:
        yield from self._end_of_paragraph()
        yield from self._first_row
        self._columns, self._first_row = [], []

    def _end_of_paragraph(self) -> Iterator[Unit]:
        """The sentences of consecutive lines; line breaks inside a paragraph mean nothing."""
        if not self._paragraph:
            return
        first, last = self._paragraph[0][0], self._paragraph[-1][1]
        self._paragraph = []
        raw = self._text[first:last].replace("\n", " ").replace("\r", " ").rstrip()
        for start, end in _sentence_spans(raw):
            for begin, stop in _pieces(raw[start:end]):
                at, to = start + begin, start + stop
                after = "\n" if to >= len(raw) else " " if raw[to].isspace() else ""
                yield from _cut(raw[at:to], first + at, first + to, self._path, after)


def _row_text(columns: list[str], cells: list[str]) -> str:
    pairs = zip_longest(columns, cells, fillvalue="")
    said = [f"{name}: {cell}" if name else cell for name, cell in pairs if cell]
    return "; ".join(said) + "." if said else ""


def _cut(
    text: str, start: int, end: int, path: tuple[str, ...], prose_then: str | None = None
) -> Iterator[Unit]:
    """One unit; more only where it is longer than a passage may be, none where nothing is said.

    prose_then: what follows a sentence of a paragraph; None for anything that stands on its own line.
    """
    said = plain(text)
    for begin, stop in _pieces(said):
        piece = said[begin:stop]
        whole = stop == len(said)
        after = ("\n" if prose_then is None else prose_then) if whole else " " if said[stop] == " " else ""
        yield Unit(piece, start, end, path, after, prose_then is not None, _size(piece))


def _size(text: str) -> float:
    """In words, for text without spaces too."""
    words = len(text.split()) + (0 if text.isascii() else len(_SPACELESS.findall(text)) / 2)
    return max(words, len(text) * PASSAGE_WORDS / _PASSAGE_CHARACTERS)


def _pieces(text: str) -> Iterator[_Span]:
    """The whole text without the space around it, or pieces that are no longer than a passage."""
    if _size(text) <= PASSAGE_WORDS:
        if said := text.strip():
            begin = text.index(said)
            yield begin, begin + len(said)
        return
    begin = end = 0
    size = 0.0
    for token in _TOKEN.finditer(text):
        more = _size(token[0])
        if size and size + more > PASSAGE_WORDS:
            yield begin, end
            size = 0.0
        begin = token.start() if size == 0.0 else begin
        size += more
        end = token.end()
    if size:
        yield begin, end


def _lines(text: str) -> Iterator[_Span]:
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line.rstrip("\r\n"))
        start += len(line)


def _sentence_spans(text: str) -> Iterator[_Span]:
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
