"""What an answer of the Graph API means: sent, certainly not sent, or nobody knows.

Whether to repeat what was certainly not sent is not decided here: `domain.graph_errors` says it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NoReturn, cast

from sahut.adapters.channels.graph_http import HttpReply
from sahut.domain.errors import ChannelRefused, TryAgain, Uncertain

Json = Mapping[str, object]

_TOO_MANY_REQUESTS = 429
_REQUEST_TIMEOUT = 408
# The code for an answer that certainly refuses, yet carries none: somebody else stands between us
# and the Graph API, or its address is wrong. 0 alerts the tenant.
_NO_CODE = 0

_LONGEST_WAIT_S = 60.0
_TITLE_LIMIT = 200
# Tokens (Graph quotes malformed ones) and phone numbers have no place in errors and logs.
_PRIVATE = re.compile(r"[A-Za-z0-9_.|~-]{32,}|\+?\d[\d\s()-]{5,}\d")


def json_of(reply: HttpReply) -> Json:
    """The answer's JSON object; empty when it is none."""
    try:
        value = cast(object, json.loads(reply.body))
    except (ValueError, RecursionError):
        return {}
    return cast(Json, value) if isinstance(value, dict) else {}


def sent_id(reply: HttpReply) -> str:
    """The id that the channel gave to the message it accepted.

    Raises:
        ChannelRefused, TryAgain: certainly not accepted. Uncertain: nobody knows.
    """
    check(reply)
    messages = json_of(reply).get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    message_id = cast(Json, first).get("id") if isinstance(first, dict) else None
    if not isinstance(message_id, str) or not message_id:
        raise Uncertain("the answer names no message")
    return message_id


def check(reply: HttpReply) -> None:
    """Returns only for an answer that says yes.

    Raises:
        ChannelRefused, TryAgain: certainly not accepted. Uncertain: nobody knows.
    """
    error = json_of(reply).get("error")
    code = _code(cast(Json, error)) if isinstance(error, dict) else None
    if code is not None:
        raise ChannelRefused(code, _title(cast(Json, error)))
    if not 200 <= reply.status < 300:
        _refuse_uncoded(reply)


def _refuse_uncoded(reply: HttpReply) -> NoReturn:
    if reply.status == _TOO_MANY_REQUESTS:
        raise TryAgain("too many requests", after_s=_retry_after_s(reply))
    if 400 <= reply.status < 500 and reply.status != _REQUEST_TIMEOUT:
        raise ChannelRefused(_NO_CODE, f"HTTP {reply.status} without a code")
    raise Uncertain(f"HTTP {reply.status} without a code")


def _code(error: Json) -> int | None:
    code = error.get("code")
    if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) <= 9:
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def _title(error: Json) -> str:
    """The channel's own words without what they may quote: `(#131047) Re-engagement message`."""
    message = error.get("message")
    return _PRIVATE.sub("…", message)[:_TITLE_LIMIT] if isinstance(message, str) else ""


def _retry_after_s(reply: HttpReply) -> float:
    """Seconds; a date or nonsense counts as 0."""
    text = reply.headers.get("retry-after", "")
    usable = text.isascii() and text.isdigit() and len(text) <= 9
    return min(float(text), _LONGEST_WAIT_S) if usable else 0.0
