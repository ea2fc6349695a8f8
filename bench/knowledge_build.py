"""How fast documents become knowledge: `python -m bench knowledge_build`, some 15 minutes on 2 cores.

The product's stages on the sandbox's emulator, beside Agno's ingestion into LanceDB (of the vector databases
that Agno writes to without a server, the one that scripts/compare_engines.py uses as well), with the same
embedder and documents; then by two workers, and a base of many small documents of which one changes. Each
build is a process of its own with an empty store.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.environment import ROOT, WORK, peer_knowledge_python
from bench.figures import OURS, PEER, Ingestion, KnowledgeBuild, KnowledgeFigures
from bench.knowledge_corpus import PAGES_A_DOCUMENT, documents, small_documents, write
from bench.knowledge_library import Built, Library, library
from bench.processes import machine_busy_s

_PEER_SCRIPT = ROOT / "bench" / "peers" / "agno_knowledge.py"
_TOUCHED = b"\n\nThis sentence is new.\n"


def measure(pages: int, small: int, rounds: int) -> KnowledgeFigures:
    """Everything, one after the other. A side that is compared has one core, its store included.

    rounds: how often the sides take turns. The peer's default split is measured once.

    Raises:
        subprocess.CalledProcessError: a side failed; what it said is on the terminal or in .bench.
    """
    python = peer_knowledge_python()
    with _cores(1):
        ours, peers = [], []
        for _ in range(rounds):
            ours.append(_ours("pages", pages, 1)[0])
            peers.append(_peer(python, pages, round(ours[0].characters / ours[0].passages)))
        peers.append(_peer(python, pages, 0))
    two = _ours("pages", pages, 2)[0]
    many, changed = _ours("small", small, 2)
    if changed.embedded != 1:
        raise AssertionError(f"one document of one passage changed, {changed.embedded} were embedded")
    return KnowledgeFigures((*map(_ingestion, ours), *peers), (ours[-1], two), many, changed)


def _ingestion(build: KnowledgeBuild) -> Ingestion:
    return Ingestion(
        side=OURS,
        split="its own, 150 words at most",
        pages=build.pages,
        passages=build.passages,
        characters=build.characters,
        seconds=build.total,
        embed_s=build.seconds["embed"],
        cpu_s=build.cpu_s,
        others_s=build.others_s,
    )


def _ours(kind: str, size: int, workers: int) -> list[KnowledgeBuild]:
    print(f"{OURS}: {size} {kind}, embedding processes: {workers} …", flush=True)
    command = [sys.executable, "-m", "bench.knowledge_build", kind, str(size), str(workers)]
    said = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = json.loads(said.splitlines()[-1])
    builds = [KnowledgeBuild(**{**each, "shards": tuple(each["shards"])}) for each in found]
    for build in builds:
        _tell(build.embedded, build.total, build.cpu_s, build.others_s)
    return builds


def _tell(passages: int, seconds: float, processor_s: float, others_s: float) -> None:
    """At once: a run that is broken off has measured something all the same."""
    print(
        f"  {passages} passages in {seconds:.1f} s, processor {processor_s:.1f} s, others' {others_s:.1f} s",
        flush=True,
    )


def _peer(python: Path, pages: int, chunk: int) -> Ingestion:
    """chunk: characters, 0 for what the peer does unless told."""
    split = f"{chunk} characters" if chunk else "its default, 5,000 characters"
    print(f"{PEER}: {pages} pages, {split} …", flush=True)
    WORK.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, (WORK / "agno-knowledge.log").open("w") as log:
        written = write(Path(folder) / "documents", pages)
        command = [str(python), "-P", str(_PEER_SCRIPT), f"{folder}/documents", f"{folder}/store", str(chunk)]
        busy = machine_busy_s()
        environment = {"PATH": os.environ.get("PATH", ""), "AGNO_TELEMETRY": "false"}
        done = subprocess.run(
            command, env=environment, check=True, stdout=subprocess.PIPE, stderr=log, text=True
        )
        busy = machine_busy_s() - busy
    found = json.loads(done.stdout.splitlines()[-1])
    others_s = max(0.0, busy - found["whole_cpu_s"])
    _tell(found["passages"], found["seconds"], found["cpu_s"], others_s)
    return Ingestion(
        side=PEER,
        split=split,
        pages=written,
        passages=found["passages"],
        characters=found["characters"],
        seconds=found["seconds"],
        embed_s=found["embed"],
        cpu_s=found["cpu_s"],
        others_s=others_s,
    )


@contextmanager
def _cores(count: int) -> Iterator[None]:
    """Processes that are started meanwhile have so many cores between them."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, sorted(allowed)[-count:])
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def _build_pages(pages: int, workers: int) -> list[KnowledgeBuild]:
    made = list(documents(pages))
    with tempfile.TemporaryDirectory() as folder, library(Path(folder), workers) as base:
        _put(base, made)
        return [_figures(base.build(), len(made), len(made) * PAGES_A_DOCUMENT, workers)]


def _build_small(count: int, workers: int) -> list[KnowledgeBuild]:
    """The whole base, then once more after one document in its middle has changed."""
    made = list(small_documents(count))
    with tempfile.TemporaryDirectory() as folder, library(Path(folder), workers) as base:
        _put(base, made)
        whole = _figures(base.build(), count, 0, workers)
        name, body = made[count // 2]
        base.put(name, body + _TOUCHED)
        return [whole, _figures(base.build(), count, 0, workers)]


def _put(base: Library, made: Iterable[tuple[str, bytes]]) -> None:
    for name, body in made:
        base.put(name, body)


def _figures(built: Built, count: int, pages: int, workers: int) -> KnowledgeBuild:
    embedded = sum(passages for passages, _ in built.shards)
    return KnowledgeBuild(
        documents=count,
        pages=pages,
        workers=workers,
        cores=len(os.sched_getaffinity(0)),
        passages=built.passages,
        embedded=embedded,
        characters=built.characters,
        shards=tuple(passages for passages, _ in built.shards),
        seconds=built.seconds,
        a_passage_s=sum(seconds for _, seconds in built.shards) / embedded,
        cpu_s=built.cpu_s,
        others_s=built.others_s,
    )


def main() -> int:
    """One step of `measure`, in a process of its own; the figures are the last line."""
    parser: Any = argparse.ArgumentParser(description="A step of `python -m bench knowledge_build`.")
    parser.add_argument("kind", choices=("pages", "small"))
    parser.add_argument("size", type=int)
    parser.add_argument("workers", type=int)
    asked = parser.parse_args()
    build = _build_pages if asked.kind == "pages" else _build_small
    print(json.dumps([asdict(each) for each in build(asked.size, asked.workers)]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
