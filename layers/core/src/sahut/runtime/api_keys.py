"""Who calls: the API key of a backend or an operator, and the tenant that it belongs to."""

from __future__ import annotations

from typing import Annotated

from sahut.adapters.dynamodb.registry import ApiKey
from sahut.runtime.bootstrap import composition
from sahut.runtime.http_problems import HttpProblem
from sahut.runtime.lean_fastapi import Depends, Header


def _api_key(x_api_key: Annotated[str, Header()] = "") -> ApiKey:
    key = composition().registry.api_key(x_api_key) if x_api_key else None
    if key is None:
        raise HttpProblem(401, "A valid API key is needed", "X-Api-Key: <key>")
    return key


AsBackend = Annotated[ApiKey, Depends(_api_key)]


def _admin_key(key: AsBackend) -> ApiKey:
    if key.role != "admin":
        raise HttpProblem(
            403, "An admin's API key is needed", "This one may not see or change configuration."
        )
    return key


AsAdmin = Annotated[ApiKey, Depends(_admin_key)]


def name_of(key: ApiKey, by: str) -> str:
    """Who did it, for the audit: as the caller names them, else the key's own name."""
    return by or key.name or "backend"
