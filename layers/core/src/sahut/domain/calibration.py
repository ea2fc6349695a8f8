"""Calibration: what a logit of the evidence means on one organisation's documents, and when to answer.

Platt's scaling, held near the built-in one as long as there are few questions, and the threshold that costs
least. Computed from a set of questions; knows nothing of how the logit came about.
"""

import math
from collections.abc import Sequence

from sahut.domain.evaluation import auroc
from sahut.domain.evidence import DEFAULT_THRESHOLD, probability
from sahut.domain.knowledge import Calibration

# A wrong answer costs a customer's trust, a wrong hand-over a colleague's minute.
COST_OF_A_WRONG_ANSWER = 3.0
COST_OF_A_WRONG_HANDOVER = 1.0

# How strongly slope and intercept are held at 1 and 0, in units of the log-likelihood. A question in doubt
# tells the intercept about .2 and the slope about .5 (logits spread by 1.5): twenty weigh as much as these,
# and ten move the scale by a third of what they ask for.
_PRIOR_SLOPE = 12.0
_PRIOR_INTERCEPT = 4.0
# A set on which the score points the wrong way is odd; the score must not be turned around.
_LEAST_SLOPE = 0.1
# What moving the threshold by one logit costs, squared, in wrong hand-overs, and how much more it costs where
# there are few questions: 7 with 12 of them, 3 with 60, so that a few unlucky ones don't close an agent.
_PRIOR_THRESHOLD = 2.0
_PRIOR_THRESHOLD_OF_FEW = 60.0
_THRESHOLDS = tuple(n / 100 for n in range(5, 100))
_FOLDS = 5


def calibrate(logits: Sequence[float], answerable: Sequence[bool]) -> Calibration:
    """The calibration of a set: one logit and one truth per question.

    The threshold is chosen, and auroc computed, from scores that each question got from a fit without it. A
    set that lacks answerable or unanswerable questions teaches nothing: the built-in one comes back.

    Raises:
        ValueError: not as many truths as logits.
    """
    if len(logits) != len(answerable):
        raise ValueError(f"{len(logits)} logits, {len(answerable)} truths")
    if len(set(answerable)) < 2:
        return Calibration(questions=len(logits))
    fitted = _fit(logits, answerable)
    scores = _cross_validated(logits, answerable)
    area = auroc(
        [score for score, yes in zip(scores, answerable, strict=True) if yes],
        [score for score, yes in zip(scores, answerable, strict=True) if not yes],
    )
    return Calibration(
        slope=fitted.slope,
        intercept=fitted.intercept,
        threshold=_threshold(scores, answerable),
        questions=len(logits),
        auroc=area,
    )


def cost(scores: Sequence[float], answerable: Sequence[bool], threshold: float) -> float:
    """What answering at or above the threshold costs on these questions."""
    pairs = list(zip(scores, answerable, strict=True))
    wrong_answers = sum(score >= threshold and not yes for score, yes in pairs)
    wrong_handovers = sum(score < threshold and yes for score, yes in pairs)
    return COST_OF_A_WRONG_ANSWER * wrong_answers + COST_OF_A_WRONG_HANDOVER * wrong_handovers


def _threshold(scores: Sequence[float], answerable: Sequence[bool]) -> float:
    held = _PRIOR_THRESHOLD + _PRIOR_THRESHOLD_OF_FEW / len(scores)

    def expense(threshold: float) -> float:
        moved = _logit(threshold) - _logit(DEFAULT_THRESHOLD)
        return cost(scores, answerable, threshold) + held * moved * moved

    return min(_THRESHOLDS, key=expense)


def _cross_validated(logits: Sequence[float], answerable: Sequence[bool]) -> list[float]:
    """Scores, each from a fit on the questions of the other folds; every fold has its share of both kinds."""
    fold_of = [0] * len(logits)
    for kind in (True, False):
        for count, at in enumerate(at for at, yes in enumerate(answerable) if yes is kind):
            fold_of[at] = count % _FOLDS
    fits = [
        _fit(
            [logit for logit, own in zip(logits, fold_of, strict=True) if own != fold],
            [yes for yes, own in zip(answerable, fold_of, strict=True) if own != fold],
        )
        for fold in range(_FOLDS)
    ]
    return [probability(logit, fits[fold]) for logit, fold in zip(logits, fold_of, strict=True)]


def _fit(logits: Sequence[float], answerable: Sequence[bool]) -> Calibration:
    """The most likely slope and intercept under the priors, by damped Newton steps."""
    slope, intercept = 1.0, 0.0
    for _ in range(50):
        gradient_s = _PRIOR_SLOPE * (slope - 1.0)
        gradient_i = _PRIOR_INTERCEPT * intercept
        ss, si, ii = _PRIOR_SLOPE, 0.0, _PRIOR_INTERCEPT
        for logit, yes in zip(logits, answerable, strict=True):
            chance = probability(logit, Calibration(slope, intercept))
            gradient_s += (chance - yes) * logit
            gradient_i += chance - yes
            sure = chance * (1.0 - chance)
            ss, si, ii = ss + sure * logit * logit, si + sure * logit, ii + sure
        determinant = ss * ii - si * si
        step_s = (ii * gradient_s - si * gradient_i) / determinant
        step_i = (ss * gradient_i - si * gradient_s) / determinant
        # Far from the minimum a whole step overshoots.
        damped = min(1.0, 2.0 / (abs(step_s) + abs(step_i) + 1e-12))
        slope, intercept = slope - damped * step_s, intercept - damped * step_i
        if abs(step_s) + abs(step_i) < 1e-9:
            break
    return Calibration(max(slope, _LEAST_SLOPE), intercept)


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))
