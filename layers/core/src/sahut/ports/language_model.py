"""Who writes the answer. Adapters: any OpenAI-compatible endpoint, and `extractive` (no model)."""

from dataclasses import dataclass
from typing import Protocol

from sahut.domain.answer import Answer, FoundPassage


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """question: the whole burst, one message a line. history: earlier (role, text), oldest first.

    language: ISO 639-1 of the customer's question. deadline: seconds since the epoch.
    """

    question: str
    language: str
    passages: tuple[FoundPassage, ...]
    history: tuple[tuple[str, str], ...]
    tenant_name: str
    deadline: float


class LanguageModel(Protocol):
    @property
    def name(self) -> str: ...

    def write(self, request: AnswerRequest) -> Answer:
        """An answer whose text carries `[n]` marks that its citations resolve.

        Raises:
            TryAgain: down, too slow or throttled; the next candidate may be tried.
            Refused: it can't answer this request at all (bad key, bad request).
        """
        ...
