"""Writes an index file. The same input gives the same bytes on the same SQLite version."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import NamedTemporaryFile

from sahut.adapters.sqlite_index.schema import FORMAT, PASSAGE_COLUMNS, TABLES
from sahut.domain.answer import Passage
from sahut.domain.splitting import text_to_embed


def build(
    path: Path,
    passages: Sequence[Passage],
    vectors: Sequence[Sequence[float]] | None,
    *,
    version: str,
    embedder: str,
) -> None:
    """Makes the file at `path`, whole or not at all.

    vectors: one unit vector per passage, in order; None makes a lexical index. embedder: its name.

    Raises:
        ValueError: vectors and passages don't match.
    """
    if vectors is not None and len(vectors) != len(passages):
        raise ValueError(f"{len(passages)} passages, {len(vectors)} vectors")
    with NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".part", delete=False) as part:
        draft = Path(part.name)
    try:
        with closing(sqlite3.connect(draft, isolation_level=None)) as database:
            _fill(database, passages, vectors, {"format": FORMAT, "version": version, "embedder": embedder})
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _fill(
    database: sqlite3.Connection,
    passages: Sequence[Passage],
    vectors: Sequence[Sequence[float]] | None,
    meta: dict[str, str],
) -> None:
    # A draft that a crash leaves behind is thrown away: no journal, no syncs.
    database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + TABLES)
    database.execute("BEGIN")
    database.executemany("INSERT INTO meta VALUES (?, ?)", sorted(meta.items()))
    marks = ", ".join("?" * 11)
    database.executemany(
        f"INSERT INTO passages (number, {PASSAGE_COLUMNS}) VALUES ({marks})",
        ((number, *_row(passage)) for number, passage in enumerate(passages)),
    )
    database.executemany(
        "INSERT INTO terms (rowid, body) VALUES (?, ?)",
        ((number, text_to_embed(passage)) for number, passage in enumerate(passages)),
    )
    if vectors is not None and len(vectors) > 0:
        database.execute("INSERT INTO vectors VALUES (0, ?, ?)", (len(vectors[0]), _matrix(vectors)))
    database.execute("INSERT INTO terms (terms) VALUES ('optimize')")
    database.execute("COMMIT")
    database.execute("VACUUM")


def _row(passage: Passage) -> tuple[str | int, ...]:
    return (
        passage.passage_id,
        passage.document_id,
        passage.title,
        passage.text,
        passage.heading,
        passage.page,
        passage.start,
        passage.end,
        passage.language,
        passage.uri,
    )


def _matrix(vectors: Sequence[Sequence[float]]) -> bytes:
    import numpy

    return numpy.asarray(vectors, dtype="<f2").tobytes()
