"""The last look at an answer: does it give away what no customer may see, or carry more than words?

Complements domain/grounding.py, which holds claims, numbers and links against the documents.
"""

import re
from collections.abc import Iterator
from enum import StrEnum

from sahut.domain.hidden_text import tagged
from sahut.domain.pii import secrets_in
from sahut.domain.words import tokens


class Leak(StrEnum):
    PROMPT = "prompt"
    SEAL = "seal"
    SECRET = "secret"
    INTERNAL = "internal"
    MARKUP = "markup"
    TEMPLATE = "template"
    HIDDEN = "hidden"
    PLACEHOLDER = "placeholder"


# So many words in a row are nobody's chance: the longest that a seeded document shares with the rules is 4.
_WORDS_IN_A_ROW = 7

_SEAL = re.compile(
    r"===\s{0,3}(?:end of )?[a-z][a-z ,]{0,60}\s[0-9a-f]{8,12}\s{0,3}===|={3,}\s?end of\b", re.IGNORECASE
)
_INTERNAL = re.compile(
    r"\barn:aws[a-z-]{0,10}:|\bs3://|(?<![\w#])(?:T|TENANT|TURN|CHANNEL|APIKEY|SOCKET|DOCUMENT)#[\w-]"
    r"|\bsahut\.(?:domain|stages|adapters|runtime)\b|\bAWS_[A-Z_]{4,40}\b|<\|[a-z_]{2,30}\|>",
)
_MARKUP = re.compile(
    r"!\[[^\]\n]{0,300}\]|\[[^\]\n]{1,300}\]\([^)\n]{1,500}\)|</?[a-z][a-z0-9]{0,20}(?:\s[^<>\n]{0,300})?/?>|<!--|javascript:|data:text/"
    r"|&#x?[0-9a-f]{2,6};",
    re.IGNORECASE,
)
_TEMPLATE = re.compile(r"\{\{[^\n]{0,200}?\}\}|[$#]\{[^}\n]{0,200}\}|<%[^\n]{0,200}?%>|\{%[^\n]{0,200}?%\}")
_PLACEHOLDER = re.compile(r"[⟦⟧]")


def leaks(answer_text: str, rules_text: str, evidence_text: str = "") -> Leak | None:
    """Why an answer must not go out, or None.

    rules_text: all that the model was told as its rules. evidence_text: what it was to answer from; what
    stands there word for word may be said, be it a house rule, a tag or a template's field.
    """
    if len(tagged(answer_text)) > 0:
        return Leak.HIDDEN
    if _SEAL.search(answer_text):
        return Leak.SEAL
    if secrets_in(answer_text) - secrets_in(evidence_text):
        return Leak.SECRET
    for kind, pattern in ((Leak.INTERNAL, _INTERNAL), (Leak.MARKUP, _MARKUP), (Leak.TEMPLATE, _TEMPLATE)):
        if any(found[0] not in evidence_text for found in pattern.finditer(answer_text)):
            return kind
    if any(found[0] not in evidence_text for found in _PLACEHOLDER.finditer(answer_text)):
        return Leak.PLACEHOLDER
    told = set(_runs(rules_text)) & set(_runs(answer_text))
    return Leak.PROMPT if told - set(_runs(evidence_text)) else None


def _runs(text: str) -> Iterator[tuple[str, ...]]:
    words = tokens(text)
    return zip(*(words[at:] for at in range(_WORDS_IN_A_ROW)), strict=False)
