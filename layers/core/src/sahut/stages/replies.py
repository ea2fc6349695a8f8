"""What a model replied, as an answer with citations: the agreed words, JSON, or something near it."""

import json
import re
from dataclasses import replace
from enum import StrEnum

from sahut.domain.answer import Answer
from sahut.domain.errors import TryAgain
from sahut.domain.grounding import NO_ANSWER
from sahut.domain.quoting import citation
from sahut.ports.chat_model import OutputSchema
from sahut.stages.prompting import AnswerRequest

# [1] · [1, 2] · 【1】: what models make of "the number in square brackets".
_MARKS = re.compile(r"[\[【](\d{1,3}(?:\s*[,;]\s*\d{1,3})*)[\]】]")
_CLARIFY = re.compile(r"CLARIFY\b[:\s]*")
_FENCED = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)


class ReplyKind(StrEnum):
    ANSWER = "answer"
    NO_ANSWER = "no_answer"
    CLARIFY = "clarify"


REPLY_SCHEMA = OutputSchema(
    "reply",
    {
        "type": "object",
        "properties": {
            "outcome": {"type": "string", "enum": [kind.value for kind in ReplyKind]},
            "text": {"type": "string"},
        },
        "required": ["outcome", "text"],
        "additionalProperties": False,
    },
)


def read_reply(said: str, request: AnswerRequest, model: str, *, structured: bool) -> Answer:
    """The answer that a model's text stands for.

    structured: it was asked for JSON. Fenced JSON and plain text in the agreed words are read too; a text
    that began as JSON and can't be read is none.

    Raises:
        TryAgain: it was to be JSON, and is broken or of another shape.
    """
    kind, text = _json_reply(said) if structured else (ReplyKind.ANSWER, said.strip())
    if opening := _CLARIFY.match(text):
        kind, text = ReplyKind.CLARIFY, text[opening.end() :]
    if kind is ReplyKind.NO_ANSWER:
        text = NO_ANSWER
    return replace(answer_of(text, request, model), asks_back=kind is ReplyKind.CLARIFY)


def answer_of(text: str, request: AnswerRequest, model: str) -> Answer:
    """Marks renumbered from 1 in order of appearance. A mark without a passage stays, for the verdict."""
    # An unknown number lies outside 1 … len(passages), so that no renumbered one can meet it.
    text = _MARKS.sub(lambda found: "".join(f"[{n}]" for n in re.findall(r"\d+", found[1])), text.strip())
    used = dict.fromkeys(int(mark) for mark in _MARKS.findall(text))
    known = [number for number in used if 1 <= number <= len(request.passages)]
    renumbered = {number: n for n, number in enumerate(known, start=1)}
    return Answer(
        text=_MARKS.sub(lambda found: f"[{renumbered.get(int(found[1]), int(found[1]))}]", text),
        citations=tuple(citation(renumbered[number], request.passages[number - 1]) for number in known),
        model=model,
    )


def json_object(said: str) -> dict[str, object] | None:
    """The JSON object that a text is, holds in a fence, or holds between its outer braces; else None."""
    fenced = _FENCED.search(said)
    first, last = said.find("{"), said.rfind("}")
    for piece in (said, fenced[1] if fenced else "", said[first : last + 1] if first >= 0 else ""):
        try:
            read = json.loads(piece)
        except ValueError:
            continue
        if isinstance(read, dict):
            return read
    return None


def _json_reply(said: str) -> tuple[ReplyKind, str]:
    read = json_object(said)
    if read is None:
        if said.lstrip().startswith(("{", "[", "`")):
            raise TryAgain("broken JSON")
        return ReplyKind.ANSWER, said.strip()  # plain text after all: the verdict is the same
    outcome, text = read.get("outcome"), read.get("text")
    if not isinstance(outcome, str) or outcome not in list(ReplyKind) or not isinstance(text, str):
        raise TryAgain("JSON of another shape")
    return ReplyKind(outcome), text.strip()
