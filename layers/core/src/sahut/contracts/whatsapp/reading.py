"""Reads fields out of foreign JSON. A field of the wrong type reads as a missing one.

Why no pydantic here: the sender is Meta, who adds and drops fields without notice, and a model
says no to a whole message for one bad field. Models of these shapes also took 14 ms to build at
every cold start (measured); these modules take 3.
"""

import json
import math
from collections.abc import Mapping
from typing import cast

from sahut.domain.errors import Refused

Item = Mapping[str, object]

# The largest item we keep. A DynamoDB item ends at 400 KB, and ours holds more than the raw JSON.
ITEM_LIMIT = 300_000
# WhatsApp's own limit for what somebody types is 65,536 characters.
TEXT_LIMIT = 65_536
# Ids become storage keys (1,024 bytes at most). The longest we saw in Meta's examples has 90.
ID_LIMIT = 512
_NAME_LIMIT = 256

# 64-bit numbers have at most 20 digits; longer ones stay text, so that no length limit is met.
_LONGEST_NUMBER = 20

# Seconds. Year 2001 to 2286: ten digits, as all timestamps of Meta have.
_EARLIEST, _LATEST = 1e9, 1e10

_NOTHING: Item = {}


class MalformedWebhook(Refused):
    """The body is no webhook: not JSON, or not an object with a list of entries."""


class Unreadable(Refused):
    """One item can't be read at all; the text says why and quotes nothing."""


def load(raw: bytes) -> object:
    """The JSON value in `raw`.

    Raises:
        MalformedWebhook: it is not JSON, or is nested deeper than any webhook.
    """
    try:
        return cast(object, json.loads(raw, parse_int=_whole, parse_float=_decimal, parse_constant=str))
    except (ValueError, RecursionError):
        raise MalformedWebhook("the body is not JSON") from None


def raw_of(item: object) -> str:
    """The item as JSON in ASCII, which holds even what UTF-8 can't (lone surrogates).

    Raises:
        MalformedWebhook: nested so deep that only the decoder could bear it.
    """
    try:
        return json.dumps(item, separators=(",", ":"))
    except RecursionError:
        raise MalformedWebhook("the body is nested too deeply") from None


def item_of(value: object) -> Item:
    """`value` if it is an object, else an empty one."""
    return cast(Item, value) if isinstance(value, dict) else _NOTHING


def list_of(value: object) -> list[object]:
    """`value` if it is a list; a lone object counts as a list of one."""
    if isinstance(value, list):
        return cast(list[object], value)
    return [value] if isinstance(value, dict) else []


def object_at(item: Item, name: str) -> Item:
    return item_of(item.get(name))


def objects_at(item: Item, name: str) -> list[Item]:
    return [item_of(value) for value in list_of(item.get(name)) if isinstance(value, dict)]


def text_at(item: Item, name: str, limit: int = _NAME_LIMIT) -> str:
    """A text of at most `limit` characters; numbers count as text, anything else as ''."""
    return text_of(item.get(name))[:limit]


def text_of(value: object) -> str:
    if isinstance(value, str):
        return value if value.isascii() else _encodable(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""


def id_at(item: Item, name: str) -> str:
    """An id, verbatim; '' when it is missing or can't be one."""
    text = text_at(item, name, ID_LIMIT + 1)
    usable = len(text) <= ID_LIMIT and text.isprintable() and " " not in text
    return text if usable else ""


def int_at(item: Item, name: str) -> int:
    """A whole number, also one in a text; 0 when there is none."""
    text = text_of(item.get(name))
    digits = text.removeprefix("-")
    usable = digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST_NUMBER
    return int(text) if usable else 0


def seconds_at(item: Item, name: str, otherwise: float) -> float:
    """Seconds since the epoch (Meta sends them as text); `otherwise` when they make no sense."""
    seconds = float(int_at(item, name))
    return seconds if _EARLIEST <= seconds < _LATEST else otherwise


def _encodable(text: str) -> str:
    """Pairs of surrogates become their character, lone ones U+FFFD: no UTF-8 can hold those."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _whole(text: str) -> object:
    return int(text) if len(text) <= _LONGEST_NUMBER else text


def _decimal(text: str) -> object:
    number = float(text)
    return number if math.isfinite(number) else text
