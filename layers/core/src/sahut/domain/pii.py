"""Personal data and secrets in Indonesian and English text: found, hidden from logs, or replaced for a model.

Patterns, not understanding: a name or a date of birth is not recognised. Every pattern is bounded and none
can backtrack over more than its own bound: the time grows with the length of the text and nothing else.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sahut.domain.hidden_text import visible
from sahut.domain.pii_numbers import NumberKind, kind_of_code, kind_of_number

# A burst of messages may have 300,000; what lies beyond is not read, so it is not kept either.
MAX_CHARACTERS = 1_200_000


class Kind(StrEnum):
    """The value is the placeholder's name, in lower case as logs show it."""

    SECRET = "secret"
    EMAIL = "email"
    IBAN = "iban"
    NIK = "nik"
    NPWP = "npwp"
    CARD = "card"
    PASSPORT = "passport"
    ACCOUNT = "account"
    PHONE = "phone"
    ADDRESS = "address"
    IP = "ip"


@dataclass(frozen=True, slots=True)
class Found:
    """start, end: the span in the text."""

    start: int
    end: int
    kind: Kind


_SECRET = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-[A-Za-z0-9_-]{16,200}+"
    r"|(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Z])"
    r"|EAA[A-Za-z0-9]{20,400}+"
    r"|gh[pousr]_[A-Za-z0-9]{20,255}+|github_pat_[A-Za-z0-9_]{20,255}+|glpat-[A-Za-z0-9_-]{16,64}+"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,250}+"
    r"|AIza[0-9A-Za-z_-]{35}"
    r"|[rsp]k_(?:live|test)_[A-Za-z0-9]{10,99}+"
    r"|eyJ[A-Za-z0-9_-]{8,2000}+\.[A-Za-z0-9_-]{4,4000}+(?:\.[A-Za-z0-9_-]{0,1000}+)?"
    r"|Bearer\s{1,3}[A-Za-z0-9._~+/=-]{16,2000}+"
    r")"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[A-Za-z0-9+/=\s]{0,8000}+"
    r"(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
# "password: x" and "PIN saya = 1234" always; "my password is x" only if x looks like one.
_NAMED_SECRET = re.compile(
    r"(?<![^\W_])(?:passwords?|passwd|pwd|passcode|pass ?phrase|kata ?sandi|sandi|pin|otp"
    r"|cvv2?|cvc|kode (?:otp|verifikasi)|api[ _-]?key|access[ _-]?key"
    r"|client[ _-]?secret|secret(?:[ _-]?key)?|(?:access[ _-]?)?token)"
    r"(?:nya|ku|mu)?(?:\s{1,3}(?:saya|aku|my|number|nomor|code|kode|anda|atm|akun|login|wifi|internet|email"
    r"|yang|baru|lama)){0,3}"
    r"(?:\s{0,3}[:=]{1,2}\s{0,3}[\"'`]?(?P<any>[^\s\"'`⟦]{1,200}+)"
    r"|\s{1,3}(?:is|was|adalah|yaitu|nya)\s{1,3}[\"'`]?(?P<odd>(?=[^\s]{0,60}[\d@#$%^&*_])[^\s\"'`⟦]{4,200}+))",
    re.IGNORECASE,
)
# "PIN 123456", "OTP 4821": short codes need no sign between.
_NAMED_CODE = re.compile(
    r"(?<![^\W_])(?:pin|otp|cvv2?|cvc|kode (?:otp|verifikasi))(?:nya|ku)?"
    r"(?:\s{1,3}(?:saya|aku|my|atm|is|adalah)){0,2}\s{1,3}(?P<any>\d{3,8})(?!\w)",
    re.IGNORECASE,
)
_EMAIL = re.compile(
    r"(?<![\w.+-])[\w.+%-]{1,64}+(?:@|\s?[\[(]\s?at\s?[\])]\s?)(?:[\w-]{1,63}+\.){1,8}[^\W\d_]{2,24}(?![\w-])",
    re.IGNORECASE,
)
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}+(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
# Anything from six digits on, with what people put between and before them.
_NUMBER = re.compile(r"(?<![\w.,@+])[+(]{0,2}\d(?:[ .()\u2010-\u2015/-]{0,2}\d){5,29}+(?!\w)")
_CODE = re.compile(r"(?<![^\W_])[A-Z]{1,2}\d{6,8}(?![^\W_])", re.IGNORECASE)
_ADDRESS = re.compile(
    r"(?<!\w)(?:jalan|jln|jl|gang|gg)\b\.?\s{0,3}[^\W\d_][^\n;?!]{1,70}?[\s,.](?:no|nomor|nomer|blok|kav)\b\.?\s{0,3}"
    r"(?:[a-z]{1,2}[\s-]?)?\d{1,4}(?:\s?[a-z](?![^\W\d_]))?(?:\s?[-/]\s?\d{1,4})?"
    r"(?:,?\s{0,2}\brt\b[\s.]{0,2}\d{1,3}\s?[/,]?\s?(?:rw\b[\s.]{0,2})?\d{0,3})?(?!\d)",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.])(?:[0-9a-f]{0,4}:){2,7}+[0-9a-f]{0,4}(?![\w:])", re.IGNORECASE)


def find(text: str) -> tuple[Found, ...]:
    """Every piece of personal data, in order; none overlaps another. Reads MAX_CHARACTERS."""
    found = sorted(_every(text[:MAX_CHARACTERS]), key=lambda each: (each.start, each.end))
    merged: list[Found] = []
    for each in found:
        if merged and each.start < merged[-1].end:
            merged[-1] = _both(merged[-1], each)
        else:
            merged.append(each)
    return tuple(merged)


def redact(text: str) -> str:
    """For logs: `[email]`, `[phone]` and so on in the place of personal data and secrets."""
    return replaced(text, lambda kind, value: f"[{kind.value}]")


def replaced(text: str, with_what: Callable[[Kind, str], str]) -> str:
    """The text as a person sees it, with every piece of personal data replaced."""
    seen = visible(text[:MAX_CHARACTERS])
    pieces: list[str] = []
    at = 0
    for each in find(seen):
        pieces += (seen[at : each.start], with_what(each.kind, seen[each.start : each.end]))
        at = each.end
    return "".join([*pieces, seen[at:]])


def secrets_in(text: str) -> set[str]:
    """What looks like a key or a token by its form alone."""
    return {found[0] for found in _SECRET.finditer(text[:MAX_CHARACTERS])}


def _both(first: Found, second: Found) -> Found:
    """One span for both: nothing of either stays. The kind that stands first in `Kind` names it."""
    order = tuple(Kind)
    kind = min(first.kind, second.kind, key=order.index)
    return Found(first.start, max(first.end, second.end), kind)


def _every(text: str) -> Iterator[Found]:
    yield from (Found(*found.span(), Kind.SECRET) for found in _SECRET.finditer(text))
    for pattern in (_NAMED_SECRET, _NAMED_CODE):
        for found in pattern.finditer(text):
            group = "any" if found["any"] is not None else "odd"
            yield Found(*found.span(group), Kind.SECRET)
    yield from (Found(*found.span(), Kind.EMAIL) for found in _EMAIL.finditer(text))
    yield from (Found(*found.span(), Kind.IBAN) for found in _IBAN.finditer(text) if _is_iban(found[0]))
    yield from (Found(*found.span(), Kind.ADDRESS) for found in _ADDRESS.finditer(text))
    for pattern in (_IPV4, _IPV6):
        yield from (Found(*found.span(), Kind.IP) for found in pattern.finditer(text) if _is_ip(found[0]))
    yield from _numbers(text)


def _numbers(text: str) -> Iterator[Found]:
    for found in _NUMBER.finditer(text):
        kind = kind_of_number(_plain_digits(found[0]), text[max(0, found.start() - 60) : found.start()])
        if kind is not None:
            yield Found(*found.span(), _KINDS[kind])
    for found in _CODE.finditer(text):
        if kind_of_code(text[max(0, found.start() - 60) : found.start()]) is not None:
            yield Found(*found.span(), Kind.PASSPORT)


_KINDS = {kind: Kind(kind.value) for kind in NumberKind}


def _plain_digits(text: str) -> str:
    """Digits of other scripts as ASCII, so that full-width ones are no way around."""
    if text.isascii():
        return text
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text)


def _is_iban(text: str) -> bool:
    code = re.sub(r"[ -]", "", text)
    if not 15 <= len(code) <= 34:
        return False
    return int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


def _is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return len(text) > 4  # "::" and "::1" are also how people type
