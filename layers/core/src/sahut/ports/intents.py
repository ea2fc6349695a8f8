"""What a customer wants, as an intent out of a list that somebody trained."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Entity:
    """A word that names something, e.g. name "order_number", value "A-17". confidence: 0 to 1."""

    name: str
    value: str
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Intent:
    """name '': none was recognised. confidence: 0 to 1."""

    name: str
    confidence: float
    entities: tuple[Entity, ...] = ()


class IntentModel(Protocol):
    def parse(self, text: str, deadline: float) -> Intent:
        """deadline: seconds since the epoch.

        Raises:
            TryAgain, Refused: as ports.chat_model.ChatModel.complete.
        """
        ...
