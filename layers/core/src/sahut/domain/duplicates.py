"""Passages that say what an earlier one says already: so that copies don't crowd everything else out.

Two that differ in a figure, a name, a negation or a heading are never copies: wrongly kept, a copy costs a
place among the found; wrongly dropped, a price would be gone. Knows nothing of indexes, and of languages
only which small words turn a sentence round in English and Indonesian.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from zlib import crc32

from sahut.domain.answer import Passage
from sahut.domain.splitting import title_of
from sahut.domain.text_units import folded
from sahut.domain.words import word_set

# Jaccard of 3-word shingles. One word that was changed in a passage of 150 gives .96, three give .89.
ALIKE = 0.9

# A shingle falls into one of three bins, and the smallest of each bin is the passage's signature (one
# permutation hashing). Each bin agrees with a chance of at least ALIKE, so of the pairs that are just alike
# one in a thousand is missed, and of the equal ones none.
_BINS = 3
# Passages with one signature that are no copies of each other: more are not remembered, which keeps time
# linear on documents that are made to collide.
_IN_BUCKET = 8

_WORD = re.compile(r"[^\W_]+")
_FIGURE = re.compile(r"\d+(?:[.,:/-]\d+)*")
_CAPITALISED = re.compile(r"[^\W\d_][\w&'’-]*")
# Signs that are neither words nor punctuation: €, %, ✓, ✗.
_SIGN = re.compile(r"[^\w\s.,;:!?\"'()\[\]{}…–—‘’“”/*_#|-]")

_TELLING = word_set(
    """
    no not none never nor neither without cannot cant dont doesnt isnt arent wont only except unless until
    tidak bukan jangan tanpa belum tak tiada hanya kecuali hingga sampai
    one two three four five six seven eight nine ten eleven twelve twenty thirty hundred thousand million
    satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas belas puluh ratus ribu juta
    senin selasa rabu kamis jumat sabtu minggu
    """
)


@dataclass(frozen=True, slots=True)
class Said:
    """What of a passage is compared. about: headings and tags, which have to be equal."""

    about: tuple[str, ...]
    text: str


def said_by(passage: Passage, tags: Sequence[str] = ()) -> Said:
    """A title that is only the name of the file says nothing: `prices.txt` may be a copy of `old.txt`.

    With other tags it is another passage, because another filter finds it.
    """
    title = passage.title if passage.title != title_of(passage.document_id) else ""
    return Said((title, passage.heading, *sorted(tags)), passage.text)


class Duplicates:
    """Tells of each passage, in order, which earlier one it repeats.

    Keeps three numbers a passage (some 300 bytes); where signatures agree, the earlier passage is read again.

    Args:
        said_at: what was given to the call of `first_of` with this number.
    """

    def __init__(self, said_at: Callable[[int], Said]) -> None:
        self._said_at = said_at
        self._buckets: dict[int, int | list[int]] = {}

    def first_of(self, number: int, said: Said) -> int | None:
        """The number of the first passage that says nearly the same; None when there is none."""
        profile = _profile(said)
        keys = _signature(profile)
        compared: set[int] = set()
        for key in keys:
            for earlier in self._at(key):
                if earlier in compared:
                    continue
                if _alike(profile, _profile(self._said_at(earlier))):
                    return earlier
                compared.add(earlier)
        self._remember(number, keys)
        return None

    def _at(self, key: int) -> Sequence[int]:
        bucket = self._buckets.get(key, ())
        return (bucket,) if isinstance(bucket, int) else bucket

    def _remember(self, number: int, keys: Sequence[int]) -> None:
        # A list only where there are two: nearly every bucket has one, and a list takes four times as much.
        for key in keys:
            bucket = self._buckets.get(key)
            if bucket is None:
                self._buckets[key] = number
            elif isinstance(bucket, int):
                self._buckets[key] = [bucket, number]
            elif len(bucket) < _IN_BUCKET:
                bucket.append(number)


def near_duplicates(one: Said, other: Said) -> bool:
    """Whether two passages say the same, in whatever order they are given."""
    return _alike(_profile(one), _profile(other))


@dataclass(frozen=True, slots=True)
class _Profile:
    """telling: headings, tags, figures, names and words that turn a sentence round, in their order."""

    telling: tuple[tuple[str, ...], ...]
    shingles: frozenset[str]


def _profile(said: Said) -> _Profile:
    text = folded(said.text)
    words = _WORD.findall(text)
    figures = (*_FIGURE.findall(text), *_SIGN.findall(text))
    names = [word for word in _CAPITALISED.findall(said.text) if word[0].isupper()]
    turning = [word for word in words if word in _TELLING]
    shingles = map(" ".join, zip(words, words[1:], words[2:], strict=False))
    return _Profile(
        telling=(said.about, figures, tuple(names), tuple(turning)),
        shingles=frozenset(shingles) if len(words) > 2 else frozenset([" ".join(words)]),
    )


def _alike(one: _Profile, other: _Profile) -> bool:
    if one.telling != other.telling:
        return False
    together = len(one.shingles & other.shingles)
    return together >= ALIKE * (len(one.shingles) + len(other.shingles) - together)


def _signature(profile: _Profile) -> list[int]:
    """Up to three keys of 64 bits. Not from `hash()`, which differs from one process to the next."""
    values = [*map(crc32, "\n".join(profile.shingles).encode("utf-8", "replace").split(b"\n"))]
    bins = ([value for value in values if value % _BINS == place] for place in range(_BINS))
    telling = repr(profile.telling).encode("utf-8", "replace")
    return [
        int.from_bytes(blake2b(telling, digest_size=8, salt=min(values).to_bytes(8)).digest())
        for values in bins
        if values
    ]
