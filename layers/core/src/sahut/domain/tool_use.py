"""Uses of tools within a turn: what a model asked for, what came of it, and what that proves.

A result is data and evidence like a passage. It is never an instruction, and never more than a few KB.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sahut.domain.answer import Citation, FoundPassage, Passage
from sahut.domain.injection import neutralise
from sahut.domain.language import ENGLISH, detect_language

MAX_ROUNDS = 4
MAX_CALLS_PER_ROUND = 4
MAX_RESULT_BYTES = 8 * 1024
MAX_ARGUMENTS_BYTES = 4 * 1024
# Until then a yes is a yes to this question.
CONFIRM_WITHIN_S = 15 * 60.0

_CALL_ID = re.compile(r"[te]\d{2}r(\d{2})c\d{2}")
_DOCUMENT = "tool:"
# A call with these arguments was made for this very question: what it says is the evidence there is.
_SCORE = 0.9


class ToolOutcome(StrEnum):
    """UNCERTAIN: of an effectful tool, whether it was carried out nobody knows. INVALID: never called."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    INVALID = "invalid"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class ToolUse:
    """call_id: ours, see call_id(). arguments: JSON. key: idempotency key that goes with every attempt.

    outcome None: not called yet, or whoever called it died. result: '' unless it is DONE, INVALID or REFUSED.
    begun_at: of an effectful tool, when it was called; seconds since the epoch, 0 for not yet.
    """

    call_id: str
    name: str
    title: str
    arguments: str
    key: str
    effectful: bool = False
    outcome: ToolOutcome | None = None
    result: str = ""
    begun_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Pending:
    """An effectful call that a customer was asked about, with exactly these arguments.

    pending_id: also the idempotency key. asked_in: the turn whose answer is the question. confirmed_in: the
    turn whose customer said yes, '' for none yet.
    """

    pending_id: str
    name: str
    title: str
    arguments: str
    asked_in: str
    asked_at: float
    confirmed_in: str = ""

    def expired(self, now: float) -> bool:
        return now - self.asked_at > CONFIRM_WITHIN_S


def call_id(round_: int, tool_round: int, number: int) -> str:
    """Nine letters and digits: Mistral takes no other ids, and all others take these."""
    return f"t{round_:02d}r{tool_round:02d}c{number:02d}"


def confirmed_call_id(round_: int) -> str:
    return f"e{round_:02d}r00c00"


def tool_round_of(id_: str) -> int:
    found = _CALL_ID.fullmatch(id_)
    return int(found[1]) if found else 0


def rounds_done(uses: Sequence[ToolUse]) -> int:
    return max((tool_round_of(use.call_id) for use in uses), default=0)


def capped(text: str) -> str:
    """At most MAX_RESULT_BYTES of UTF-8, cut between characters; what is cut off is said."""
    raw = text.encode("utf-8", "replace")
    if len(raw) <= MAX_RESULT_BYTES:
        return raw.decode()
    return raw[: MAX_RESULT_BYTES - 8].decode("utf-8", "ignore") + " (cut)"


def evidence_of(uses: Sequence[ToolUse]) -> tuple[FoundPassage, ...]:
    """What the tools found, as passages that an answer may cite; sentences that give orders are left out."""
    return tuple(
        FoundPassage(
            Passage(
                passage_id=f"{_DOCUMENT}{use.name}#{use.call_id}",
                document_id=f"{_DOCUMENT}{use.name}",
                title=use.title,
                text=neutralise(use.result)[0],
                # Data is not prose: what speaks for no language has English names of fields.
                language=detect_language(use.result, ENGLISH),
            ),
            fused=1.0,
            dense=0.0,
            lexical=0.0,
        )
        for use in uses
        if use.result and _is_said(use)
    )


def _is_said(use: ToolUse) -> bool:
    """That there is no such order is an answer too; that something wasn't done is for a person."""
    return use.outcome is ToolOutcome.DONE or (use.outcome is ToolOutcome.REFUSED and not use.effectful)


def is_from_tool(document_id: str) -> bool:
    return document_id.startswith(_DOCUMENT)


def score_with_tools(score: float, citations: Sequence[Citation]) -> float:
    """The evidence score of an answer: what was found before says nothing of one that leans on tools only."""
    if citations and all(is_from_tool(each.document_id) for each in citations):
        return max(score, _SCORE)
    return score
