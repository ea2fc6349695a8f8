"""Check the version: does it open and find, and does it do as well as the live one on the tenant's questions?

Without an evaluation set there is nothing to compare with, and the version may go live.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from sahut.contracts.knowledge_tasks import CheckResult, VersionTask
from sahut.domain.calibration import calibrate
from sahut.domain.evaluation import Question
from sahut.domain.knowledge import Calibration, KnowledgeRef, Version
from sahut.domain.profile import Profile
from sahut.domain.tenant import TenantId
from sahut.ports.knowledge import Documents, EvaluationSet, EvaluationSets, IndexShelf, Versions
from sahut.ports.passages import Passages, Query
from sahut.stages.evaluate import Report, evaluate
from sahut.stages.evaluation_set import read_questions
from sahut.stages.retrieve import QueryVectors
from sahut.stages.write_answer import extract

# Any passage of an index can be found by these: the commonest letters of its two languages.
_PROBE = "a e i 1 2 2026 the yang"


@dataclass(frozen=True, slots=True)
class Checking:
    versions: Versions
    shelf: IndexShelf
    documents: Documents
    sets: EvaluationSets
    query_vector: QueryVectors
    profile_of: Callable[[TenantId], Profile]
    clock: Callable[[], float]


def check_version(task: VersionTask, needs: Checking) -> CheckResult:
    """Measures and calibrates a version, and says whether it may go live by itself.

    Raises:
        Refused: the index can't be opened.
    """
    version = needs.versions.version(task.ref, task.version)
    needs.shelf.open(task.ref, version).find(Query(_PROBE), 1)
    evaluation = needs.sets.get(task.ref)
    if evaluation is None:
        return CheckResult(good=True)
    assessed = _assessed(task.ref, version, evaluation, needs)
    refused = _refused(task.ref, assessed, evaluation, needs)
    needs.versions.assess(task.ref, replace(assessed, refused=refused))
    return CheckResult(good=not refused, why=refused)


def _refused(ref: KnowledgeRef, version: Version, evaluation: EvaluationSet, needs: Checking) -> str:
    """Why the version does worse than the live one, '' when it doesn't or nobody asks."""
    live = needs.versions.live(ref)
    if live is None or live.version == version.version or not needs.documents.settings(ref).gated:
        return ""
    before = _assessed(ref, needs.versions.version(ref, live.version), evaluation, needs)
    ours, theirs = version.quality["right_outcomes"], before.quality["right_outcomes"]
    if ours >= theirs:
        return ""
    return f"right outcomes {ours:.1%}, the live version has {theirs:.1%}"


def _assessed(ref: KnowledgeRef, version: Version, evaluation: EvaluationSet, needs: Checking) -> Version:
    """The version with figures of this very set."""
    if version.evaluation_sha256 == evaluation.sha256:
        return version
    questions = read_questions(evaluation.text)
    passages = needs.shelf.open(ref, version)
    raw = _measured(ref, questions, passages, None, needs)
    calibration = calibrate(
        [outcome.logit for outcome in raw.outcomes], [question.answerable for question in questions]
    )
    report = _measured(ref, questions, passages, calibration, needs)
    return replace(
        version,
        calibration=calibration,
        quality=figures(report),
        evaluation_sha256=evaluation.sha256,
    )


def _measured(
    ref: KnowledgeRef,
    questions: Sequence[Question],
    passages: Passages,
    calibration: Calibration | None,
    needs: Checking,
) -> Report:
    profile = needs.profile_of(ref.tenant)
    return evaluate(
        questions,
        passages,
        needs.query_vector,
        calibration,
        extract,  # needs no model: a check costs nothing and is repeatable
        clock=needs.clock,
        threshold=profile.evidence_threshold,
        sure_at=profile.agent.confidence_threshold,
        synonyms=needs.documents.settings(ref).synonyms,
        tenant_name=profile.name,
    )


def figures(report: Report) -> dict[str, float]:
    """Retrieval's and answering's figures by name; what is unknown is left out."""
    known = asdict(report.retrieval) | asdict(report.answering)
    return {name: float(value) for name, value in known.items() if value is not None}
