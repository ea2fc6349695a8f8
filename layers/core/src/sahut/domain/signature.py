"""Who may speak to our webhook: the check of `X-Hub-Signature-256`."""

import hmac

_SCHEME = "sha256="


def signature_of(secret: str, raw: bytes) -> str:
    """The header that belongs to a body: `sha256=` and 64 lower-case hexadecimal digits."""
    return _SCHEME + hmac.digest(secret.encode(), raw, "sha256").hex()


def is_signed_by(secret: str, raw: bytes, header: str | None) -> bool:
    """Whether `header` was made from exactly these bytes by someone who knows `secret`.

    Takes the same time wherever the two differ. An empty secret signs nothing: it means that
    somebody forgot to set one, and everybody knows it.

    Args:
        raw: the body before any decoding; a re-encoded one has another signature.
        header: the header's value, None when there is none.
    """
    if not secret or header is None:
        return False
    claimed = header.encode(errors="replace")
    return hmac.compare_digest(signature_of(secret, raw).encode(), claimed)
