"""What kind of answer does a question expect, and does a sentence hold one?

"How long", "berapa harganya", "who": an answer has a span of time, an amount of money, a name. Surface only:
digits, number words, units, capitals. Knows nothing of whether the answer is right.
"""

import re
from enum import StrEnum
from itertools import pairwise

from sahut.domain.words import tokens, word_set


class Expected(StrEnum):
    """LENGTH: metres or miles. TIME: a date, a time of day, "after payment". NUMBER: any count or amount."""

    NUMBER = "number"
    MONEY = "money"
    DURATION = "duration"
    TIME = "time"
    LENGTH = "length"
    WEIGHT = "weight"
    SPEED = "speed"
    TEMPERATURE = "temperature"
    PERSON = "person"
    PLACE = "place"


# The first that fits decides: "how long" before "how".
_CUES: tuple[tuple[Expected, tuple[str, ...]], ...] = (
    (
        Expected.LENGTH,
        (
            "how tall", "how high", "how deep", "how wide", "how far", "seberapa tinggi", "seberapa dalam",
            "seberapa jauh", "berapa jarak", "berapa jauh", "berapa tinggi", "berapa panjang", "berapa lebar",
            "berapa kedalaman",
        ),
    ),
    (Expected.WEIGHT, ("how heavy", "berapa berat", "seberapa berat")),
    (Expected.SPEED, ("how fast", "seberapa cepat", "berapa kecepatan")),
    (Expected.TEMPERATURE, ("temperature", "suhu", "how hot", "how cold")),
    (
        Expected.DURATION,
        ("how long", "berapa lama", "seberapa lama", "how quickly", "how soon"),
    ),
    (
        Expected.TIME,
        (
            "when", "kapan", "what time", "jam berapa", "what year", "tahun berapa", "hari apa", "what day",
            "which day", "how early", "jam buka", "opening hours",
        ),
    ),
    (
        Expected.MONEY,
        (
            "how much does", "how much do", "how much is", "what price", "what does it cost", "berapa harga",
            "harganya berapa", "berapa biaya", "biayanya berapa", "berapa tarif", "berapa ongkir",
            "ongkirnya berapa", "berapa gaji", "the price", "the cost", "the fee", "fee of", "price of",
            "cost of",
        ),
    ),
    (
        Expected.NUMBER,
        (
            "how many", "how much", "how often", "how old", "how big", "how large", "how loud", "berapa",
            "seberapa", "berapakah", "seberapa sering",
        ),
    ),
    (Expected.PERSON, ("who", "siapa", "siapakah", "whose", "whom")),
    (Expected.PLACE, ("where", "di mana", "dimana", "ke mana", "kemana", "dari mana")),
)  # fmt: skip

# Words that only say what kind of answer is wanted.
ASKING = word_set(
    """
    long much many often time times year years day days hour hours price cost costs fee fees lama harga biaya
    tarif jam hari tahun jumlah banyak kali minggu bulan name nama called kind type jenis old tall deep far
    big large high heavy fast quickly soon early seberapa orang people person sort
    """
)

NUMBER_WORDS = word_set(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million half once
    twice first second third none no satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas
    belas puluh ratus ribu juta seratus seribu setengah sekali pertama kedua ketiga gratis free unlimited
    """
)
_TIME_UNITS = word_set(
    """
    second seconds minute minutes hour hours day days week weeks month months year years night nights detik
    menit jam hari minggu bulan tahun pekan sehari seminggu sebulan setahun
    """
)
_AT_ONCE = word_set("immediately instantly overnight langsung")
_DATES = word_set(
    """
    january february march april may june july august september october november december januari februari
    maret mei juni juli agustus oktober desember jan feb mar apr jun jul aug sep oct nov dec monday tuesday
    wednesday thursday friday saturday sunday senin selasa rabu kamis jumat sabtu minggu century easter
    christmas ramadan lebaran abad after before until till every daily weekly monthly yearly always during
    since once later earlier tomorrow today setelah sesudah sebelum sampai setiap tiap ketika saat sejak
    hingga paling selama besok when
    """
)
_MONEY_WORDS = word_set(
    """
    rp idr usd gbp eur dollar dollars pound pounds euro euros rupiah cent cents crowns fee price cost costs
    charge biaya harga tarif ongkos
    """
)
_FREE = word_set("free gratis")
# Who answers for an organisation.
_ROLES = word_set("we you kami anda administrator support petugas staff admin manager")

_CURRENCY = re.compile(r"[£$€¥%]|\brp\s*\d", re.IGNORECASE)
_UNITS = {
    Expected.LENGTH: re.compile(
        r"\d\s*(?:m|cm|mm|km|metres?|meters?|kilomet(?:re|er)s?|centimet(?:re|er)s?|millimet(?:re|er)s?"
        r"|nautical miles?|miles?|feet|ft|inch(?:es)?|yards?|sentimeter|kilometer)\b",
        re.IGNORECASE,
    ),
    Expected.WEIGHT: re.compile(
        r"\d\s*(?:kg|g|grams?|kilograms?|tons?|tonnes?|pounds?|lbs?|kilos?)\b", re.IGNORECASE
    ),
    Expected.SPEED: re.compile(
        r"km/h|km/jam|mph|knots|\bper (?:hour|jam|second|minute|detik|menit)\b", re.IGNORECASE
    ),
    Expected.TEMPERATURE: re.compile(r"°|\bdegrees?\b|\bderajat\b|\bcelsius\b", re.IGNORECASE),
}
# A capital inside a sentence. \w{1,40} keeps a long word from being looked through again and again.
_CAPITAL = re.compile(r"(?<=[^.!?\n] )[A-Z][\w'-]{1,40}")
_WHEREABOUTS = re.compile(r"https?:|www\.|/|\b(?:in|at|on|under|below|near|di|ke|dari)\b", re.IGNORECASE)


def expected_answer(question: str) -> Expected | None:
    """None where any sentence could answer: why, how, what, yes or no."""
    text = f" {' '.join(tokens(question))} "
    for kind, cues in _CUES:
        if any(f" {cue} " in text for cue in cues):
            return kind
    return None


def holds(kind: Expected | None, sentence: str, words: frozenset[str], asked: frozenset[str]) -> bool:
    """Whether a sentence has something of this kind that isn't in the question already.

    words, asked: tokens of the sentence and of the question.
    """
    if kind is None:
        return True
    if kind in _UNITS:
        return bool(_UNITS[kind].search(sentence))
    if kind in (Expected.PERSON, Expected.PLACE):
        return _names_somebody(sentence, asked) or (
            bool(words & _ROLES) if kind is Expected.PERSON else bool(_WHEREABOUTS.search(sentence))
        )
    new = words - asked
    counted = bool(new & NUMBER_WORDS) or any(word[0].isdigit() or word[-1].isdigit() for word in new)
    if kind is Expected.MONEY:
        return (
            bool(_CURRENCY.search(sentence))
            or (counted and bool(words & _MONEY_WORDS))
            or bool(words & _FREE)
        )
    if kind is Expected.DURATION:
        # "How long is the tunnel?" asks for metres.
        lasts = (counted and bool(words & _TIME_UNITS)) or bool(words & _AT_ONCE)
        return lasts or bool(_UNITS[Expected.LENGTH].search(sentence))
    return counted or (kind is Expected.TIME and bool(new & _DATES))


def _names_somebody(sentence: str, asked: frozenset[str]) -> bool:
    return any(not asked.issuperset(tokens(name)) for name in _CAPITAL.findall(sentence))


_MONEY_ASKED = re.compile(
    r"\bhow much (?:does|do|did|is|are|was|were)\b"
    r"|\b(?:costs?|prices?|fees?|harga(?:nya)?|biaya(?:nya)?|ongkir|tarif|gaji)\b",
    re.IGNORECASE,
)
_MONEY_NAMED = re.compile(
    r"[£$€¥%]|\brp\s*\d|\b(?:free|gratis|rupiah|dollars?|euros?|pounds|crowns|cents?|guilders|usd|idr|gbp|eur)\b",
    re.IGNORECASE,
)
# Before a name of a place or a time, not of a person.
_BEFORE_PLACES = word_set("in at on from to near of since di ke dari pada sejak bulan hari tahun")
_NO_NAMES = _DATES | word_set("bc ad ce wib wita wit the it they he she we you this that these those")


def asks_for_money(question: str) -> bool:
    """Whether a question for a number wants it to be an amount of money."""
    wanted = expected_answer(question) in (Expected.MONEY, Expected.NUMBER)
    return wanted and bool(_MONEY_ASKED.search(question))


def names_money(sentence: str) -> bool:
    """Whether a sentence has an amount of money, a share of one, or says that something is free."""
    return bool(_MONEY_NAMED.search(sentence))


def names_person(sentence: str, known: frozenset[str]) -> bool:
    """Whether a sentence may name somebody: a capital inside it, not of a place or a time, or a role.

    known: words that name the subject already.
    """
    words = sentence.split()
    for before, word in pairwise(words):
        named = tokens(word)
        new = bool(named) and named[0] not in known and named[0] not in _NO_NAMES
        inside = before[-1] not in ".!?:;" and before.casefold() not in _BEFORE_PLACES
        if new and inside and word[0].isupper():
            return True
    return not _ROLES.isdisjoint(tokens(sentence))
