"""The readings of a text: as it stands, and as a model might read it after undoing a disguise."""

import base64
import binascii
import codecs
import html
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from sahut.domain.hidden_text import tagged, visible

# Letters that look Latin and are not.
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝвкмнтοανρτυεικ",
    "aeopcyxijshdqwbkmhtoavptueik",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEET_INSIDE = re.compile(r"[a-zA-Z][013457@$!]+[a-zA-Z]|[@$013457!][a-zA-Z]{3}")
_LEET_WORD = re.compile(r"[^\W_]*[a-zA-Z][013457@$!]+[a-zA-Z][^\W_]*|[@$013457!][a-zA-Z]{3,}")
_SPACED = re.compile(r"(?:(?<=\s)|^)(?:[^\W\d_][ .\-_*]{1,3}){5,}[^\W\d_](?!\w)")
_SPACED_GAP = re.compile(r"[ .\-_*]")
_BASE64 = re.compile(r"(?<![\w+/=])[A-Za-z0-9+/_-]{16,4000}+={0,2}")
_HEX = re.compile(r"(?<![^\W_])(?:(?:\\x|0x)?[0-9a-fA-F]{2}[\s,:]?){12,2000}+")
_PERCENT = re.compile(r"(?:%[0-9a-fA-F]{2})")
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-f]{2,5}|[a-z]{2,8});", re.IGNORECASE)
# "ignore", "abaikan", "prompt", "instruc", "instruks", "disregard", "lupakan", turned by thirteen letters.
_ROT13 = ("vtaber", "nonvxna", "cebzcg", "vafgehp", "vafgehxf", "qvfertneq", "yhcnxna")
_REVERSED = ("snoitcurtsni", "tpmorp", "erongi", "iskurtsni", "nakiaba", "dragersid")


def unmasked(text: str) -> str:
    """The text without invisible characters, in plain letters where it used lookalikes."""
    seen = visible(text)
    if seen.isascii():
        return seen
    return unicodedata.normalize("NFKC", seen).casefold().translate(_LOOKALIKES)


def readings(text: str) -> Iterator[str]:
    """The plain reading first, then one for each disguise that is there."""
    plain = unmasked(text)
    yield plain
    if hidden := tagged(text):
        yield hidden
    if _LEET_INSIDE.search(plain):
        yield _LEET_WORD.sub(lambda found: found[0].translate(_LEET), plain)
    if _SPACED.search(plain):
        yield _SPACED.sub(lambda found: _joined(found[0]), plain)
    if _PERCENT.search(plain):
        yield unquote(plain, errors="replace")
    if _ENTITY.search(plain):
        yield html.unescape(plain)
    small = plain.casefold()
    if any(turned in small for turned in _ROT13):
        yield codecs.decode(plain, "rot13")
    if any(turned in small for turned in _REVERSED):
        yield plain[::-1]
    yield from decoded(visible(text))


def decoded(text: str) -> Iterator[str]:
    """What stretches of Base64 and of hexadecimal spell, where it is text."""
    for found in _BASE64.finditer(text):
        code = found[0].rstrip("=").translate(str.maketrans("-_", "+/"))
        code = code[: len(code) - (len(code) % 4 == 1)]
        if words := _as_text(base64.b64decode(code + "=" * (-len(code) % 4))):
            yield words
    for found in _HEX.finditer(text):
        digits = re.sub(r"\\x|0x|[\s,:]", "", found[0])
        try:
            raw = binascii.unhexlify(digits[: len(digits) // 2 * 2])
        except binascii.Error:
            continue
        if words := _as_text(raw):
            yield words


def _as_text(raw: bytes) -> str:
    try:
        words = raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    printable = sum(char.isprintable() or char.isspace() for char in words)
    return words if len(words) >= 8 and printable == len(words) and " " in words else ""


def _joined(spaced: str) -> str:
    """`i g n o r e   a l l` as `ignore all`: two gaps or more divide words."""
    words = re.split(r"[ .\-_*]{2,}", spaced)
    return " ".join(_SPACED_GAP.sub("", word) for word in words)
