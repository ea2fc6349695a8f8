"""What a number is: by its digits, or by the word that stands before it."""

import re
from enum import StrEnum

from sahut.domain.words import word_set


class NumberKind(StrEnum):
    NIK = "nik"
    NPWP = "npwp"
    CARD = "card"
    PASSPORT = "passport"
    ACCOUNT = "account"
    PHONE = "phone"


_NAMES = {
    **dict.fromkeys(word_set("nik ktp ektp"), NumberKind.NIK),
    **dict.fromkeys(word_set("npwp"), NumberKind.NPWP),
    **dict.fromkeys(word_set("passport paspor paspornya"), NumberKind.PASSPORT),
    **dict.fromkeys(
        word_set("rekening rekeningku rekeningnya rek norek account accounts acct va iban"),
        NumberKind.ACCOUNT,
    ),
    **dict.fromkeys(
        word_set("hp handphone wa whatsapp telp telpon telepon tel phone mobile ponsel hubungi nope nohp"),
        NumberKind.PHONE,
    ),
    **dict.fromkeys(word_set("card kartu cc"), NumberKind.CARD),
}
# May stand between a name and its number.
_BETWEEN = word_set(
    """
    number numbers no nomor nomer nmr num nya is are it its adalah yaitu saya aku my our kami ku an atas nama
    bca bri bni mandiri bsi cimb permata danamon btn jago jenius seabank bank tujuan sumber the a at on me di
    ke this ini sort code virtual kredit debit credit
    """
)
_WORD = re.compile(r"[^\W\d_]+")
_DATE = re.compile(r"\d{1,2}[-./]\d{1,2}[-./](?:\d{2}|\d{4})(?!\d)|\d{4}[-./]\d{1,2}[-./]\d{1,2}(?!\d)")
_NPWP = re.compile(r"\d{2}\.\d{3}\.\d{3}\.\d[-.]\d{3}\.\d{3}")
_GROUPS = re.compile(r"\d+")
_IN_FOURS = re.compile(r"\d{4}(?:[ -]\d{4}){3}")
_FURTHEST_WORDS = 6


def kind_of_number(number: str, before: str) -> NumberKind | None:
    """What a number of six digits or more is; None for amounts, order numbers, dates and the like.

    number: as it was written. before: some sixty characters in front of it.
    """
    digits = "".join(_GROUPS.findall(number))
    if _NPWP.fullmatch(number):
        return NumberKind.NPWP
    if _DATE.match(number):
        return None
    named = _named(before)
    if named is not None and _fits(named, digits):
        return named
    return _by_digits(number, digits)


def kind_of_code(before: str) -> NumberKind | None:
    """What a code of letters and digits is: a passport's number where that was said."""
    return NumberKind.PASSPORT if _named(before) is NumberKind.PASSPORT else None


def passes_luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _by_digits(number: str, digits: str) -> NumberKind | None:
    card = 13 <= len(digits) <= 19 and digits[0] in "23456" and len(set(digits)) > 1 and passes_luhn(digits)
    if len(digits) == 16 and _is_nik(digits) and not (card and _IN_FOURS.fullmatch(number)):
        return NumberKind.NIK
    if card:
        return NumberKind.CARD
    return NumberKind.PHONE if _is_phone(number, digits) else None


def _is_nik(digits: str) -> bool:
    """Province, then date of birth; a woman's day is 40 higher."""
    province, day, month = int(digits[:2]), int(digits[6:8]), int(digits[8:10])
    return 11 <= province <= 96 and (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12


def _is_phone(number: str, digits: str) -> bool:
    if number.startswith(("+", "(+")):
        return 8 <= len(digits) <= 15
    if digits.startswith("628"):
        return 11 <= len(digits) <= 14
    if digits.startswith("00"):
        return 10 <= len(digits) <= 17 and digits[2:3] in "123456789"
    area = _GROUPS.findall(number)[0]
    return digits.startswith("0") and 9 <= len(digits) <= 13 and len(area) >= 3


_LENGTHS = {
    NumberKind.NIK: (16, 16),
    NumberKind.NPWP: (15, 16),
    NumberKind.CARD: (12, 19),
    NumberKind.PASSPORT: (7, 9),
    NumberKind.ACCOUNT: (6, 20),
    NumberKind.PHONE: (7, 15),
}


def _fits(kind: NumberKind, digits: str) -> bool:
    shortest, longest = _LENGTHS[kind]
    return shortest <= len(digits) <= longest


def _named(before: str) -> NumberKind | None:
    """The word that names the number, when only fillers stand between."""
    words = [word.casefold() for word in _WORD.findall(before)]
    for word in words[: -_FURTHEST_WORDS - 1 : -1]:
        if word in _NAMES:
            return _NAMES[word]
        if word not in _BETWEEN:
            return None
    return None
