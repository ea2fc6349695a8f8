"""Do the sentences of a written answer say what the question asks for?

Asked after domain/grounding.py: an answer can be true and cited and still be beside the point. What counts is
what the sentences say that were used, with their headings, not what stands somewhere in the passages: the
word that is asked for, names, quantities, the kind of answer, and the row of a table. Words and surface only,
English and Indonesian. Decides nothing: domain/verdict.py does.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sahut.domain.answer import Passage
from sahut.domain.coverage import words_alike
from sahut.domain.evidence import names_in
from sahut.domain.expected import (
    ASKING,
    NUMBER_WORDS,
    Expected,
    asks_for_money,
    expected_answer,
    holds,
    names_money,
    names_person,
)
from sahut.domain.grounding import Claim
from sahut.domain.language import detect_language
from sahut.domain.related import LIGHT
from sahut.domain.splitting import sentences
from sahut.domain.table_rows import speaks_of_another_row
from sahut.domain.words import content_words, tokens

# Bounds: an answer has 1 to 10 claims, a question 5 to 30 words.
_MAX_CLAIMS = 12
_MAX_WORDS = 24
_LONGEST_QUESTION = 1_000
_LONGEST_TEXT = 4_000

# `python -m bench.confidence --fit`, without the evidence: how much each gap takes off.
_BIAS = 0.31
_WEIGHTS = {
    "asked_word": -1.81,
    "wanted_thing": -1.38,
    "kind": -0.40,
    "count": -1.51,
    "money": -1.74,
    "person": -1.23,
    "name": -0.43,
    "untied": -0.90,
    "other_language": -0.56,
}
_ANOTHER_ROW_AT_MOST = 0.05


class Gap(StrEnum):
    """What an answer lacks most. ANOTHER_ROW: its number or row belongs to something else in the table."""

    NONE = ""
    ANOTHER_ROW = "another_row"
    ASKED_WORD = "asked_word"
    KIND = "kind_of_answer"
    NAME = "name"
    QUANTITY = "quantity_of_something_else"
    APART = "apart_from_the_question"


@dataclass(frozen=True, slots=True)
class Answerability:
    """score: how well the sentences used cover what is asked, 0 to 1. gap: what is missing most.

    The rest are the gaps, 0.0 (none) to 1.0, as the weights see them. asked_word: what no sentence has of the
    first words after "who", "how many" …; wanted_thing: the same of all words of a question for yes or no;
    words of the document's title don't count in either. name: of the question's names. kind, count, money,
    person: whether nothing of the kind that is asked for is there; count: a number, but of something else.
    untied: whether no sentence has both the kind and a word of the question. other_language: whether words
    can't be compared.
    """

    score: float
    gap: Gap = Gap.NONE
    logit: float = 0.0
    asked_word: float = 0.0
    wanted_thing: float = 0.0
    kind: float = 0.0
    count: float = 0.0
    money: float = 0.0
    person: float = 0.0
    name: float = 0.0
    untied: float = 0.0
    other_language: float = 0.0
    another_row: bool = False


_CUE = re.compile(
    r"\b(?:how many|how much|how|whose|whom|who|what|which|where|when|why|siapa(?:kah)?|apa|berapa(?:kah)?"
    r"|di ?mana|kapan|seberapa|bagaimana)\b",
    re.IGNORECASE,
)
_YES_OR_NO = re.compile(
    r"\W{0,9}(?:is|are|do|does|did|can|could|may|will|was|were|has|have|apakah|bisa(?:kah)?|boleh|ada(?:kah)?)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(r"\b(?:how many|berapa (?:jumlah|banyak)|jumlah|berapa)\s(.{1,80})", re.IGNORECASE)
_AMOUNT = re.compile(r"\d.*|(?:rp|idr|usd|gbp|eur)\d+")
_FIRST_TWO = (0.6, 0.4)
# So many words lie at most between a number and what it counts: "7 of the small islands".
_COUNTS_WITHIN = 4


@dataclass(frozen=True, slots=True)
class _Used:
    """A claim with the sentence that it was written from. heading: all above it, the title included."""

    text: str
    words: frozenset[str]
    heading: frozenset[str]
    title: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """words: that carry meaning. telling: those that aren't of all trades; names: those with a capital.

    kind: None where any will do.
    """

    text: str
    words: tuple[str, ...]
    telling: tuple[str, ...]
    names: tuple[str, ...]
    all_words: frozenset[str]
    kind: Expected | None


def answerability_of(question: str, claims: Sequence[Claim], shown: Sequence[Passage]) -> Answerability:
    """question: without greetings (domain/lane.py: search_text). claims: not empty; each cites a passage.

    shown: all passages that the answer was written from; a table may go on in another one than the cited.
    """
    asked = _asked(question[:_LONGEST_QUESTION])
    claims = claims[:_MAX_CLAIMS]
    used = [_used(claim) for claim in claims]
    row = speaks_of_another_row(asked.text, claims, shown)
    spoken = detect_language(asked.text, "")
    written = {passage.language for claim in claims for passage in claim.passages}
    if spoken and "" not in written and spoken not in written:
        return _scored({"other_language": 1.0}, another_row=row)
    return _scored(_gaps(asked, used), another_row=row)


def gap_names() -> tuple[str, ...]:
    """Of the gaps that have a weight, in their order."""
    return tuple(_WEIGHTS)


def _scored(gaps: dict[str, float], *, another_row: bool) -> Answerability:
    weighed = {name: _WEIGHTS[name] * gap for name, gap in gaps.items()}
    logit = _BIAS + sum(weighed.values())
    score = 1.0 / (1.0 + math.exp(-logit))
    if another_row:
        score = min(score, _ANOTHER_ROW_AT_MOST)
        logit = math.log(score / (1.0 - score))
    gap = Gap.ANOTHER_ROW if another_row else _worst(weighed)
    return Answerability(score, gap, logit, **gaps, another_row=another_row)


_GAP_OF = {
    "asked_word": Gap.ASKED_WORD,
    "wanted_thing": Gap.ASKED_WORD,
    "kind": Gap.KIND,
    "money": Gap.KIND,
    "person": Gap.KIND,
    "name": Gap.NAME,
    "count": Gap.QUANTITY,
    "untied": Gap.APART,
}


def _worst(weighed: dict[str, float]) -> Gap:
    told = {name: weight for name, weight in weighed.items() if name in _GAP_OF and weight < 0.0}
    return _GAP_OF[min(told, key=lambda name: told[name])] if told else Gap.NONE


def _asked(question: str) -> _Asked:
    words = tuple(word for word in content_words(question) if not _AMOUNT.fullmatch(word))[:_MAX_WORDS]
    telling = tuple(word for word in words if word not in ASKING and word not in LIGHT)
    names = tuple(word for word in names_in(question) if word in words)
    return _Asked(question, words, telling, names, frozenset(tokens(question)), expected_answer(question))


def _used(claim: Claim) -> _Used:
    """A claim in a model's own words is read together with the sentence that it leans on."""
    text, passage = claim.text[:_LONGEST_TEXT], claim.passages[0]
    said = text.strip(" .")
    quoted = next((each for each in claim.passages if said in each.text), None)
    if quoted is not None:
        passage = quoted
    else:
        sentence, passage = _leans_on(text, claim.passages)
        text = f"{text}\n{sentence}"
    title = frozenset(tokens(passage.title))
    return _Used(text, frozenset(tokens(text)), title.union(tokens(passage.heading)), title)


def _leans_on(text: str, passages: Sequence[Passage]) -> tuple[str, Passage]:
    """The sentence with the most words in common, '' where none has any, and its passage."""
    said = frozenset(tokens(text))
    most, best = 0, ("", passages[0])
    for each in passages:
        for sentence in sentences(each.text[:_LONGEST_TEXT]):
            shared = len(said.intersection(tokens(sentence)))
            if shared > most:
                most, best = shared, (sentence, each)
    return best


def _gaps(asked: _Asked, used: Sequence[_Used]) -> dict[str, float]:
    everything = frozenset[str]().union(*(each.words | each.heading for each in used))
    alike = {word: words_alike(word, everything) for word in asked.words}
    known = frozenset(word for word, likes in alike.items() if likes)
    holding = [each for each in used if holds(asked.kind, each.text, each.words, asked.all_words)]
    own = [word for word in asked.telling if used[0].title.isdisjoint(alike[word])]
    tied = any(
        not (each.words | each.heading - each.title).isdisjoint(alike[word])
        for each in holding
        for word in own
    )
    cue, closed = _CUE.search(asked.text), _YES_OR_NO.match(asked.text)
    after = [word for word in content_words(asked.text[cue.end() :]) if word in own] if cue else []
    person = asked.kind is Expected.PERSON
    return {
        "asked_word": _asked_word(after, known),
        "wanted_thing": _share_missing(own, known) if closed and not cue else 0.0,
        "kind": float(not holding),
        "count": float(asked.kind is Expected.NUMBER and not _counted(asked, used, alike)),
        "money": float(asks_for_money(asked.text) and not any(names_money(each.text) for each in used)),
        "person": float(person and not any(_somebody(each, asked) for each in used)),
        "name": _share_missing(asked.names, known),
        "untied": float(bool(own) and not tied),
    }


def _asked_word(after: Sequence[str], known: frozenset[str]) -> float:
    """The word behind "who", "how many" says most of what is wanted; the next one some."""
    return sum(share for word, share in zip(after, _FIRST_TWO, strict=False) if word not in known)


def _share_missing(words: Sequence[str], known: frozenset[str]) -> float:
    return sum(word not in known for word in words) / len(words) if words else 0.0


def _counted(asked: _Asked, used: Sequence[_Used], alike: dict[str, dict[str, float]]) -> bool:
    """Whether a number stands beside what is counted; True where the question doesn't say what."""
    found = _COUNT.search(asked.text)
    things = content_words(found[1])[:1] if found else []
    if not things or things[0] not in alike:
        return True
    return any(_beside_number(tokens(each.text), alike[things[0]]) for each in used)


def _beside_number(words: Sequence[str], things: Iterable[str]) -> bool:
    counted = frozenset(things)
    places = [at for at, word in enumerate(words) if word in counted]
    return any(
        near[0].isdigit() or near in NUMBER_WORDS
        for at in places
        for near in words[max(0, at - _COUNTS_WITHIN) : at + _COUNTS_WITHIN + 1]
    )


def _somebody(used: _Used, asked: _Asked) -> bool:
    return names_person(used.text, asked.all_words | used.title)
