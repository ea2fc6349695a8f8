"""An evaluation's report, for programs and for people. Knows no figure that isn't in it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from sahut.domain.evaluation import Outcome, answering_of, percentile, retrieval_of
from sahut.domain.knowledge import Calibration


@dataclass(frozen=True, slots=True)
class Built:
    """The index that was evaluated. seconds: of reading, embedding and writing; cached: passages whose
    vectors were known from an earlier run and cost nothing. skipped: (document, why it can't be read).
    """

    documents: int
    passages: int
    collapsed: int
    cached: int
    seconds: float
    bytes: int
    embedder: str
    skipped: tuple[tuple[str, str], ...] = ()


def as_json(outcomes: Sequence[Outcome], built: Built, calibration: Calibration) -> dict[str, object]:
    """The report's fields; the first four are a stable contract, more may come beside them."""
    retrieval, answering = retrieval_of(outcomes), answering_of(outcomes)
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    return {
        "retrieval": _rounded(asdict(retrieval)),
        "answering": _rounded(asdict(answering)),
        "latency_ms": _latency(outcomes),
        "index": {"passages": built.passages, "seconds": round(built.seconds, 3), "bytes": built.bytes}
        | {"documents": built.documents, "collapsed": built.collapsed, "vectors_from_cache": built.cached}
        | {"embedder": built.embedder},
        "counts": {
            "questions": len(outcomes),
            "answerable": len(answerable),
            "unanswerable": len(outcomes) - len(answerable),
            "answered": sum(outcome.answered for outcome in outcomes),
        },
        "calibration": _rounded(asdict(calibration)),
        "skipped_documents": [{"document": name, "reason": why} for name, why in built.skipped],
        "questions": [_question(outcome) for outcome in outcomes],
    }


def summary(report: dict[str, object]) -> dict[str, object]:
    """The report without what is told question by question."""
    return {name: value for name, value in report.items() if name != "questions"}


def _latency(outcomes: Sequence[Outcome]) -> dict[str, float]:
    times = {
        "": [outcome.total_ms for outcome in outcomes],
        "embedding_": [outcome.embed_ms for outcome in outcomes],
        "finding_": [outcome.find_ms for outcome in outcomes],
    }
    return {
        f"{name}p{round(100 * share)}": round(percentile(values, share), 2)
        for name, values in times.items()
        for share in (0.5, 0.95)
    }


def _question(outcome: Outcome) -> dict[str, object]:
    asked = outcome.question
    return {
        "id": asked.id,
        "question": asked.question,
        "language": asked.language,
        "kind": asked.kind,
        "answerable": asked.answerable,
        "documents": list(asked.documents),
        "right": outcome.right,
        "answered": outcome.answered,
        "cited": list(outcome.cited),
        "score": round(outcome.score, 4),
        "reason": outcome.reason,
        "ranked": list(outcome.ranked),
        "text": outcome.text,
        "ms": round(outcome.total_ms, 2),
    }


def _rounded(values: dict[str, float | int | None]) -> dict[str, float | int | None]:
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in values.items()}


def as_table(name: str, outcomes: Sequence[Outcome], built: Built, calibration: Calibration) -> str:
    """The report as people read it: figures, then kinds of questions, then what went wrong."""
    return "\n".join(
        (
            f"{name}: {built.documents} documents, {len(outcomes)} questions",
            *(f"  skipped {document}: {why}" for document, why in built.skipped),
            "",
            *_figures(outcomes, built),
            *_calibration(calibration),
            "",
            *_kinds(outcomes),
            "",
            *_wrong(outcomes),
        )
    )


def _figures(outcomes: Sequence[Outcome], built: Built) -> Iterator[str]:
    found, said = retrieval_of(outcomes), answering_of(outcomes)
    yes = sum(outcome.question.answerable for outcome in outcomes)
    no = len(outcomes) - yes
    auroc = "-" if said.auroc_answerable is None else f"{said.auroc_answerable:.3f}"
    latency = _latency(outcomes)
    rows = (
        ("retrieval", "recall at 1", f"{found.recall_at_1:.3f}", f"of {yes} answerable questions"),
        ("", "recall at 5", f"{found.recall_at_5:.3f}", ""),
        ("", "MRR at 10", f"{found.mrr_at_10:.3f}", ""),
        ("", "nDCG at 10", f"{found.ndcg_at_10:.3f}", ""),
        ("answering", "answered", f"{said.answered:.1%}", f"of {len(outcomes)} questions"),
        ("", "cited a right document", f"{said.cited_right_document:.1%}", "of the answerable ones answered"),
        ("", "wrongly handed over", f"{said.wrongly_handed_over:.1%}", f"of {yes} answerable ones"),
        ("", "wrongly answered", f"{said.wrongly_answered:.1%}", f"of {no} unanswerable ones"),
        ("", "AUROC answerable", auroc, "of the evidence score"),
        ("", "right outcomes", f"{said.right_outcomes:.1%}", "of all"),
        ("latency", "p50", f"{latency['p50']:.1f} ms", f"embedding {latency['embedding_p50']:.1f} ms"),
        ("", "p95", f"{latency['p95']:.1f} ms", f"embedding {latency['embedding_p95']:.1f} ms"),
        ("index", "passages", f"{built.passages:,}", f"{built.collapsed} near-duplicates not searched"),
        ("", "seconds", f"{built.seconds:.2f}", f"{built.cached} vectors from the cache"),
        ("", "bytes", f"{built.bytes:,}", built.embedder or "no vectors"),
    )
    for part, label, value, of_what in rows:
        yield f"  {part:<11}{label:<24}{value:>10}  {of_what}".rstrip()


def _calibration(calibration: Calibration) -> Iterator[str]:
    auroc = "" if calibration.auroc is None else f", AUROC {calibration.auroc:.3f} by cross-validation"
    yield (
        f"  calibration of this set: slope {calibration.slope:.2f}, intercept {calibration.intercept:+.2f}, "
        f"threshold {calibration.threshold:.2f}{auroc}"
    )


def _kinds(outcomes: Sequence[Outcome]) -> Iterator[str]:
    kinds = sorted({(not each.question.answerable, each.question.kind) for each in outcomes})
    for unanswerable, kind in kinds:
        those = [
            outcome
            for outcome in outcomes
            if outcome.question.kind == kind and outcome.question.answerable is not unanswerable
        ]
        label = f"{'unanswerable' if unanswerable else 'answerable'} {kind}".strip()
        yield f"  {label:<34}{sum(each.right for each in those):>4} of {len(those):>3} right"


def _wrong(outcomes: Iterable[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.right:
            continue
        asked = " ".join(outcome.question.question.split())
        came = f"cites {', '.join(outcome.cited) or 'nothing'}" if outcome.answered else outcome.reason
        yield f"  wrong  {outcome.question.id}  {outcome.score:.2f}  {came}  |  {asked[:90]}"
