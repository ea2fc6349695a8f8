"""Does an answer speak of the row of a table that was asked for?

A row is a sentence with its column names, as domain/text_units.py writes it ("Zone: Papua; Fee: Rp85.000.").
A number of another row than the one asked for is in the evidence all the same; only the rows' own words tell
that it is wrong. Words only, no meaning.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sahut.domain.answer import Passage
from sahut.domain.coverage import words_alike
from sahut.domain.grounding import Claim, numbers
from sahut.domain.splitting import sentences
from sahut.domain.words import content_words, tokens

# Bounds of what is read: a passage has 150 words, a question 5 to 30.
_MOST_ROWS = 120
_MOST_WORDS = 24
_LONGEST_TEXT = 4_000

# Misspelt and affixed words count: see domain/words.py.
_THE_SAME = 0.7

_CELL = re.compile(r"(?:([^:;]{1,80}): )?([^;]+)")


@dataclass(frozen=True, slots=True)
class Row:
    """columns: their names, '' where one has none. key: words of the first cell. words: of all cells."""

    text: str
    columns: tuple[str, ...]
    key: frozenset[str]
    words: frozenset[str]
    numbers: frozenset[str]


def speaks_of_another_row(question: str, claims: Sequence[Claim], shown: Sequence[Passage]) -> bool:
    """Whether an answer has only rows that weren't asked for, or gives one row's number to another.

    A claim that names a row may speak of that one ("Papua costs more"), as long as another claim speaks of
    the row that is asked for. A question or claim that names no row of a table is content with any.
    """
    cited = {passage.document_id for claim in claims for passage in claim.passages}
    documents: dict[str, list[str]] = {}
    for passage in shown:
        if passage.document_id in cited:
            documents.setdefault(passage.document_id, []).append(passage.text)
    return any(_wrong(question, claims, table) for texts in documents.values() for table in tables_of(texts))


def rows_beside(question: str, shown: Sequence[Passage]) -> frozenset[str]:
    """Texts of rows that a question doesn't mean although it names others of their table."""
    documents: dict[str, list[str]] = {}
    for passage in shown:
        documents.setdefault(passage.document_id, []).append(passage.text)
    found: set[str] = set()
    for texts in documents.values():
        for table in tables_of(texts):
            if meant := rows_meant(question, table):
                found |= {row.text for row in table} - meant
    return frozenset(found)


def tables_of(texts: Iterable[str]) -> tuple[tuple[Row, ...], ...]:
    """The tables of a document's passages; one that is cut between two passages is one table again."""
    found: dict[tuple[str, ...], dict[str, Row]] = {}
    for text in texts:
        for sentence in sentences(text[:_LONGEST_TEXT]):
            row = _row(sentence)
            if row and len(found.setdefault(row.columns, {})) < _MOST_ROWS:
                found[row.columns].setdefault(row.text, row)
    return tuple(tuple(rows.values()) for rows in found.values() if len(rows) > 1)


def rows_meant(text: str, table: Sequence[Row]) -> frozenset[str]:
    """Texts of the rows that the text names; empty where it names none.

    The first column names a row; the others do where no word of the text is in the first. A word that every
    row has tells nothing. "Central Java" names that row and not "rest of Java", whose words are fewer of the
    same.
    """
    vocabulary = frozenset[str]().union(*(row.words for row in table))
    alike = {
        word: frozenset(other for other, how in words_alike(word, vocabulary).items() if how >= _THE_SAME)
        for word in content_words(text)[:_MOST_WORDS]
    }
    for of_key in (True, False):
        hits = [_hits(alike, row.key if of_key else row.words) for row in table]
        telling = frozenset[str]().union(*hits) - hits[0].intersection(*hits)
        told = [hit & telling for hit in hits]
        if telling:
            return frozenset(
                row.text
                for row, own in zip(table, told, strict=True)
                if own and not any(own < other for other in told)
            )
    return frozenset()


def _wrong(question: str, claims: Sequence[Claim], table: Sequence[Row]) -> bool:
    meant = rows_meant(question, table)
    given = numbers(question)
    touched: set[str] = set()
    for claim in claims:
        quoted = {row.text for row in table if row.text.rstrip(".") in claim.text}
        touched |= quoted
        if quoted:
            continue
        spoken = rows_meant(_without_digits(claim.text), table) or meant
        for number in numbers(claim.text) - given - _in_prose(claim.passages):
            having = {row.text for row in table if number in row.numbers}
            if having and spoken and having.isdisjoint(spoken):
                return True
            touched |= having & spoken
    return bool(meant and touched) and touched.isdisjoint(meant)


def _in_prose(passages: Sequence[Passage]) -> set[str]:
    """Numbers that the cited passages have outside of tables."""
    prose = (s for each in passages for s in sentences(each.text[:_LONGEST_TEXT]) if _row(s) is None)
    return numbers("\n".join((*prose, *(f"{each.title}\n{each.heading}" for each in passages))))


def _hits(alike: dict[str, frozenset[str]], words: frozenset[str]) -> frozenset[str]:
    return frozenset(word for word, likes in alike.items() if not likes.isdisjoint(words))


def _without_digits(text: str) -> str:
    return re.sub(r"\S*\d\S*", " ", text)


def _row(sentence: str) -> Row | None:
    if "; " not in sentence or ": " not in sentence:
        return None
    cells = _CELL.findall(sentence.rstrip("."))
    values = [str(value) for _, value in cells]
    return Row(
        text=sentence,
        columns=tuple(str(name).strip() for name, _ in cells),
        key=frozenset(tokens(values[0])),
        words=frozenset(word for value in values for word in tokens(value)),
        numbers=frozenset(numbers("\n".join(values))),
    )
