"""Do the found passages answer the question? A score from 0 to 1, and a decision.

Knows nothing of answers: it is asked before one is written. Cosines of e5 live in .7 to .9, so the score
is a logistic of the nearest passage's cosine, corrected by how many of the question's words the passages
have never heard of. The same weights serve both seeded tenants; the knowledge issue calibrates per tenant.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sahut.domain.answer import FoundPassage
from sahut.domain.lane import search_text
from sahut.domain.language import detect_language
from sahut.domain.words import best_likeness, content_words, tokens

# How many passages to find: `weigh` was fitted on eight.
PASSAGES_WANTED = 8

# `python -m bench.evidence --fit`: logistic regression with L2 = 1 on one half (60) of the development
# questions in tests/golden. Of 14 sets of features, with cross-validation: cosine alone AUROC .900, with
# these three .920; margins to the mean or to the eighth passage, idf and sentence vectors add nothing.
# Smaller cosines mean a foreign topic: .74-.79 for "who won the world cup", .83-.93 for real questions.
_BIAS = -28.65
_COSINE = 35.98
_UNKNOWN = -3.39
# A question in another language than the passage shares no words with it: being unknown means nothing then.
_OTHER_LANGUAGE = 1.99

# Without vectors: share of the question's words in the best passage; AUROC .80 on the same half. The
# bias is 0.65 below the fitted one: words alone deceive more often, so they have to say more.
_LEXICAL_BIAS = -1.5
_LEXICAL_SHARE = 3.83

# Fewest errors (wrongly answered + wrongly handed over) on the fitted half. On the other half it answers
# 3 of 20 unanswerable questions, none of a foreign topic, and hands over 6 of 40 answerable ones.
DEFAULT_THRESHOLD = 0.55

# "Order TM-88213", "#4411", "nomor resi 00123456": no document knows about a single case.
_REFERENCE = re.compile(
    r"\b[A-Z]{2,5}-?\d{4,}\b|#\d{3,}"
    r"|\b(?:order|pesanan|resi|invoice|faktur|ref\w*|ticket|tiket)(?: (?:number|no|nomor|nmr))?\W{0,3}\d{4,}",
    re.IGNORECASE,
)
_OWN_CASE_AT_MOST = 0.3


@dataclass(frozen=True, slots=True)
class Evidence:
    """score: how surely the passages hold the answer, 0 to 1. enough: whether a machine may answer.

    The rest says why, for the ledger. cosine: of the nearest passage, 0.0 when no vectors were used.
    unknown: share of the question's content words that no passage has. own_case: an order number
    or the like is quoted. other_language: question and best passage differ.
    """

    score: float
    enough: bool
    cosine: float = 0.0
    unknown: float = 1.0
    own_case: bool = False
    other_language: bool = False


def weigh(question: str, found: Sequence[FoundPassage], threshold: float = 0.0) -> Evidence:
    """Weighs what `find(search_text(question), …, PASSAGES_WANTED)` brought, best first.

    threshold: the tenant's; 0 takes the built-in one.
    """
    if not found:
        return Evidence(0.0, enough=False)
    text = search_text(question)
    words = content_words(text)
    vocabularies = [_vocabulary(hit) for hit in found]
    cosine = max(hit.dense for hit in found)
    unknown = _unknown_share(words, vocabularies)
    other_language = _differ(detect_language(text, ""), found[0].passage.language)
    if cosine > 0.0:
        logit = _BIAS + _COSINE * cosine + _UNKNOWN * unknown + _OTHER_LANGUAGE * other_language
    else:
        logit = _LEXICAL_BIAS + _LEXICAL_SHARE * (1.0 - _unknown_share(words, vocabularies[:1]))
    own_case = _own_case(question, vocabularies)
    score = min(_logistic(logit), _OWN_CASE_AT_MOST if own_case else 1.0)
    return Evidence(
        score, score >= (threshold or DEFAULT_THRESHOLD), cosine, unknown, own_case, other_language
    )


def _vocabulary(hit: FoundPassage) -> frozenset[str]:
    return frozenset(tokens(f"{hit.passage.title} {hit.passage.heading} {hit.passage.text}"))


def _unknown_share(words: Sequence[str], vocabularies: Sequence[frozenset[str]]) -> float:
    """1.0 for a question without content words: nothing can be found for it."""
    if not words:
        return 1.0
    known = frozenset[str]().union(*vocabularies)
    return sum(best_likeness(word, known) == 0.0 for word in words) / len(words)


def _own_case(question: str, vocabularies: Sequence[frozenset[str]]) -> bool:
    known = frozenset[str]().union(*vocabularies)
    return any(not known.issuperset(tokens(quoted[0])) for quoted in _REFERENCE.finditer(question))


def _differ(language: str, other: str) -> bool:
    return bool(language and other and language != other)


def _logistic(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))
