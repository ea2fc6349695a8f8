"""What is wrong with a request, and how each vendor says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

Json = dict[str, object]


class Dialect(StrEnum):
    """Whose manners a path has: error bodies, keys and fields differ."""

    OPENAI = "openai"
    AZURE = "azure"
    GEMINI = "gemini"
    RASA = "rasa"


@dataclass(frozen=True)
class ApiError(Exception):
    """One refusal, in OpenAI's terms. headers: what the reply carries besides."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status} {self.message}"

    def body(self, dialect: Dialect) -> object:
        """The JSON document, as the vendor writes it."""
        return _WRITERS[dialect](self)


def _openai(error: ApiError) -> object:
    told = {"message": error.message, "type": error.type, "param": error.param, "code": error.code}
    return {"error": told}


_AZURE_CODES = {401: "401", 404: "DeploymentNotFound", 429: "429"}


def _azure(error: ApiError) -> object:
    """Azure's gateway answers 401, 404 and 429 itself, with a code and a message only."""
    if error.code == "content_filter":
        return {"error": _openai_error(error) | {"status": 400, "innererror": _FILTERED}}
    if error.status in _AZURE_CODES and error.code != "insufficient_quota":
        code = "404" if error.code == "path" else _AZURE_CODES[error.status]
        return {"error": {"code": code, "message": error.message}}
    return _openai(error)


def _openai_error(error: ApiError) -> Json:
    return {"message": error.message, "type": None, "param": "prompt", "code": error.code}


_FILTERED = {
    "code": "ResponsibleAIPolicyViolation",
    "content_filter_result": {
        "hate": {"filtered": False, "severity": "safe"},
        "jailbreak": {"filtered": False, "detected": False},
        "self_harm": {"filtered": False, "severity": "safe"},
        "sexual": {"filtered": False, "severity": "safe"},
        "violence": {"filtered": True, "severity": "medium"},
    },
}

_GEMINI_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


def _gemini(error: ApiError) -> object:
    """A list around Google's own error object: a client that expects OpenAI's finds no code in it."""
    status = _GEMINI_STATUS.get(error.status, "UNKNOWN")
    return [{"error": {"code": error.status, "message": error.message, "status": status}}]


_RASA_REASONS = {400: "BadRequest", 401: "NotAuthenticated", 404: "NotFound", 409: "Conflict"}


def _rasa(error: ApiError) -> object:
    reason = _RASA_REASONS.get(error.status, "ParsingError")
    told: Json = {"version": "3.6.20", "status": "failure", "message": error.message, "reason": reason}
    return told | {"details": {}, "help": None, "code": error.status}


_WRITERS = {
    Dialect.OPENAI: _openai,
    Dialect.AZURE: _azure,
    Dialect.GEMINI: _gemini,
    Dialect.RASA: _rasa,
}
