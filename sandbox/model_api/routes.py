"""Which path means what, and who may call it."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from sandbox.model_api.api_error import ApiError, Dialect
from sandbox.model_api.asked import Kind

_CHAT, _AUDIO = "/chat/completions", "/audio/transcriptions"
_KINDS: Mapping[str, Kind] = {_CHAT: "chat", _AUDIO: "transcription"}
_DEPLOYMENT = re.compile(rf"/openai/deployments/([^/]+)({_CHAT}|{_AUDIO})")
_API_VERSION = re.compile(r"20\d\d-\d\d-\d\d(-preview)?")


@dataclass(frozen=True, slots=True)
class Route:
    """model: what the path names, for Azure's deployments; '' where the body does."""

    kind: Kind
    dialect: Dialect
    query: Mapping[str, str]
    model: str = ""


def route_of(target: str) -> Route:
    """Raises ApiError (404, or Azure's for a wrong api-version) for what no vendor serves."""
    parts = urlsplit(target)
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    if parts.path == "/model/parse":
        return Route("parse", Dialect.RASA, query, "rasa")
    deployment = _DEPLOYMENT.fullmatch(parts.path)
    if deployment is not None:
        if not _API_VERSION.fullmatch(query.get("api-version", "")):
            raise ApiError(404, "Resource not found", code="path")
        return Route(_KINDS[deployment[2]], Dialect.AZURE, query, unquote(deployment[1]))
    for prefix, dialect in _PREFIXES.items():
        kind = _KINDS.get(parts.path.removeprefix(prefix)) if parts.path.startswith(prefix) else None
        if kind is not None:
            return Route(kind, dialect, query)
    raise ApiError(404, f"Invalid URL (POST {parts.path})", code="path")


_PREFIXES = {
    "/v1beta/openai": Dialect.GEMINI,
    "/openai/v1": Dialect.AZURE,  # without api-version, since 2025
    "/v1": Dialect.OPENAI,
}


def dialect_of(target: str) -> Dialect:
    """Whose error bodies a path has, served or not."""
    path = urlsplit(target).path
    if path.startswith("/openai/"):
        return Dialect.AZURE
    return Dialect.GEMINI if path.startswith("/v1beta/") else Dialect.OPENAI


def authorise(route: Route, headers: Mapping[str, str], key: str, rasa_token: str) -> None:
    """headers: lower-case names. Raises ApiError 401 (Gemini's is a 400)."""
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    if route.dialect is Dialect.RASA:
        if rasa_token and not _same(route.query.get("token", ""), rasa_token):
            raise ApiError(401, "User is not authenticated.")
        return
    given = headers.get("api-key", "") or bearer if route.dialect is Dialect.AZURE else bearer
    if _same(given, key):
        return
    if route.dialect is Dialect.GEMINI:
        raise ApiError(400, "API key not valid. Please pass a valid API key.")
    if route.dialect is Dialect.AZURE:
        reason = "Access denied due to invalid subscription key or wrong API endpoint."
        raise ApiError(401, f"{reason} Make sure to provide a valid key for an active subscription.")
    if not given:
        raise ApiError(401, "You didn't provide an API key.")
    shown = f"{given[:3]}***{given[-4:]}"
    raise ApiError(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
