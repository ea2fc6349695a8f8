"""Links that open a cited original at its page, for whoever was shown the citation, and open nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import jwt

from sahut.domain.errors import NotFound
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.tenant import TenantId

# As long as a conversation can be read again (RESUME_S of visitor tokens).
LINK_S = 30 * 24 * 3600
# Of the address in the bucket, which the browser follows at once.
OPENS_WITHIN_S = 300

PATH = "/v1/citations/"

_ALGORITHM = "HS256"
_AUDIENCE = "sahut-citation"


@dataclass(frozen=True, slots=True)
class Source:
    """A cited original. object_version: S3's, '' for the newest. page: 0 for none."""

    ref: KnowledgeRef
    document: str
    object_version: str
    page: int


class CitationLinks:
    def __init__(self, signing_key: Callable[[], str], clock: Callable[[], float]) -> None:
        self._signing_key = signing_key
        self._clock = clock

    def path(self, tenant: TenantId, citation: Mapping[str, object]) -> str:
        """Below the API's base. citation: as a line of the timeline carries it."""
        claims = {
            "aud": _AUDIENCE,
            "exp": int(self._clock()) + LINK_S,
            "t": str(tenant),
            "d": citation["document_id"],
            "v": citation.get("document_version", ""),
            "p": citation.get("page", 0),
        }
        return PATH + jwt.encode(claims, self._signing_key(), _ALGORITHM)

    def source(self, token: str) -> Source:
        """What a link names.

        Raises:
            NotFound: it is not ours, or has expired.
        """
        try:
            claims = jwt.decode(token, self._signing_key(), [_ALGORITHM], audience=_AUDIENCE)
            ref = KnowledgeRef(TenantId(str(claims["t"])))
            return Source(ref, str(claims["d"]), str(claims["v"]), int(claims["p"]))
        except (jwt.InvalidTokenError, KeyError, ValueError):
            raise NotFound("citation behind this link; it may have expired") from None
