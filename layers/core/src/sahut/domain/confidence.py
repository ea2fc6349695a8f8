"""How sure is it that an answer is right and answers the question? One figure from all local checks.

Combines what was known before writing (the evidence score) with what is known after: how far the sentences
lean on their passages, whether they cover what is asked, and whether words and vectors agree.
Decides nothing: domain/verdict.py does.
"""

import math
from collections.abc import Sequence

from sahut.domain.answer import FoundPassage
from sahut.domain.answerability import Answerability

# `python -m bench.confidence --fit`: logistic regression on every other question of the development sets. On
# the other half the AUROC against questions about the documents' own subjects is .80 (.77 of the evidence
# alone), the same on sets that the weights didn't see. Against foreign questions and left-out documents it is
# .93 and .79 (.96 and .81): what the sentences say of those, all passages say better.
_BIAS = -0.19
_EVIDENCE = 0.68
_ANSWERABILITY = 0.55
_AGREEMENT = 0.14

# Between the lowest that keeps foreign questions of the development sets below 6 % and the highest that hands
# over a quarter of the answerable ones, on the half that was fitted on; the other half: 6 and 28 %.
DEFAULT_THRESHOLD = 0.37

# Not fitted: quotations have a support of 1.0, and the sets are answered by quoting. Fair paraphrases in the
# tests have .45 and more. This much is as good as all; the least that is let through halves the confidence.
_FULL_SUPPORT = 0.8
_LEAST_SUPPORT = 0.4
_AT_LEAST_SUPPORT = 0.5

# A score of 0 or 1 has no logit.
_EDGE = 1e-3


def confidence_of(
    evidence_score: float, support: float, answerability: Answerability, found: Sequence[FoundPassage]
) -> float:
    """From 0 to 1. support: of the weakest sentence, see domain/grounding.py. found: best first."""
    z = (
        _BIAS
        + _EVIDENCE * logit(evidence_score)
        + _ANSWERABILITY * answerability.logit
        + _AGREEMENT * agreement(found)
    )
    return _share_of(support) / (1.0 + math.exp(-z))


def agreement(found: Sequence[FoundPassage]) -> float:
    """1.0 where the nearest passage also has the most words in common with the question, else 0.0.

    1.0 without vectors: nobody disagrees.
    """
    if not found or not any(hit.dense for hit in found):
        return 1.0
    nearest = max(found, key=lambda hit: hit.dense)
    return float(nearest.lexical >= max(hit.lexical for hit in found))


def logit(score: float) -> float:
    held = min(max(score, _EDGE), 1.0 - _EDGE)
    return math.log(held / (1.0 - held))


def _share_of(support: float) -> float:
    missing = (_FULL_SUPPORT - min(max(support, _LEAST_SUPPORT), _FULL_SUPPORT)) / (
        _FULL_SUPPORT - _LEAST_SUPPORT
    )
    return 1.0 - (1.0 - _AT_LEAST_SUPPORT) * missing
