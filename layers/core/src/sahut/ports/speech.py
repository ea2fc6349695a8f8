"""Voice notes as words."""

from dataclasses import dataclass, field
from typing import Protocol

from sahut.domain.models import Spent


@dataclass(frozen=True, slots=True)
class Transcript:
    """spent: tokens, where the server counts in tokens; else 0."""

    text: str
    spent: Spent = field(default_factory=Spent)


class Transcriber(Protocol):
    def transcribe(self, audio: bytes, media_type: str, language: str, deadline: float) -> Transcript:
        """What is said. media_type: e.g. audio/ogg. language: ISO 639-1, '' when not known.

        Raises:
            TryAgain, Refused: as ports.chat_model.ChatModel.complete.
        """
        ...
