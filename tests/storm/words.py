"""What customers write in the storm. The questions are those of the seeded tenants (sandbox/seed_data)."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from random import Random

from tests.storm.customers import TENANTS

_SEEDS = Path(__file__).parents[2] / "sandbox/seed_data"


class Intent(StrEnum):
    """What a burst is about. FOREIGN: only the other tenant's documents have the answer."""

    ANSWERABLE = "answerable"
    UNANSWERABLE = "unanswerable"
    FOREIGN = "foreign"
    PERSON = "wish for a person"
    SMALLTALK = "small talk"
    FRAGMENTS = "fragments"
    MEDIA = "picture"


# Percent of bursts.
SHARES = {
    Intent.ANSWERABLE: 52,
    Intent.UNANSWERABLE: 9,
    Intent.FOREIGN: 10,
    Intent.PERSON: 5,
    Intent.SMALLTALK: 10,
    Intent.FRAGMENTS: 11,
    Intent.MEDIA: 3,
}

_WISHES = (
    ("Saya mau bicara dengan manusia", "Tolong sambungkan ke petugas"),
    ("I want to talk to a human, please.", "Can you connect me to an agent?"),
)
_SMALLTALK = (("Halo!", "Terima kasih ya!", "Selamat pagi"), ("Hello!", "Thank you so much!", "Good morning"))
_BEGINNINGS = (("halo kak", "saya mau tanya", "soal ini"), ("hi there", "quick question", "about this"))


@dataclass(frozen=True, slots=True)
class _Questions:
    answerable: tuple[str, ...]
    unanswerable: tuple[str, ...]


@cache
def _questions(tenant: int) -> _Questions:
    lines = (_SEEDS / TENANTS[tenant] / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    sorted_out: dict[bool, list[str]] = {True: [], False: []}
    for entry in entries:
        sorted_out[bool(entry["answerable"])].append(entry["question"])
    return _Questions(tuple(sorted_out[True]), tuple(sorted_out[False]))


def burst_words(rng: Random, intent: Intent, tenant: int, count: int) -> list[str]:
    """The texts of one burst, oldest first; '' stands for a picture without words."""
    questions = _questions(1 - tenant if intent is Intent.FOREIGN else tenant)
    of = questions.unanswerable if intent is Intent.UNANSWERABLE else questions.answerable
    if intent is Intent.PERSON:
        return [*_some(rng, of, count - 1), rng.choice(_WISHES[tenant])]
    if intent is Intent.FRAGMENTS:
        return [*_BEGINNINGS[tenant][: max(1, count - 1)], rng.choice(of)][:count]
    if intent is Intent.MEDIA:
        return ["", *_some(rng, of, count - 1)]
    return _some(rng, _SMALLTALK[tenant] if intent is Intent.SMALLTALK else of, count)


def edited_words(rng: Random, tenant: int) -> str:
    return rng.choice(_questions(tenant).answerable)


def _some(rng: Random, choices: tuple[str, ...], count: int) -> list[str]:
    return [rng.choice(choices) for _ in range(count)]
