"""Visitor tokens: short-lived JWTs that stand for one visitor of one tenant's web chat."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

import jwt

from sahut.domain.tenant import TenantId
from sahut.runtime.http_problems import HttpProblem
from sahut.stages.webchat import Visitor

# Long enough for a conversation, short enough for a shared computer.
TOKEN_S = 3600
# How long an expired token may still be exchanged for a new one with the same history.
RESUME_S = 30 * 24 * 3600

_ALGORITHM = "HS256"
_AUDIENCE = "sahut-webchat"


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    visitor: Visitor
    expires_at: int


class VisitorTokens:
    def __init__(self, signing_key: Callable[[], str], clock: Callable[[], float]) -> None:
        self._signing_key = signing_key
        self._clock = clock

    def issue(self, tenant: TenantId, webchat_key: str, earlier: str) -> Token:
        """A token for the visitor of `earlier`, if that is one of ours for the same chat; else a new one."""
        visitor = self._resumed(tenant, webchat_key, earlier)
        visitor = visitor or Visitor(tenant, webchat_key, secrets.token_urlsafe(12))
        expires_at = int(self._clock()) + TOKEN_S
        claims = {
            "aud": _AUDIENCE,
            "sub": visitor.visitor_id,
            "tenant": str(tenant),
            "key": webchat_key,
            "exp": expires_at,
        }
        return Token(jwt.encode(claims, self._signing_key(), _ALGORITHM), visitor, expires_at)

    def visitor(self, token: str, leeway_s: float = 0) -> Visitor:
        """Who the token stands for.

        Raises:
            HttpProblem: 401, not ours or expired.
        """
        try:
            claims = jwt.decode(token, self._signing_key(), [_ALGORITHM], audience=_AUDIENCE, leeway=leeway_s)
            return Visitor(TenantId(str(claims["tenant"])), str(claims["key"]), str(claims["sub"]))
        except (jwt.InvalidTokenError, KeyError, ValueError):
            raise HttpProblem(401, "The visitor token is not valid or has expired") from None

    def _resumed(self, tenant: TenantId, webchat_key: str, earlier: str) -> Visitor | None:
        if not earlier:
            return None
        try:
            visitor = self.visitor(earlier, leeway_s=RESUME_S)
        except HttpProblem:
            return None  # a visitor with a foreign or ancient token simply starts anew
        return visitor if (visitor.tenant, visitor.channel_key) == (tenant, webchat_key) else None
