"""How well the confidence of a written answer separates answers to keep from answers to hand over.

`python -m bench.confidence [DIR…]` quotes an answer to every question of the development sets (those of
bench/evidence.py, each answerable one also with its documents left out) and prints, for the half that the
weights were fitted on and for the other one, what is answered and handed over. `--fit` fits the weights of
domain/answerability.py and domain/confidence.py anew, on the first half only; `--thresholds` prints what
moving the early and the late threshold brings; `--lexical` does all of it without vectors.
Folders of other sets are reported and never fitted on.
"""

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.evidence import SEEN, TENANTS, WEIGHTS, Case, cases_of, development_cases
from sahut.domain.answer import Answer
from sahut.domain.answerability import Answerability, answerability_of, gap_names
from sahut.domain.confidence import DEFAULT_THRESHOLD, agreement, logit
from sahut.domain.evaluation import auroc
from sahut.domain.evidence import DEFAULT_THRESHOLD as EARLY_THRESHOLD
from sahut.domain.grounding import Judgement, cited_claims
from sahut.domain.lane import search_text
from sahut.domain.quoting import quote
from sahut.domain.verdict import verdict_on
from sahut.runtime.cli_eval import read_set

Floats = NDArray[np.float64]

# A quotation from a wrong document is a wrong answer, but the question was to be answered.
WRONG_DOCUMENT = 0.5


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with its quoted answer's verdict. fitted: whether the weights saw it. right: cites a document
    that answers.
    """

    case: Case
    fitted: bool
    right: bool
    answerability: Answerability
    judgement: Judgement

    @property
    def kind(self) -> str:
        return self.case.kind

    def answered(self, early: float, late: float) -> bool:
        seen = self.case.evidence
        kept = not self.answerability.another_row and self.judgement.confidence >= late
        return seen.score >= early and not seen.own_case and kept


def judged(cases: Sequence[Case], *, unseen_only: bool = False) -> list[Judged]:
    """Every other question of a set is fitted on, and with it the same one without its documents.

    unseen_only: those alone that the weights didn't see.
    """
    count: Counter[str] = Counter()
    found: list[Judged] = []
    for case in cases:
        if case.kind != "left out":
            count[case.name] += 1
        number = count[case.name] - 1
        seen = number % 2 == 0 and (number < SEEN or case.name not in TENANTS)
        fitted = seen and case.fitted
        if case.found and not (unseen_only and fitted):
            found.append(_judged(case, fitted=fitted))
    return found


def _judged(case: Case, *, fitted: bool) -> Judged:
    question = case.question.question
    text, citations = quote(search_text(question), case.found)
    answer = Answer(text, citations, "extractive")
    claims = cited_claims(answer, case.found)
    return Judged(
        case=case,
        fitted=fitted,
        right=not {each.document_id for each in citations}.isdisjoint(case.question.documents),
        answerability=answerability_of(search_text(question), claims, [hit.passage for hit in case.found]),
        judgement=verdict_on(answer, case.found, question, case.evidence.score),
    )


def report(cases: Sequence[Judged], early: float = EARLY_THRESHOLD, late: float = DEFAULT_THRESHOLD) -> str:
    """One line: what is answered of each kind, and the AUROC of the confidence against each."""
    yes = [case for case in cases if case.case.answerable]
    sent = [case for case in yes if case.answered(early, late)]
    parts = [
        f"handed over {len(yes) - len(sent)}/{len(yes)}, cites right {sum(c.right for c in sent)}/{len(sent)}"
    ]
    for kind in ("foreign", "near", "left out"):
        those = [case for case in cases if case.kind == kind]
        area = auroc([_score(case) for case in yes], [_score(case) for case in those])
        before = auroc([c.case.evidence.score for c in yes], [c.case.evidence.score for c in those])
        answered = sum(case.answered(early, late) for case in those)
        areas = f", AUROC {area:.3f} (evidence {before:.3f})" if area and before else ""
        parts.append(f"{kind}: answered {answered}/{len(those)}{areas}")
    return " · ".join(parts)


def _score(case: Judged) -> float:
    return 0.0 if case.answerability.another_row else case.judgement.confidence


def features(case: Judged) -> list[float]:
    """logit of the evidence, agreement, then the gaps."""
    gaps = [float(getattr(case.answerability, name)) for name in gap_names()]
    return [logit(case.case.evidence.score), agreement(case.case.found), *gaps]


def fit(cases: Sequence[Judged]) -> tuple[Floats, Floats]:
    """(bias and weights of the gaps, bias and weights of evidence, answerability and agreement).

    The gaps are weighed together with the evidence, so that what the evidence knows already isn't counted
    twice; then scaled so that they alone make a probability; then all three are weighed.
    """
    wanted: Floats = np.array([float(case.right) for case in cases])
    weight: Floats = np.array(
        [
            WEIGHTS[case.kind] * (WRONG_DOCUMENT if case.case.answerable and not case.right else 1.0)
            for case in cases
        ]
    )
    rows: Floats = np.array([features(case) for case in cases])
    together = _without_credit(rows, wanted, weight)
    sums: Floats = rows[:, 2:] @ together[3:]
    alone = regression(sums[:, None], wanted, weight)
    gaps: Floats = np.concatenate((alone[:1], alone[1] * together[3:]))
    answerable: Floats = gaps[0] + rows[:, 2:] @ gaps[1:]
    last = regression(np.c_[rows[:, 0], answerable, rows[:, 1]], wanted, weight)
    return gaps, last


def _without_credit(rows: Floats, wanted: Floats, weight: Floats) -> Floats:
    """A gap can only take off: those to which the fit gives credit are left out, one after the other."""
    kept = list(range(rows.shape[1]))
    while True:
        found = regression(rows[:, kept], wanted, weight)
        worst = max((n for n in range(len(kept)) if kept[n] >= 2), key=lambda n: found[n + 1])
        if found[worst + 1] <= 0.0:
            break
        del kept[worst]
    whole: Floats = np.zeros(rows.shape[1] + 1)
    whole[0] = found[0]
    whole[[n + 1 for n in kept]] = found[1:]
    return whole


def regression(rows: Floats, wanted: Floats, weight: Floats) -> Floats:
    """Bias and weights: logistic regression, L2 = 1 on features as they are.

    Not on standardised ones: a gap that is rare would be given any weight for the few cases that have it.
    """
    design = np.c_[np.ones(len(rows)), rows]
    held = np.diag([0.0, *[1.0] * rows.shape[1]])
    found: Floats = np.zeros(design.shape[1])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-(design @ found)))
        gradient = design.T @ (weight * (chance - wanted)) + held @ found
        hessian = (design * (weight * chance * (1 - chance))[:, None]).T @ design + held
        found -= np.clip(np.linalg.solve(hessian, gradient), -3.0, 3.0)
    return found


def confidences(cases: Sequence[Judged], gaps: Floats, last: Floats) -> Floats:
    """Logits of the confidence that these weights give."""
    rows: Floats = np.array([features(case) for case in cases])
    answerable: Floats = gaps[0] + rows[:, 2:] @ gaps[1:]
    found: Floats = last[0] + np.c_[rows[:, 0], answerable, rows[:, 1]] @ last[1:]
    return np.where([case.answerability.another_row for case in cases], -99.0, found)


def cross_fitted(cases: Sequence[Judged]) -> str:
    """AUROC against each kind where the weights saw only the other sets; mean over the sets."""
    areas: dict[str, list[float]] = {}
    for name in dict.fromkeys(case.case.name for case in cases):
        mine = [case for case in cases if case.case.name == name]
        scores = confidences(mine, *fit([case for case in cases if case.case.name != name]))
        kinds: dict[str, list[float]] = {}
        for case, score in zip(mine, scores, strict=True):
            kinds.setdefault(case.kind, []).append(float(score))
        for kind in set(kinds) - {"answerable"}:
            areas.setdefault(kind, []).append(auroc(kinds["answerable"], kinds[kind]) or 0.0)
    return " · ".join(f"{kind} {np.mean(found):.3f}" for kind, found in sorted(areas.items()))


def print_fit(cases: Sequence[Judged]) -> None:
    gaps, last = fit([case for case in cases if case.fitted])
    named = zip(("bias", *gap_names()), gaps, strict=True)
    print("answerability:", ", ".join(f"{name} {value:.2f}" for name, value in named))
    named = zip(("bias", "evidence", "answerability", "agreement"), last, strict=True)
    print("confidence:", ", ".join(f"{name} {value:.2f}" for name, value in named))
    for fitted in (True, False):
        part = [case for case in cases if case.fitted is fitted]
        scores = confidences(part, gaps, last)
        kinds: dict[str, list[float]] = {}
        for case, score in zip(part, scores, strict=True):
            kinds.setdefault(case.kind, []).append(float(score))
        told = (f"{kind} {auroc(kinds['answerable'], kinds[kind]):.3f}" for kind in sorted(kinds))
        print("AUROC of the", "fitted half:" if fitted else "other half:", " · ".join(told))
    print("AUROC of sets that the weights didn't see:", cross_fitted(cases))


def print_thresholds(cases: Sequence[Judged]) -> None:
    for early in (0.0, 0.1, 0.15, 0.2, 0.25, 0.3, EARLY_THRESHOLD):
        for late in (0.0, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6):
            halves = (report([c for c in cases if c.fitted is half], early, late) for half in (True, False))
            print(f"early {early:.2f} late {late:.2f}:", " | ".join(_short(half) for half in halves))


def _short(line: str) -> str:
    return " · ".join(part.split(", AUROC")[0] for part in line.split(" · "))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("sets", nargs="*", type=Path, metavar="DIR", help="other sets, never fitted on")
    parser.add_argument("--fit", action="store_true", help="fit the weights anew on the first half")
    parser.add_argument("--thresholds", action="store_true", help="what other thresholds would bring")
    parser.add_argument("--lexical", action="store_true", help="without vectors")
    options = parser.parse_args(arguments)
    print(f"thresholds: before writing {EARLY_THRESHOLD}, after it {DEFAULT_THRESHOLD}")
    with tempfile.TemporaryDirectory() as folder:
        cases = judged(development_cases(Path(folder), lexical=options.lexical))
        for name in (*dict.fromkeys(case.case.name for case in cases), "all"):
            for fitted, label in ((True, "fitted"), (False, "other half")):
                part = [c for c in cases if name in (c.case.name, "all") and c.fitted is fitted]
                print(f"{name}, {label}: {report(part)}")
        if options.fit:
            print_fit(cases)
        if options.thresholds:
            print_thresholds(cases)
        for path in options.sets:
            chosen = read_set(path)
            unseen = [False] * len(chosen.questions)
            other = cases_of(path.name, chosen, unseen, Path(folder), lexical=options.lexical)
            print(f"{path.name}, other: {report(judged(other))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
