"""Turns as they were, with what they came to: what replay compares with."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from sahut.domain.answer import Citation
from sahut.domain.tenant import TenantId
from sahut.domain.turn import Turn


@dataclass(frozen=True, slots=True)
class Seen:
    """What a turn came to. outcome: answered, asked_back or handed_over; reason: why a person got it.

    documents: cited, in order. price_usd: of all models asked. text: '' where a person got it.
    """

    outcome: str
    reason: str
    text: str
    documents: tuple[str, ...]
    model: str
    price_usd: float
    confidence: float = 0.0
    kb_version: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A turn as it was, with what came of it. query: what was searched for."""

    turn: Turn
    seen: Seen
    query: str = ""


class RecordedTurns(Protocol):
    def since(self, tenant: TenantId, at: float) -> Iterator[Recorded]:
        """Turns that were to be answered, claimed at or after `at` (seconds since the epoch)."""
        ...


def documents_of(citations: Sequence[Citation]) -> tuple[str, ...]:
    """The cited documents, each once, in order."""
    return tuple(dict.fromkeys(citation.document_id for citation in citations))
