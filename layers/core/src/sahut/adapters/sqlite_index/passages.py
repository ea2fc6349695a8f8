"""One knowledge base version, opened for reading: lexical, dense and fused search."""

import json
import sqlite3
import threading
from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sahut.adapters.sqlite_index.schema import CHUNK, FORMAT, PASSAGE_COLUMNS
from sahut.adapters.sqlite_index.terms import match_any, match_both, rare_and_common
from sahut.adapters.sqlite_index.vectors import Matrix
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.errors import Refused
from sahut.domain.fusion import fused, words_tell
from sahut.domain.words import terms_of
from sahut.ports.passages import Entry, Query

# Passages that get a lexical score: bounds the time of a query, and nobody reads on.
_MAX_LEXICAL = 200

# Passages that are ranked by their words. FTS5 takes 1.6 µs for each, and 0.04 µs to find it. A smaller index
# is ranked whole for all but the longest questions. What it costs in a large one: on the seeded questions,
# ranking half of the passages leaves nDCG@10 at 89.9 and 89.4, a fifth takes 0.5 off, a tenth a point;
# of 100,000 synthetic passages 99 % of the best eight are the same (bench/retrieval_speed.py).
_MAX_RANKED = 8_000

# Sets of tags whose passages are remembered. A tenant filters by few.
_REMEMBERED_TAGS = 16


@dataclass(frozen=True, slots=True)
class _Tagged:
    """documents: their numbers as a JSON array. numbers: of their passages."""

    documents: str
    numbers: "array[int]"


class SqlitePassages:
    """A ports.passages.Passages on an immutable file. Safe to share between threads.

    Raises:
        Refused: the file is no index of ours, or of another format.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._matrix: Matrix | None = None
        self._known_tags: dict[frozenset[str], _Tagged] = {}
        try:
            self._database = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            self._meta: dict[str, str] = dict(self._database.execute("SELECT name, value FROM meta"))
        except sqlite3.Error as error:
            raise Refused(f"not an index file: {path.name}") from error
        if self._meta.get("format") != FORMAT:
            raise Refused(f"index format {self._meta.get('format')}, expected {FORMAT}")
        self._dimensions = int(self._meta["dimensions"])
        self._file_bytes = path.stat().st_size

    @property
    def version(self) -> str:
        return self._meta["version"]

    @property
    def embedder(self) -> str:
        """Name of the embedder whose query vectors this index understands; '' for a lexical index."""
        return self._meta["embedder"] if self._dimensions else ""

    def __len__(self) -> int:
        """All passages in the file, collapsed ones too."""
        return int(self._meta["passages"])

    @property
    def collapsed(self) -> int:
        """Passages that nearly repeat another and are never found."""
        return int(self._meta["collapsed"])

    @property
    def file_bytes(self) -> int:
        return self._file_bytes

    def close(self) -> None:
        self._database.close()

    def find(self, query: Query, limit: int) -> tuple[FoundPassage, ...]:
        """The best passages, best first, at most `limit`.

        `dense` is the raw cosine, 0.0 without a query vector; `lexical` the raw BM25, positive is better.
        Fused scores are normalised over the whole index, whatever the tags.

        Raises:
            Refused: the vector has another size than the index.
        """
        with self._lock:
            among = self._tagged(query.tags)
            lexical = self._lexical(query, among)
            scores, dense = self._fused(query, lexical, among, limit)
            # The number breaks ties, so that equal scores come in the same order everywhere.
            best = sorted(scores, key=lambda number: (-scores[number], number))[: max(0, limit)]
            passages = self._read(best)
        return tuple(
            FoundPassage(passages[n], scores[n], dense.get(n, 0.0), lexical.get(n, 0.0)) for n in best
        )

    def documents(self) -> dict[str, int]:
        """How many passages each document has, collapsed ones too; in the order of the file."""
        with self._lock:
            rows = self._database.execute("SELECT document_id, passages FROM documents ORDER BY number")
            return dict(rows.fetchall())

    def searched(self) -> Iterator[Entry]:
        """What can be found, in the order of the file: without collapsed passages."""
        with self._lock:
            rows = self._database.execute("SELECT number FROM passages WHERE repeats IS NOT NULL")
            collapsed = {number for (number,) in rows}
        return (entry for number, entry in enumerate(self.entries()) if number not in collapsed)

    def entries(self, without_documents: Container[str] = ()) -> Iterator[Entry]:
        """Everything in the file in its order, collapsed passages too: for a build that carries it over.

        Keeps few passages in memory, and lets other threads search meanwhile.
        """
        for first in range(0, len(self), CHUNK):
            with self._lock:
                chunk = self._chunk(first)
            for entry in chunk:
                if entry.passage.document_id not in without_documents:
                    yield entry

    def _chunk(self, first: int) -> list[Entry]:
        rows = self._database.execute(
            f"SELECT documents.tags, {PASSAGE_COLUMNS} FROM passages JOIN documents"
            " ON documents.number = document WHERE passages.number BETWEEN ? AND ? ORDER BY passages.number",
            (first, first + CHUNK - 1),
        ).fetchall()
        size = 2 * self._dimensions
        matrix = self._database.execute("SELECT matrix FROM vectors WHERE first = ?", (first,)).fetchone()
        return [
            Entry(Passage(*row), matrix[0][at * size : (at + 1) * size] if matrix else b"", _tags(tags))
            for at, (tags, *row) in enumerate(rows)
        ]

    def _tagged(self, tags: frozenset[str]) -> _Tagged | None:
        """What carries all the tags; None when nothing is asked for."""
        if not tags:
            return None
        if tags not in self._known_tags:
            if len(self._known_tags) >= _REMEMBERED_TAGS:
                self._known_tags.clear()
            self._known_tags[tags] = self._read_tagged(tags)
        return self._known_tags[tags]

    def _read_tagged(self, tags: frozenset[str]) -> _Tagged:
        rows = self._database.execute("SELECT number, tags FROM documents WHERE tags <> '[]'")
        documents = json.dumps([number for number, carried in rows if tags.issubset(_tags(carried))])
        numbers = self._database.execute(
            "SELECT number FROM passages WHERE document IN (SELECT value FROM json_each(?))", (documents,)
        )
        return _Tagged(documents, array("q", (number for (number,) in numbers)))

    def _lexical(self, query: Query, among: _Tagged | None) -> dict[int, float]:
        """BM25 of the passages that have a word, the best of them.

        FTS5 spends its time on ranking every passage that has any of the words. So only those with one of
        the rarer words are ranked, first by these, then those that have a common one beside by all of them.
        Lost is who has common words alone.
        """
        terms = terms_of(query.text, query.synonyms)
        if not terms or (among and not among.numbers):
            return {}
        rare, common = rare_and_common(terms, self._common(terms), _MAX_RANKED)
        found = self._ranked(match_any(rare), among)
        if common:
            found |= self._ranked(match_both(rare, common), among)
        return found

    def _ranked(self, match: str, among: _Tagged | None) -> dict[int, float]:
        rows = self._database.execute(
            # Documents are looked up in the order of rank, and only until there are enough.
            "SELECT rowid, -rank FROM terms WHERE terms MATCH ?1 AND (?2 IS NULL"
            " OR (SELECT document FROM passages WHERE number = terms.rowid)"
            " IN (SELECT value FROM json_each(?2))) ORDER BY rank LIMIT ?3",
            (match, among.documents if among else None, _MAX_LEXICAL),
        )
        return dict(rows.fetchall())

    def _common(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many passages a word is, for those that are in many."""
        words = json.dumps(list({word for term in terms for word in term.split()}))
        rows = self._database.execute(
            "SELECT term, passages FROM common WHERE term IN (SELECT value FROM json_each(?))", (words,)
        )
        return dict(rows.fetchall())

    def _fused(
        self,
        query: Query,
        lexical: Mapping[int, float],
        among: _Tagged | None,
        limit: int,
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Fused scores and cosines of all that can be among the best."""
        vector = query.vector
        if vector is None or not self._dimensions:
            return fused({}, 0.0, 0.0, lexical), {}
        if len(vector) != self._dimensions:
            raise Refused(f"{len(vector)} dimensions asked, the index has {self._dimensions}")
        if self._matrix is None:
            self._matrix = Matrix.read(self._database, len(self), self._dimensions)
        # Whoever isn't among the nearest and has none of the words can't be better than these `limit`.
        among_numbers = among.numbers if among else None
        nearest = self._matrix.nearest(vector, max(0, limit), lexical, among_numbers)
        cosines = nearest.cosines
        if cosines and not words_tell(query.text, self._language(max(cosines, key=cosines.__getitem__))):
            lexical = {}
        return fused(cosines, nearest.lowest, nearest.highest, lexical), cosines

    def _language(self, number: int) -> str:
        row = self._database.execute("SELECT language FROM passages WHERE number = ?", (number,)).fetchone()
        return str(row[0])

    def _read(self, numbers: Sequence[int]) -> dict[int, Passage]:
        found: dict[int, Passage] = {}
        for at in range(0, len(numbers), 500):
            some = numbers[at : at + 500]
            marks = ", ".join("?" * len(some))
            rows = self._database.execute(
                f"SELECT passages.number, {PASSAGE_COLUMNS} FROM passages JOIN documents"
                f" ON documents.number = document WHERE passages.number IN ({marks})",
                tuple(some),
            )
            found.update((number, Passage(*row)) for number, *row in rows)
        return found


def _tags(stored: str) -> tuple[str, ...]:
    return tuple(json.loads(stored))
