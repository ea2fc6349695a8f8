"""Two search engines as their documentation shows them, for scripts/compare_engines.py in an own environment.

Reads FOLDER/set.json (texts, unit vectors, queries as text and vector), writes FOLDER/ranked.json: for every
engine the passages' numbers, best first, query by query. Knows the standard library and the engines only.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

# Of each engine's answer, as many passages as documents are ranked from.
WANTED = 100


class Asked(TypedDict):
    text: str
    vector: list[float]


class Task(TypedDict):
    texts: list[str]
    vectors: list[list[float]]
    queries: list[Asked]


def lancedb(task: Task, folder: Path) -> list[list[int]]:
    """Hybrid search with its own full-text index and its default reranker (reciprocal rank fusion)."""
    engine = importlib.import_module("lancedb")
    rows = [
        {"number": number, "text": text, "vector": vector}
        for number, (text, vector) in enumerate(zip(task["texts"], task["vectors"], strict=True))
    ]
    table = engine.connect(str(folder / "lancedb")).create_table("passages", rows)
    table.create_index("text", config=importlib.import_module("lancedb.index").FTS())
    found = []
    for query in task["queries"]:
        search = table.search(query_type="hybrid").vector(query["vector"]).text(query["text"])
        found.append([int(row["number"]) for row in search.limit(WANTED).to_list()])
    return found


def chroma(task: Task, folder: Path) -> list[list[int]]:
    """Its default: nearest vectors. On unit vectors its squared distance ranks as the cosine does."""
    engine = importlib.import_module("chromadb")
    settings = engine.Settings(anonymized_telemetry=False)
    client = engine.PersistentClient(str(folder / "chroma"), settings=settings)
    collection = client.create_collection("passages", embedding_function=None)
    for at in range(0, len(task["texts"]), 1_000):
        some = range(at, min(at + 1_000, len(task["texts"])))
        collection.add(
            ids=[str(number) for number in some],
            documents=[task["texts"][number] for number in some],
            embeddings=[task["vectors"][number] for number in some],
        )
    wanted = min(WANTED, len(task["texts"]))
    found = []
    for query in task["queries"]:
        answer = collection.query(query_embeddings=[query["vector"]], n_results=wanted)
        found.append([int(number) for number in answer["ids"][0]])
    return found


ENGINES: dict[str, Callable[[Task, Path], list[list[int]]]] = {"lancedb": lancedb, "chroma": chroma}


def main(folder: Path) -> None:
    task: Task = json.loads((folder / "set.json").read_text())
    answers = {}
    for name, engine in ENGINES.items():
        started = time.perf_counter()
        answers[name] = {"ranked": engine(task, folder), "seconds": time.perf_counter() - started}
    (folder / "ranked.json").write_text(json.dumps(answers))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
