"""The verdict on a written answer, before any of it is sent: may it go out, and if not, why?

Local checks only, the same for every model: its marks resolve, every sentence leans on what it cites, and
no number, date, price or link appears that the passages don't have.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sahut.domain.answer import Answer, FoundPassage, Passage, Verdict
from sahut.domain.language import detect_language
from sahut.domain.splitting import sentences
from sahut.domain.words import best_likeness, content_words, tokens

# What a model is told to say when the passages don't answer (stages/prompts/answer.md).
NO_ANSWER = "NO_ANSWER"


class UnsafeReason(StrEnum):
    NO_ANSWER = "no_answer"
    EMPTY = "empty"
    NO_CITATION = "no_citation"
    UNKNOWN_CITATION = "unknown_citation"
    UNSUPPORTED = "unsupported"
    NUMBER_NOT_IN_EVIDENCE = "number_not_in_evidence"
    LINK_NOT_IN_EVIDENCE = "link_not_in_evidence"
    LOW_CONFIDENCE = "low_confidence"
    ANOTHER_ROW = "another_row"
    JUDGED_UNSUPPORTED = "judged_unsupported"
    JUDGED_BESIDE_THE_POINT = "judged_beside_the_point"
    LEAK = "leak"


@dataclass(frozen=True, slots=True)
class Judgement:
    """reason: set when the verdict is UNSAFE. support: the weakest sentence's overlap, 0 to 1. A translated
    sentence doesn't count: it shares numbers and names only, which are checked apart.
    confidence: that the answer is right and answers the question, 0 to 1; below threshold it is UNSAFE.
    answerability: how well its sentences cover what is asked, 0 to 1; gap: what they lack most, '' for
    nothing (domain/answerability.py). The last four are set by domain/verdict.py.
    """

    verdict: Verdict
    reason: UnsafeReason | None = None
    support: float = 1.0
    confidence: float = 1.0
    threshold: float = 0.0
    answerability: float = 1.0
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one sentence (or a few short ones) of an answer says, without marks, and what it cites."""

    text: str
    passages: tuple[Passage, ...]


# Share of a sentence's content words that its passages must have. Verbatim quotations have 1.0, fair
# paraphrases in the tests .45 and more, invented claims .0 to .33.
_SUPPORT = 0.4
# Content words that an unmarked sentence may have before it counts as a claim of its own.
_SHORT = 4

_MARK = re.compile(r"\[(\d{1,3})\]")
_LINK = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]]+|(?<![\w.+-])[\w.+-]{1,64}+@[\w-]{1,64}(?:\.[\w-]{1,64}){1,8}",
    re.IGNORECASE,
)
# 1.500.000 · £1,000 · 09:30 · 0,3 % · 2026: digits with separators inside.
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_DONT_KNOW = re.compile(
    r"\b(?:i (?:do not|don't|cannot|can't) (?:know|find|answer)"
    r"|(?:the )?(?:passages|documents|information provided|context) (?:do|does) ?(?:not|n't) "
    r"(?:contain|mention|say|provide)"
    r"|no information (?:about|on|in)"
    r"|(?:saya|kami) tidak (?:tahu|menemukan|mempunyai informasi|memiliki informasi)"
    r"|tidak (?:ada|terdapat) informasi|(?:tidak disebutkan|tidak dijelaskan) (?:di|dalam))\b",
    re.IGNORECASE,
)


def judge(
    answer: Answer,
    found: Sequence[FoundPassage],
    question: str = "",
    similar: Callable[[str, str], float] | None = None,
) -> Judgement:
    """The verdict on an answer written from `found`.

    question: numbers and links that the customer wrote may be repeated. similar: how surely a claim and a
    sentence say the same, 0 to 1, for those who have vectors of both; it can only raise a support.
    """
    text = answer.text.strip()
    if says_no_answer(text):
        return _unsafe(UnsafeReason.NO_ANSWER)
    if not tokens(_MARK.sub(" ", text)):
        return _unsafe(UnsafeReason.EMPTY)
    cited = _cited(answer, found)
    marks = {int(mark) for mark in _MARK.findall(text)}
    if not marks:
        return _unsafe(UnsafeReason.NO_CITATION)
    if not marks <= cited.keys():
        return _unsafe(UnsafeReason.UNKNOWN_CITATION)
    weakest = 1.0
    for claim in cited_claims(answer, found):
        judgement = _judge_claim(claim, question, similar)
        if judgement.verdict is Verdict.UNSAFE:
            return judgement
        weakest = min(weakest, judgement.support)
    return Judgement(Verdict.SAFE, support=weakest)


def cited_claims(answer: Answer, found: Sequence[FoundPassage]) -> tuple[Claim, ...]:
    """The claims of an answer whose marks all resolve; one without a mark leans on all that is cited."""
    cited = _cited(answer, found)
    text = answer.text.strip()
    every = sorted({int(mark) for mark in _MARK.findall(text)})
    return tuple(
        Claim(_tidy(claim), tuple(cited[mark] for mark in marks or every)) for claim, marks in _claims(text)
    )


def _cited(answer: Answer, found: Sequence[FoundPassage]) -> dict[int, Passage]:
    shown = {hit.passage.passage_id: hit.passage for hit in found}
    return {c.number: shown[c.passage_id] for c in answer.citations if c.passage_id in shown}


def claims_of(text: str) -> list[str]:
    """What an answer says, claim by claim, without its marks."""
    return [_tidy(claim) for claim, _ in _claims(text)]


def _tidy(claim: str) -> str:
    """Without the space that a mark leaves before a full stop."""
    return re.sub(r"\s++(?=[.!?…])", "", claim).strip()


def says_no_answer(text: str) -> bool:
    """Whether a model declined, in the agreed word or in its own."""
    return NO_ANSWER in text or bool(_DONT_KNOW.search(text))


def numbers(text: str) -> set[str]:
    """Numbers without their separators, so that 1.500.000, 1,500,000 and 1500000 are one.

    A separator before one or two digits stays, as a point: 0,3 and 0.3 are one, and 3 is another.
    """
    return {_canonical(found) for found in _NUMBER.findall(_MARK.sub(" ", text))}


def _canonical(number: str) -> str:
    parts = re.split(r"[.,:]", number)
    head, tail = parts[0], parts[1:]
    joined = head.lstrip("0") or "0"
    for part in tail:
        joined += part if len(part) == 3 else f".{part}"
    # 1.50 and 1.5, 15:00 and 15.00 and 15 are the same to a reader.
    return re.sub(r"\.0+$", "", re.sub(r"(\.\d*?)0+$", r"\1", joined).rstrip("."))


def _links(text: str) -> set[str]:
    return {found.rstrip(".,;:!?").casefold() for found in _LINK.findall(text)}


def _claims(text: str) -> Iterator[tuple[str, list[int]]]:
    """What is said with the marks that stand behind it; [] after the last mark.

    Short sentences without a mark ("Yes.", "Of course we do!") belong to the next one; a long one is a
    claim of its own under the next marks.
    """
    waiting: list[str] = []
    for sentence in sentences(_marks_inside(text)):
        marks = [int(mark) for mark in _MARK.findall(sentence)]
        waiting.append(_MARK.sub(" ", sentence))
        if marks:
            long = [said for said in waiting[:-1] if len(content_words(said)) > _SHORT]
            short = [said for said in waiting if said not in long]
            yield from ((said, marks) for said in (*long, " ".join(short)))
            waiting = []
    yield from ((said, []) for said in waiting)


def _marks_inside(text: str) -> str:
    """`Sentence. [1]` becomes `Sentence [1].`, so that splitting keeps a mark with its sentence."""
    return re.sub(r"(?<![.!?…])([.!?…]++)((?:\s*\[\d{1,3}\])+)", r"\2\1", text)


def _judge_claim(claim: Claim, question: str, similar: Callable[[str, str], float] | None) -> Judgement:
    evidence = "\n".join(f"{p.title}\n{p.heading}\n{p.text}\n{p.uri}" for p in claim.passages)
    allowed = f"{evidence}\n{question}"
    if not _links(claim.text) <= _links(allowed):
        return _unsafe(UnsafeReason.LINK_NOT_IN_EVIDENCE)
    if not numbers(claim.text) <= numbers(allowed):
        return _unsafe(UnsafeReason.NUMBER_NOT_IN_EVIDENCE)
    spoken = detect_language(claim.text, "")
    if all(p.language and spoken and p.language != spoken for p in claim.passages):
        return Judgement(Verdict.SAFE)
    support = _support(claim, evidence, similar)
    return (
        Judgement(Verdict.SAFE, support=support)
        if support >= _SUPPORT
        else _unsafe(UnsafeReason.UNSUPPORTED, support)
    )


def _support(claim: Claim, evidence: str, similar: Callable[[str, str], float] | None) -> float:
    words = [word for word in content_words(claim.text) if not word.isdigit()]
    known = frozenset(tokens(evidence))
    shared = (
        sum(word in known or best_likeness(word, known) > 0.0 for word in words) / len(words)
        if words
        else 1.0
    )
    if similar is None or shared == 1.0:
        return shared
    said = [sentence for p in claim.passages for sentence in sentences(p.text)]
    return max([shared, *(similar(claim.text, sentence) for sentence in said)])


def _unsafe(reason: UnsafeReason, support: float = 0.0) -> Judgement:
    return Judgement(Verdict.UNSAFE, reason, support)
