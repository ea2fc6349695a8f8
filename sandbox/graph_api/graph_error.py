"""Refusals in Meta's own shape: HTTP status, code, title, details and a trace id."""

import uuid
from dataclasses import dataclass, field

# code: (HTTP status, title), after Meta's published list of error codes (May 2026).
_KNOWN: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    100: (400, "Invalid parameter"),
    190: (401, "Invalid OAuth access token"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131031: (403, "Account has been locked"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "Business account, consumer account pair rate limit hit"),
    131057: (500, "Account in maintenance mode"),
    131062: (400, "Authentication templates need a phone number"),
    132000: (400, "Template param count mismatch"),
    132001: (404, "Template does not exist"),
    132012: (400, "Template parameter format mismatch"),
}


@dataclass
class GraphError(Exception):
    """The request is refused; nothing was sent.

    code: Meta's error code. details: what was wrong, for `error_data.details`. http_status: 0 for
    the usual one of this code.
    """

    code: int
    details: str = ""
    http_status: int = 0
    subcode: int = 0
    trace_id: str = field(default_factory=lambda: "A" + uuid.uuid4().hex[:22])

    def __post_init__(self) -> None:
        status, self.title = _KNOWN.get(self.code, (400, "Unknown error"))
        self.http_status = self.http_status or status

    def to_json(self) -> dict[str, object]:
        """The response body."""
        error: dict[str, object] = {
            "message": f"(#{self.code}) {self.title}",
            "type": "OAuthException",
            "code": self.code,
            "error_data": {"messaging_product": "whatsapp", "details": self.details or self.title},
            "fbtrace_id": self.trace_id,
        }
        if self.subcode:
            error["error_subcode"] = self.subcode
        return {"error": error}
