"""An answer without a model: the sentences of the passages that say most about the question, verbatim."""

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sahut.domain.answer import Citation, FoundPassage
from sahut.domain.coverage import telling_weight, words_alike
from sahut.domain.expected import expected_answer, holds
from sahut.domain.injection import neutralised
from sahut.domain.language import detect_language
from sahut.domain.splitting import HEADING_SEPARATOR, sentences
from sahut.domain.table_rows import rows_beside
from sahut.domain.words import content_words, tokens

# Two sentences hold the answer in 88 % (English) and 73 % (Indonesian) of questions, one in 75 and 54
# (FACTS §5); three fit one glance at a phone.
MAX_SENTENCES = 3
MAX_CHARACTERS = 600
# Passages looked at. The right document is first for 77 % and among three for 93 % of the development
# questions (sandbox/seed_data, bench/development).
_PASSAGES = 3

# What counts beside the words of a sentence: its passage's rank, a word in the heading instead of the
# sentence, standing early. Chosen among 288 settings on one half of the seeded tenants' questions.
_RANK = 1.0
_HEADING = 0.5
_LEAD = 0.2
# Holding the kind of answer that is asked for; what a sentence of another language is taken to say, whose
# words can't be compared; what a passage loses for being farther than the nearest (times the difference of
# cosines, .00 to .05). With these three the quotation holds the answer of 195 instead of 190 of 238 questions
# (bench/development and the seeded tenants'), and cites a right document for 218 instead of 212.
_CANDIDATE = 0.3
_UNCOMPARED = 0.3
_FARTHER = 8.0
# A sentence of another passage than the best one's is added only when it is nearly as good and shares a
# word with the question.
_NEARLY = 0.8

_STEP = re.compile(r"\d+[.)]\s")
# A row of a table as domain/splitting.py writes it.
_ROW = re.compile(r"[^:;]{1,80}: [^;]+(?:; [^:;]{1,80}: [^;]+)+")


@dataclass(frozen=True, slots=True)
class _Candidate:
    """said: the question's words that the sentence or its heading has, 0 to 1. own: whether it has one."""

    passage: int
    position: int
    text: str
    said: float
    own: bool
    score: float


def quote(question: str, found: Sequence[FoundPassage]) -> tuple[str, tuple[Citation, ...]]:
    """Text with a `[n]` mark after every sentence, and what the marks mean; ("", ()) without passages."""
    # An instructing sentence in a document is nobody's answer.
    found = neutralised(found[:_PASSAGES]).found
    beside = rows_beside(question, [hit.passage for hit in found])
    candidates = [each for each in _candidates(question, found) if each.text not in beside]
    if not candidates:
        return "", ()
    chosen = _chosen(candidates)
    numbers = {passage: n for n, passage in enumerate(dict.fromkeys(c.passage for c in chosen), start=1)}
    lines = [f"{candidate.text} [{numbers[candidate.passage]}]" for candidate in chosen]
    citations = tuple(citation(n, found[passage]) for passage, n in numbers.items())
    return "\n".join(lines), citations


def citation(number: int, found: FoundPassage) -> Citation:
    passage = found.passage
    title = HEADING_SEPARATOR.join(part for part in (passage.title, passage.heading) if part)
    return Citation(
        number,
        passage.passage_id,
        passage.document_id,
        title,
        passage.uri,
        passage.page,
        passage.document_version,
    )


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: int
    position: int
    text: str
    words: frozenset[str]


def _candidates(question: str, found: Sequence[FoundPassage]) -> list[_Candidate]:
    asked = content_words(question)
    spoken = [
        _Sentence(n, at, text, frozenset(tokens(text)))
        for n, hit in enumerate(found)
        for at, text in enumerate(sentences(hit.passage.text))
    ]
    headings = [frozenset(tokens(f"{hit.passage.title} {hit.passage.heading}")) for hit in found]
    vocabulary = frozenset[str]().union(*headings, *(each.words for each in spoken))
    alike = {word: words_alike(word, vocabulary) for word in asked}
    hits = [_matches(alike, each.words) for each in spoken]
    above = [_matches(alike, heading) for heading in headings]
    # A word that every sentence has tells nothing about which one answers.
    common = Counter(word for hit in hits for word, likeness in hit.items() if likeness)
    weight = {word: telling_weight(word) * math.log(1 + len(spoken) / (1 + common[word])) for word in asked}
    total = sum(weight.values()) or 1.0
    standing = _standing(question, found)
    candidates = []
    for each, hit in zip(spoken, hits, strict=True):
        heading = above[each.passage]
        said = sum(weight[word] * max(hit[word], _HEADING * heading[word]) for word in asked) / total
        score = standing(each, said)
        candidates.append(_Candidate(each.passage, each.position, each.text, said, any(hit.values()), score))
    return candidates


def _matches(alike: Mapping[str, Mapping[str, float]], words: frozenset[str]) -> dict[str, float]:
    return {
        word: max((how for other, how in likes.items() if other in words), default=0.0)
        for word, likes in alike.items()
    }


def _standing(question: str, found: Sequence[FoundPassage]) -> Callable[[_Sentence, float], float]:
    """How good a sentence is, given what it says of the question."""
    kind, asked = expected_answer(question), frozenset(tokens(question))
    language = detect_language(question, "")
    best = max((hit.fused for hit in found), default=0.0) or 1.0
    nearest = max((hit.dense for hit in found), default=0.0)

    def score(each: _Sentence, said: float) -> float:
        hit = found[each.passage]
        spoken = hit.passage.language
        compared = not (language and spoken and language != spoken)
        telling = said if compared else max(said, _UNCOMPARED)
        answers = kind is not None and holds(kind, each.text, each.words, asked)
        rank = _RANK * hit.fused / best - _FARTHER * (nearest - hit.dense)
        return telling + rank + _LEAD / (1 + each.position) + _CANDIDATE * answers

    return score


def _chosen(candidates: list[_Candidate]) -> list[_Candidate]:
    """The best ones that fit, in reading order; a step of a numbered list brings the whole list."""
    best = max(candidates, key=lambda candidate: candidate.score)
    chosen = _steps_around(best, candidates) if _STEP.match(best.text) else [best]
    length = sum(len(candidate.text) for candidate in chosen)
    said = {candidate.text for candidate in chosen}  # neighbouring passages share sentences
    for candidate in sorted(candidates, key=lambda candidate: -candidate.score):
        fits = length + len(candidate.text) <= MAX_CHARACTERS
        if len(chosen) < MAX_SENTENCES and fits and _belongs(candidate, best) and candidate.text not in said:
            chosen.append(candidate)
            said.add(candidate.text)
            length += len(candidate.text)
    return sorted(chosen, key=lambda candidate: (candidate.passage, candidate.position))


def _belongs(candidate: _Candidate, best: _Candidate) -> bool:
    """Another row of a table is about something else, unless the question names that too."""
    if _ROW.match(candidate.text) and not candidate.own:
        return False
    near = candidate.said > 0.0 and candidate.score >= _NEARLY * best.score
    return near or candidate.passage == best.passage


def _steps_around(step: _Candidate, candidates: list[_Candidate]) -> list[_Candidate]:
    steps = [c for c in candidates if c.passage == step.passage and _STEP.match(c.text)]
    return steps if sum(len(c.text) for c in steps) <= MAX_CHARACTERS else [step]
