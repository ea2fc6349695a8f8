"""Writes an index file. The same input gives the same bytes on the same SQLite version.

Memory doesn't grow with the passages, but for a signature of each (domain/duplicates.py) and a name and
tags of each document.
"""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from sahut.adapters.sqlite_index.schema import CHUNK, COMMON, FORMAT, INDEXES, TABLES
from sahut.domain.answer import Passage
from sahut.domain.duplicates import Duplicates, Said, said_by
from sahut.domain.splitting import text_to_embed
from sahut.domain.text_units import folded
from sahut.ports.passages import Entry, Written

_PAGE_CACHE_KIB = 8_192


class SqliteIndexWriter:
    """A ports.passages.IndexWriter that makes the file at `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, entries: Iterable[Entry], *, version: str, embedder: str, dimensions: int) -> Written:
        """Nothing is left at `path` when it fails; a file that was there stays.

        Raises:
            ValueError: a vector of another size, two passages with one id, or two sets of tags for
                one document.
        """
        path = self._path
        with NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".part", delete=False) as part:
            draft = Path(part.name)
        try:
            with closing(sqlite3.connect(draft, isolation_level=None)) as database:
                written = _Draft(database, dimensions).filled(entries, version, embedder)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
        return written


@dataclass(slots=True)
class _Document:
    number: int
    tags: tuple[str, ...]
    passages: int = 0


class _Draft:
    """A file that is being filled. One that a crash leaves behind is thrown away: no journal, no syncs."""

    def __init__(self, database: sqlite3.Connection, dimensions: int) -> None:
        self._database = database
        self._dimensions = dimensions
        self._documents: dict[str, _Document] = {}
        self._names: list[str] = []
        self._duplicates = Duplicates(self._said_at)
        self._chunk: list[bytes] = []
        self._passages = 0
        self._collapsed = 0

    def filled(self, entries: Iterable[Entry], version: str, embedder: str) -> Written:
        self._database.executescript(
            f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-{_PAGE_CACHE_KIB}; {TABLES}"
        )
        self._database.execute("BEGIN")
        for entry in entries:
            self._add(entry)
        self._close_chunk()
        self._finish({"format": FORMAT, "version": version, "embedder": embedder})
        return Written(self._passages, self._collapsed)

    def _add(self, entry: Entry) -> None:
        if len(entry.vector) != 2 * self._dimensions:
            raise ValueError(f"a vector of {len(entry.vector)} bytes, expected {2 * self._dimensions}")
        number = self._passages
        document = self._document(entry)
        repeats = self._duplicates.first_of(number, said_by(entry.passage, document.tags))
        self._insert(number, document.number, repeats, entry.passage)
        document.passages += 1
        self._passages += 1
        self._collapsed += repeats is not None
        self._chunk.append(entry.vector)
        if len(self._chunk) == CHUNK:
            self._close_chunk()

    def _insert(self, number: int, document: int, repeats: int | None, passage: Passage) -> None:
        try:
            self._database.execute(
                "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (number, document, repeats, *_row(passage)),
            )
        except sqlite3.IntegrityError as error:
            raise ValueError("two passages have the same id") from error
        if repeats is None:
            self._database.execute(
                "INSERT INTO terms (rowid, body) VALUES (?, ?)", (number, folded(text_to_embed(passage)))
            )

    def _document(self, entry: Entry) -> _Document:
        name = entry.passage.document_id
        document = self._documents.get(name)
        if document is None:
            document = self._documents[name] = _Document(len(self._names), entry.tags)
            self._names.append(name)
        elif sorted(document.tags) != sorted(entry.tags):
            raise ValueError("two passages of one document have different tags")
        return document

    def _said_at(self, number: int) -> Said:
        document, title, text, heading = self._database.execute(
            "SELECT document, title, text, heading FROM passages WHERE number = ?", (number,)
        ).fetchone()
        name = self._names[document]
        return said_by(Passage("", name, title, text, heading), self._documents[name].tags)

    def _close_chunk(self) -> None:
        if self._chunk and self._dimensions:
            first = self._passages - len(self._chunk)
            self._database.execute("INSERT INTO vectors VALUES (?, ?)", (first, b"".join(self._chunk)))
        self._chunk = []

    def _finish(self, meta: dict[str, str]) -> None:
        sizes = {"dimensions": self._dimensions, "passages": self._passages, "collapsed": self._collapsed}
        self._database.executemany(
            "INSERT INTO meta VALUES (?, ?)", [*meta.items(), *((name, str(n)) for name, n in sizes.items())]
        )
        self._database.executemany(
            "INSERT INTO documents VALUES (?, ?, ?, ?)",
            ((d.number, name, json.dumps(d.tags), d.passages) for name, d in self._documents.items()),
        )
        self._database.execute("INSERT INTO terms (terms) VALUES ('optimize')")
        self._database.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab(main, 'terms', 'row')")
        self._database.execute(
            "INSERT INTO common SELECT term, doc FROM temp.vocabulary WHERE doc > ? ORDER BY term", (COMMON,)
        )
        self._database.execute("COMMIT")
        self._database.executescript(INDEXES)
        self._database.execute("VACUUM")


def _row(passage: Passage) -> tuple[str | int, ...]:
    return (
        passage.passage_id,
        passage.title,
        passage.text,
        passage.heading,
        passage.page,
        passage.start,
        passage.end,
        passage.language,
        passage.uri,
        passage.document_version,
    )
