"""Orders to a model in what customers write and in documents: seen, reported, and kept from the model.

A second line: the first is that whatever the model writes must be supported by the documents
(domain/grounding.py). Phrases are in domain/injection_phrases.py, disguises in domain/disguises.py.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from sahut.domain import injection_phrases as phrases
from sahut.domain.answer import FoundPassage
from sahut.domain.disguises import readings
from sahut.domain.hidden_text import tagged, visible
from sahut.domain.injection_words import TELLING
from sahut.domain.phrases import Phrases
from sahut.domain.words import tokens


class Suspicion(StrEnum):
    OVERRIDE = "override"
    PROMPT_REQUEST = "prompt_request"
    ROLE_PLAY = "role_play"
    AUTHORITY = "authority"
    ADDRESSED = "addressed"
    HIDDEN = "hidden"
    MARKUP = "markup"
    TEMPLATE = "template"
    DELIMITER = "delimiter"


@dataclass(frozen=True, slots=True)
class Neutralised:
    """found: the passages as the model may see them. reports: passage id and what was dropped from it."""

    found: tuple[FoundPassage, ...]
    reports: tuple[tuple[str, tuple[Suspicion, ...]], ...] = ()


_PHRASES = {
    Suspicion.OVERRIDE: Phrases(phrases.OVERRIDE, phrases.GROUPS),
    Suspicion.PROMPT_REQUEST: Phrases(phrases.PROMPT_REQUEST, phrases.GROUPS),
    Suspicion.ROLE_PLAY: Phrases(phrases.ROLE_PLAY, phrases.GROUPS),
    Suspicion.AUTHORITY: Phrases(phrases.AUTHORITY, phrases.GROUPS),
    Suspicion.ADDRESSED: Phrases(phrases.ADDRESSED, phrases.GROUPS),
}
_OWN = re.compile(
    r"\b(i|we|saya|aku|kami) (ignore|disregard|forget|override|bypass|skip|drop|cancel|delete|erase"
    r"|abaikan|lupakan|lewati|hapus|batalkan|buang|langgar)\b"
)
_SHORT_PIECE = 7
_PIECES_MENDED = 6
# Finer than domain/text_units.py: an order need not begin with a capital.
_SENTENCE = re.compile(r"(?<=[.!?…])\s+")
_ENDINGS = ("lah", "mu", "nya")
_IMPERATIVE = Phrases(phrases.IMPERATIVE)

_PIECES = re.compile(r"[\n!?;:]+|[.,](?=\s|$)")
# Words without gaps, for those who space letters out evenly.
_RUN_TOGETHER = re.compile(
    r"ignore(?:all|the|your|any)*(?:previous|prior|above)?instructions|(?:your|the)systemprompt"
    r"|abaikan(?:semua)?(?:instruksi|perintah)|(?:tampilkan|reveal|show)(?:the|your)?systemprompt"
)
_MARKUP = re.compile(
    r"!\[[^\]\n]{0,300}\]\s?\(|!\[[^\]\n]{0,300}\]\[|<\s?/?(?:script|img|iframe|svg|object|embed|style|link"
    r"|meta|form|body|base|video|audio)\b"
    r"|\bon(?:error|load|click|mouseover)\s?=|javascript:|data:text/html|vbscript:",
    re.IGNORECASE,
)
# A payload, not a field: `{{7*7}}`, `${jndi:…}`, `<%= x %>`; "Dear {{name}}" is a letter that went wrong.
_TEMPLATE = re.compile(
    r"\{\{[^{}\n]{0,200}(?:[*+/.(:|'\"\[]|__)[^{}\n]{0,200}\}\}"
    r"|[$#]\{[^{}\n]{0,200}(?:[*+/.(:|'\"\[]|__)[^{}\n]{0,200}\}"
    r"|<%[^%\n]{1,200}%>|\{%[^%\n]{1,200}%\}|\$\([a-z][^)\n]{1,200}\)"
)
_DELIMITER = re.compile(
    r"<\|[a-z_ ]{2,30}\|>|\[/?(?:INST|SYS|SYSTEM|ASSISTANT)\]|<</?SYS>>|</?s>"
    r"|</?(?:system|assistant|instructions?|passages?|customer|prompt|context|document|user_query|rules)>"
    r"|(?:^|\n)\s{0,4}#{1,4}\s{0,3}(?:system|(?:new )?instructions?|assistant|human|sistem|instruksi)\b:?"
    r"|(?:^|\n)\s{0,4}(?:system|assistant|developer)\s?(?:message|prompt)?\s?:(?!\s?\d)"
    r"|={3,}\s?(?:end of|end|passages|customer|earlier|system)\b"
    r"|-{3,}\s?(?:end|begin|start|system|akhir|awal)\b"
    r"|\bBEGIN (?:SYSTEM|PROMPT|INSTRUCTIONS)\b"
    r"|\bEND (?:OF )?(?:PASSAGES|CONTEXT|PROMPT|SYSTEM|DOCUMENTS?)\b",
    re.IGNORECASE,
)
_SPECIAL_TOKEN = re.compile(r"<\|[a-zA-Z_ ]{2,30}\|>|\[/?(?:INST|SYS)\]|<</?SYS>>|</?s>")
# A passage's lines that are read together, for an order that was broken into lines.
_LINES = 3
_NAMELESS = "…"


def suspicions(text: str, *, document: bool = False) -> tuple[Suspicion, ...]:
    """What in a text gives a model orders, or would smuggle some in; () for ordinary words.

    document: also what only a document has, such as words addressed to whatever machine reads it.
    """
    seen: set[Suspicion] = set()
    if len(tagged(text)) > 3:
        seen.add(Suspicion.HIDDEN)
    for number, reading in enumerate(readings(text)):
        of_this = _in_reading(reading, document)
        seen |= of_this
        if number and of_this:
            seen.add(Suspicion.HIDDEN)
    return tuple(kind for kind in Suspicion if kind in seen)


@lru_cache(maxsize=2_000)
def neutralise(text: str) -> tuple[str, tuple[Suspicion, ...]]:
    """A document's text as a model may see it: without invisible characters and instructing sentences.

    From an instructing sentence on, its line is dropped, and the orders that follow it.
    """
    lines = visible(text).split("\n")
    whole = suspicions(text, document=True)
    if not set(whole) - {Suspicion.HIDDEN}:
        return "\n".join(lines), whole
    hidden = {Suspicion.HIDDEN}.intersection(whole)
    dropped: set[Suspicion] = set(hidden)
    kept: list[str] = []
    for line in lines:
        rest, found = _without_orders(line, after_one=bool(dropped - hidden))
        dropped |= set(found)
        if rest or not found:
            kept.append(rest)
    kept, across = _without_broken(kept)
    dropped |= across
    return "\n".join(kept).strip(), tuple(kind for kind in Suspicion if kind in dropped)


def neutralised(found: Sequence[FoundPassage]) -> Neutralised:
    """Passages as the model, the quotations and the verdict may see them; titles and headings as well."""
    clean: list[FoundPassage] = []
    reports: list[tuple[str, tuple[Suspicion, ...]]] = []
    for hit in found:
        passage = hit.passage
        text, kinds = neutralise(passage.text)
        title, of_title = _name(passage.title)
        heading, of_heading = _name(passage.heading)
        every = tuple(dict.fromkeys((*kinds, *of_title, *of_heading)))
        if every:
            reports.append((passage.passage_id, every))
        clean.append(replace(hit, passage=replace(passage, text=text, title=title, heading=heading)))
    return Neutralised(tuple(clean), tuple(reports))


def spotless(text: str) -> str:
    """What somebody wrote, as a model is shown it: no invisible characters, no model's own control words."""
    return _SPECIAL_TOKEN.sub(" ", visible(text))


def _name(text: str) -> tuple[str, tuple[Suspicion, ...]]:
    seen = suspicions(text, document=True)
    return (_NAMELESS if seen else visible(text)), seen


def _without_orders(line: str, *, after_one: bool) -> tuple[str, tuple[Suspicion, ...]]:
    """The line up to its first order. after_one: there was one before, so plain imperatives count as well."""
    seen = suspicions(line, document=True)
    if not seen and not (after_one and line):
        return line, ()
    kept: list[str] = []
    for sentence in _SENTENCE.split(line):
        kinds = suspicions(sentence, document=True)
        if kinds or (after_one and _IMPERATIVE.in_text(" ".join(tokens(sentence)))):
            return " ".join(kept), kinds or (Suspicion.ADDRESSED,)
        kept.append(sentence)
    return ("", seen) if seen else (line, ())


def _without_broken(lines: list[str]) -> tuple[list[str], set[Suspicion]]:
    """Drops neighbouring lines that give an order only together."""
    dropped: set[int] = set()
    seen: set[Suspicion] = set()
    for at in range(len(lines) - 1):
        window = range(at, min(at + _LINES, len(lines)))
        kinds = _in_phrases(" ".join(tokens(" ".join(lines[n] for n in window))), document=True)
        if kinds and not dropped.intersection(window):
            dropped.update(window)
            seen |= kinds
    return [line for n, line in enumerate(lines) if n not in dropped], seen


def _in_reading(reading: str, document: bool) -> set[Suspicion]:
    found = {
        kind
        for kind, pattern in (
            (Suspicion.MARKUP, _MARKUP),
            (Suspicion.TEMPLATE, _TEMPLATE),
            (Suspicion.DELIMITER, _DELIMITER),
        )
        if pattern.search(reading)
    }
    pieces = [normal for piece in _PIECES.split(reading) if (normal := " ".join(tokens(piece)))]
    for normal in dict.fromkeys((*pieces, *_mended(pieces))):
        found |= _in_phrases(normal, document)
    return found


def _mended(pieces: list[str]) -> Iterator[str]:
    """Neighbouring short pieces as one: an order broken into lines, or by commas."""
    run: list[str] = []
    for piece in [*pieces, ""]:
        if piece and piece.count(" ") < _SHORT_PIECE:
            run.append(piece)
            continue
        beginning = piece.split(" ")[:_SHORT_PIECE]
        for at in range(len(run)):
            yield " ".join([*run[at : at + _PIECES_MENDED], *beginning]).strip()
        run = []


def _in_phrases(normal: str, document: bool) -> set[Suspicion]:
    words = set(normal.split(" "))
    for ending in _ENDINGS:
        words |= {word.removesuffix(ending) for word in words}
    # "Can I ignore …?": who asks for leave gives no order.
    normal = _OWN.sub(r"\1\2", normal)
    found = {
        kind
        for kind, known in _PHRASES.items()
        if (document or kind is not Suspicion.ADDRESSED)
        and not words.isdisjoint(TELLING[kind.value])
        and known.in_text(normal)
    }
    if _RUN_TOGETHER.search(normal):
        found.add(Suspicion.OVERRIDE)
    return found
