"""Rasa's POST /model/parse: text in, intent and entities out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.model_api.api_error import ApiError, Json

_FIELDS = {"text", "message_id"}


@dataclass(frozen=True, slots=True)
class Entity:
    """start, end: characters of the text."""

    name: str
    value: str
    start: int
    end: int
    confidence: float = 0.99


@dataclass(frozen=True, slots=True)
class Parsed:
    """intents: name → confidence (0 … 1); the highest is the intent. {} for none, as of an empty text."""

    intents: Mapping[str, float] = field(default_factory=dict)
    entities: tuple[Entity, ...] = ()


Understanding = Callable[[str], Parsed]


def a_question(_text: str) -> Parsed:
    """The default: everything is a question, rather surely."""
    return Parsed({"ask_question": 0.93, "chitchat": 0.05, "request_person": 0.02})


def checked_text(body: Mapping[str, object]) -> str:
    """The text of a request; raises ApiError."""
    unknown = sorted(body.keys() - _FIELDS)
    if unknown:
        raise ApiError(400, f"Additional properties are not allowed ({unknown[0]!r} was unexpected)")
    text = body.get("text")
    if not isinstance(text, str):
        raise ApiError(400, "No text message defined in request_body. Add text message to request body.")
    return text


def parse_document(text: str, parsed: Parsed) -> Json:
    ranking = [
        {"name": name, "confidence": confidence}
        for name, confidence in sorted(parsed.intents.items(), key=lambda each: -each[1])
    ]
    return {
        "text": text,
        "intent": ranking[0] if ranking else {"name": None, "confidence": 0.0},
        "entities": [
            {
                "entity": each.name,
                "start": each.start,
                "end": each.end,
                "confidence_entity": each.confidence,
                "value": each.value,
                "extractor": "DIETClassifier",
            }
            for each in parsed.entities
        ],
        "intent_ranking": ranking,
    }
