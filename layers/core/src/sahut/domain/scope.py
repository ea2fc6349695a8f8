"""Is this a customer's question at all, or one for a general-purpose assistant?

WhatsApp bans general-purpose assistants, and a model asked for a poem will write one. Only what is surely
outside is refused; all else is for the documents to decide. A tenant whose trade one of the topics is
(a clinic, a translator) names it in its profile.
"""

import re
from enum import StrEnum

from sahut.domain import scope_phrases as said
from sahut.domain.phrases import Phrases
from sahut.domain.words import tokens


class Topic(StrEnum):
    CREATIVE_WRITING = "creative_writing"
    PROGRAMMING = "programming"
    MATHEMATICS = "mathematics"
    TRANSLATION = "translation"
    HOMEWORK = "homework"
    MEDICAL_ADVICE = "medical_advice"
    LEGAL_ADVICE = "legal_advice"
    POLITICS = "politics"
    NEWS_AND_FORECASTS = "news_and_forecasts"
    COMPANIONSHIP = "companionship"


_PHRASES = {topic: Phrases(getattr(said, topic.name), said.GROUPS) for topic in Topic}
_PIECES = re.compile(r"[\n!?;:]+|[.,](?=\s|$)")
# "17 * 23 = ?": nothing but a sum. Not 30x40, 3-5, 12/11 or +62 812.
_SUM = re.compile(
    r"\s*(?:what is|what's|whats|calculate|compute|berapa(?:kah)?|hitung(?:lah)?|hasil(?: dari)?)?"
    r"\s*[(\d][\d\s.,()]*"
    r"(?:[+*^×÷][\d\s.,()+*/^×÷-]*|[-/][\d\s.,()]*[+*^×÷][\d\s.,()+*/^×÷-]*)\s*=?\s*\??\s*",
    re.IGNORECASE,
)
_LONGEST_SUM = 200


def out_of_scope(question: str, own: frozenset[Topic] = frozenset()) -> Topic | None:
    """The topic that makes a burst no customer's question, or None. own: the tenant's trades."""
    if len(question) <= _LONGEST_SUM and _SUM.fullmatch(question) and Topic.MATHEMATICS not in own:
        return Topic.MATHEMATICS
    pieces = [normal for piece in _PIECES.split(question) if (normal := " ".join(tokens(piece)))]
    for text in dict.fromkeys((*pieces, " ".join(pieces))):
        for topic, phrases in _PHRASES.items():
            if topic not in own and phrases.in_text(text):
                return topic
    return None


def topics_of(names: list[str]) -> frozenset[Topic]:
    """Topics as configuration names them.

    Raises:
        ValueError: one is unknown.
    """
    return frozenset(Topic(name) for name in names)
