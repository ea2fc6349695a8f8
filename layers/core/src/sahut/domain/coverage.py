"""How much of a question one sentence of the passages covers, if it has the kind of answer asked for.

Words only, compared leniently: affixes, misspellings, chat shorthand, and everyday words of one meaning
(domain/related.py). Knows no scores and decides nothing.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.expected import ASKING, Expected, expected_answer, holds
from sahut.domain.related import LIGHT, RELATED
from sahut.domain.splitting import sentences
from sahut.domain.words import likeness, tokens

# Passages whose sentences are read, as domain/quoting.py quotes from them.
_READ = 3
# Words of a question that are looked at: bounds the time of a long one. A question has 5 to 30.
_MAX_WORDS = 24
_MAX_SENTENCES = 40

# "go", "happens", "how long": words of all trades weigh as three tenths of a telling one.
_LIGHT_WEIGHT = 0.3
# A word of the same meaning counts a little less than an affixed one (domain/words.py: 0.8).
_RELATED = 0.75
# A word of the heading belongs to every sentence below it; one of the sentence beside it nearly does.
_IN_HEADING = 0.8
_BESIDE = 0.6
# Above this a word is taken for the heading's own.
_THE_SAME = 0.7


@dataclass(frozen=True, slots=True)
class Coverage:
    """said: of the sentence that covers most of the question and holds a candidate, 0 to 1; half of it for
    all of the question's words, half for those that the headings don't have. subject: share of the question's
    words that only name the best document. candidate: whether any sentence holds one; True for questions that
    expect nothing in particular. vocabulary: of all found passages.
    """

    said: float
    subject: float
    candidate: bool
    vocabulary: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Asked:
    """weights: of the question's words. alike: which words of the passages are how much like each of them."""

    kind: Expected | None
    all_words: frozenset[str]
    weights: Mapping[str, float]
    alike: Mapping[str, Mapping[str, float]]

    def match(self, word: str, among: frozenset[str]) -> float:
        return max((how for other, how in self.alike[word].items() if other in among), default=0.0)


def coverage_of(text: str, words: Sequence[str], found: Sequence[FoundPassage]) -> Coverage:
    """text: what was searched for. words: its content words without amounts. found: best first, not empty."""
    words = words[:_MAX_WORDS]
    read = [hit.passage for hit in found]
    spoken = [frozenset(tokens(f"{each.title} {each.heading} {each.text}")) for each in read]
    vocabulary = frozenset[str]().union(*spoken)
    alike = {word: words_alike(word, vocabulary) for word in words}
    telling = {word: telling_weight(word) for word in words}
    # A word that every passage has tells nothing about which of them answers.
    common = {word: sum(not alike[word].keys().isdisjoint(each) for each in spoken) for word in words}
    rarity = {word: math.log(1 + (len(read) + 1) / (common[word] + 0.5)) for word in words}
    asked = _Asked(
        kind=expected_answer(text),
        all_words=frozenset(tokens(text)),
        weights={word: telling[word] * rarity[word] for word in words},
        alike=alike,
    )
    said = [share for passage in read[:_READ] for share in _said(asked, passage)]
    titled = frozenset(tokens(read[0].title))
    named = sum(telling[word] for word in words if asked.match(word, titled) >= _THE_SAME)
    return Coverage(
        said=max(said, default=0.0),
        subject=named / sum(telling.values()) if words else 0.0,
        candidate=bool(said) or asked.kind is None,
        vocabulary=vocabulary,
    )


def telling_weight(word: str) -> float:
    """How much a word says about what is wanted: 1.0, less for words of all trades."""
    return _LIGHT_WEIGHT if word in LIGHT or word in ASKING else 1.0


def _said(asked: _Asked, passage: Passage) -> Iterator[float]:
    """The coverage of each sentence that holds a candidate."""
    heading = frozenset(tokens(f"{passage.title} {passage.heading}"))
    above = {word: asked.match(word, heading) for word in asked.weights}
    spoken = sentences(passage.text)[:_MAX_SENTENCES]
    bags = [frozenset(tokens(sentence)) for sentence in spoken]
    own = [{word: asked.match(word, bag) for word in asked.weights} for bag in bags]
    for at, (sentence, bag) in enumerate(zip(spoken, bags, strict=True)):
        if holds(asked.kind, sentence, bag, asked.all_words):
            yield _share(asked, above, own, at)


def _share(asked: _Asked, above: Mapping[str, float], own: Sequence[Mapping[str, float]], at: int) -> float:
    beside = [own[near] for near in (at - 1, at + 1) if 0 <= near < len(own)]
    whole = total = focus = focused = 0.0
    for word, weight in asked.weights.items():
        here = max(own[at][word], _IN_HEADING * above[word])
        whole += weight * max(here, _BESIDE * max((each[word] for each in beside), default=0.0))
        total += weight
        if above[word] < _THE_SAME:
            focus += weight * own[at][word]
            focused += weight
    covered = whole / total if total else 0.0
    return 0.5 * covered + 0.5 * (focus / focused if focused else covered)


def words_alike(word: str, vocabulary: frozenset[str]) -> dict[str, float]:
    """The words of the vocabulary that look or mean the same, and how surely: see domain/words.py."""
    found: dict[str, float] = {}
    groups = RELATED.get(word, frozenset())
    first, size = word[0], len(word)
    for other in vocabulary:
        how = 0.0
        # `likeness` is dear, and finds only words of comparable length that begin alike or hold one another.
        if size <= 2.5 * len(other) <= 6.25 * size and (other[0] == first or other in word or word in other):
            how = likeness(word, other)
        if how < _RELATED and groups and not groups.isdisjoint(RELATED.get(other, ())):
            how = _RELATED
        if how > 0.0:
            found[other] = how
    return found
