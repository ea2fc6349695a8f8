"""One knowledge base version, opened for reading: lexical, dense and fused search."""

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sahut.adapters.sqlite_index.schema import FORMAT, PASSAGE_COLUMNS
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.errors import Refused
from sahut.domain.words import STOP_WORDS, tokens

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

# Best of five fusions on four public sets (FACTS §5: 0.7 · minmax(cosine) + 0.3 · bm25 / max).
DENSE_WEIGHT = 0.7

# Words of a query that are looked up, and passages that get a lexical score: both bound the time of a
# query that somebody makes long on purpose. A question has 5 to 30 words.
_MAX_TERMS = 40
_MAX_LEXICAL = 200


class SqlitePassages:
    """A ports.passages.Passages on an immutable file. Safe to share between threads.

    Raises:
        Refused: the file is no index of ours, or of another format.
    """

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._matrix: NDArray[numpy.float32] | None = None
        try:
            self._database = sqlite3.connect(
                f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1", uri=True, check_same_thread=False
            )
            self._meta: dict[str, str] = dict(self._database.execute("SELECT name, value FROM meta"))
        except sqlite3.Error as error:
            raise Refused(f"not an index file: {path.name}") from error
        if self._meta.get("format") != FORMAT:
            raise Refused(f"index format {self._meta.get('format')}, expected {FORMAT}")
        self._dimensions, self._count = self._shape()

    @property
    def version(self) -> str:
        return self._meta["version"]

    @property
    def embedder(self) -> str:
        """Name of the embedder whose query vectors this index understands; '' for a lexical index."""
        return self._meta["embedder"] if self._dimensions else ""

    def __len__(self) -> int:
        return self._count

    def close(self) -> None:
        self._database.close()

    def find(self, query: str, query_vector: Sequence[float] | None, limit: int) -> tuple[FoundPassage, ...]:
        """The best passages, best first, at most `limit`.

        `dense` is the raw cosine, 0.0 without a query vector; `lexical` the raw BM25, positive is better.

        Raises:
            Refused: the vector has another size than the index.
        """
        with self._lock:
            lexical = self._lexical(query)
            if query_vector is None or not self._dimensions:
                fused = _scaled(lexical)
                dense: Mapping[int, float] = {}
            else:
                fused, dense = self._fused(lexical, query_vector, limit)
            # The number breaks ties, so that equal scores come in the same order everywhere.
            best = sorted(fused, key=lambda number: (-fused[number], number))[:limit]
            passages = self._read(best)
        return tuple(
            FoundPassage(passages[n], fused[n], dense.get(n, 0.0), lexical.get(n, 0.0)) for n in best
        )

    def passages_with_vectors(self) -> list[tuple[Passage, list[float]]]:
        """Everything in the file, for a build that reuses the vectors of unchanged passages."""
        if not self._dimensions:
            return []
        with self._lock:
            rows = self._read(range(self._count))
            matrix = self._vectors()
        return [(rows[number], matrix[number].tolist()) for number in range(self._count)]

    def _shape(self) -> tuple[int, int]:
        (count,) = self._database.execute("SELECT count(*) FROM passages").fetchone()
        row = self._database.execute("SELECT dimensions FROM vectors").fetchone()
        return (row[0] if row else 0), count

    def _lexical(self, query: str) -> dict[int, float]:
        match = fts_query(query)
        if not match:
            return {}
        rows = self._database.execute(
            "SELECT rowid, -bm25(terms) FROM terms WHERE terms MATCH ? ORDER BY bm25(terms), rowid LIMIT ?",
            (match, _MAX_LEXICAL),
        )
        return dict(rows.fetchall())

    def _fused(
        self, lexical: Mapping[int, float], query_vector: Sequence[float], limit: int
    ) -> tuple[dict[int, float], dict[int, float]]:
        """Fused scores and cosines of all that can be among the best: nearest vectors and word matches."""
        import numpy

        if len(query_vector) != self._dimensions:
            raise Refused(f"{len(query_vector)} dimensions asked, the index has {self._dimensions}")
        cosines = self._vectors() @ numpy.asarray(query_vector, dtype=numpy.float32)
        lowest, spread = float(cosines.min()), float(cosines.max() - cosines.min())
        nearest = numpy.argsort(-cosines, kind="stable")[: limit + _MAX_LEXICAL]
        numbers = {int(n) for n in nearest} | set(lexical)
        dense = {n: float(cosines[n]) for n in numbers}
        scaled = _scaled(lexical)
        fused = {
            n: DENSE_WEIGHT * ((dense[n] - lowest) / spread if spread else 1.0)
            + (1 - DENSE_WEIGHT) * scaled.get(n, 0.0)
            for n in numbers
        }
        return fused, dense

    def _vectors(self) -> "NDArray[numpy.float32]":
        if self._matrix is None:
            import numpy

            (blob,) = self._database.execute("SELECT matrix FROM vectors").fetchone()
            # float16 halves the file; float32 multiplies several times faster.
            stored = numpy.frombuffer(blob, dtype="<f2").reshape(self._count, self._dimensions)
            self._matrix = stored.astype(numpy.float32)
        return self._matrix

    def _read(self, numbers: Sequence[int]) -> dict[int, Passage]:
        found: dict[int, Passage] = {}
        for at in range(0, len(numbers), 500):
            some = numbers[at : at + 500]
            marks = ", ".join("?" * len(some))
            rows = self._database.execute(
                f"SELECT number, {PASSAGE_COLUMNS} FROM passages WHERE number IN ({marks})", tuple(some)
            )
            found.update((number, Passage(*row)) for number, *row in rows)
        return found


def fts_query(query: str) -> str:
    """An FTS5 expression for any text: quoted words joined by OR; '' when the text has no word.

    Stop words are left out (five times faster, FACTS §5), unless there is nothing else.
    """
    words = list(dict.fromkeys(tokens(query)))
    telling = [word for word in words if word not in STOP_WORDS] or words
    return " OR ".join(f'"{word}"' for word in telling[:_MAX_TERMS])


def _scaled(lexical: Mapping[int, float]) -> dict[int, float]:
    highest = max(lexical.values(), default=0.0)
    return {n: score / highest if highest > 0 else 0.0 for n, score in lexical.items()}
