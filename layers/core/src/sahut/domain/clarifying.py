"""A question back to the customer: when one is worth asking, and its words where no model writes them."""

from collections.abc import Sequence

from sahut.domain.answer import FoundPassage
from sahut.domain.grounding import numbers
from sahut.domain.language import INDONESIAN

LONGEST = 300
# The two best passages count as two possible meanings when the second is nearly as good.
_NEARLY = 0.85
# Below this share of the threshold the documents hold too little: a person, not a question.
_FLOOR = 0.6


def worth_asking(confidence: float, threshold: float) -> bool:
    """Whether an answer this unsure may become a question back."""
    return _FLOOR * threshold <= confidence < threshold


def question_between(found: Sequence[FoundPassage], language: str) -> str:
    """Asks which of the two best subjects is meant; '' when there are no two."""
    if len(found) < 2:
        return ""
    best = found[0]
    for other in found[1:3]:
        near = other.fused >= _NEARLY * best.fused
        if near and _subject(other) != _subject(best) and _subject(best) and _subject(other):
            first, second = _subject(best), _subject(other)
            if language == INDONESIAN:
                return f"Apakah maksud Anda “{first}” atau “{second}”?"
            return f"Do you mean “{first}” or “{second}”?"
    return ""


def may_ask(text: str, found: Sequence[FoundPassage], question: str) -> bool:
    """Whether a model's question back may go out: one short question without news in it."""
    known = numbers("\n".join(f"{hit.passage.heading} {hit.passage.text}" for hit in found) + question)
    asks = text.rstrip().endswith(("?", "？"))
    return asks and len(text) <= LONGEST and "http" not in text.casefold() and numbers(text) <= known


def _subject(hit: FoundPassage) -> str:
    return hit.passage.heading or hit.passage.title
