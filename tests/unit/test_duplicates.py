"""Copies: nearly the same words are one passage; another figure, name or heading never is."""

import random
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.answer import Passage
from sahut.domain.duplicates import Duplicates, Said, near_duplicates, said_by

WORDS = [
    "parcel",
    "shop",
    "return",
    "days",
    "money",
    "card",
    "order",
    "price",
    "delivery",
    "courier",
    "customer",
    "open",
    "letter",
]
LONG = " ".join(random.Random(1).choices(WORDS, k=150))


def said(text: str, *about: str) -> Said:
    return Said(about, text)


def firsts(texts: list[Said]) -> list[int | None]:
    duplicates = Duplicates(texts.__getitem__)
    return [duplicates.first_of(number, text) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("We ship every day.", "We ship every day."),
        ("We ship  every day!", "We ship, every day"),
        ("Buka setiap hari, Kafé Melati", "Buka setiap hari Kafé Melati"),
        (LONG, LONG + " again"),
        (LONG + " in the shop", LONG + " at the shop"),
        ("", ""),
    ],
)
def test_copies(one: str, other: str) -> None:
    assert near_duplicates(said(one), said(other))
    assert firsts([said("Else."), said(one), said(other)]) == [None, None, 1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LONG + " 85.000", LONG + " 86.000"),
        (LONG + " 85.000", LONG + " 85,000"),
        (LONG + " 85.000", LONG),
        (f"Papua 85, Jawa 14. {LONG}", f"Papua 14, Jawa 85. {LONG}"),
        (f"Papua 85. {LONG}", f"Jawa 85. {LONG}"),
        (f"for two days {LONG}", f"for three days {LONG}"),
        (f"buka hari senin {LONG}", f"buka hari minggu {LONG}"),
        (f"it is refunded {LONG}", f"it is not refunded {LONG}"),
        (f"barang dapat dikembalikan {LONG}", f"barang tidak dapat dikembalikan {LONG}"),
        (f"costs €5 {LONG}", f"costs £5 {LONG}"),
        (f"COD: ✓ {LONG}", f"COD: ✗ {LONG}"),
        ("We ship every day.", "We ship every week."),
        (LONG, " ".join(reversed(LONG.split()))),
        (LONG, LONG.replace("shop", "bank")),
        ("五元", "六元"),
    ],
)
def test_no_copies(one: str, other: str) -> None:
    assert not near_duplicates(said(one), said(other))
    assert firsts([said(one), said(other)]) == [None, None]


def test_another_heading_or_tag_is_another_passage() -> None:
    fee = "There is no monthly fee."
    assert firsts([said(fee, "Basic Account"), said(fee, "Plus Account"), said(fee, "Basic Account")]) == [
        None,
        None,
        0,
    ]
    passage = Passage("a#1", "a.md", "Basic Account", fee, heading="Fees")
    assert said_by(passage) != said_by(replace(passage, heading="Costs"))
    assert said_by(passage) != said_by(replace(passage, title="Plus Account"))
    assert said_by(passage) != said_by(passage, ("staff",))
    assert said_by(passage, ("a", "b")) == said_by(passage, ("b", "a"))
    assert said_by(passage) == said_by(replace(passage, document_id="b.md", uri="x", page=3))


def test_a_title_that_is_the_name_of_the_file_says_nothing() -> None:
    one = Passage("prices.txt#1", "prices.txt", "Prices", "Bread costs £2.")
    other = Passage("old/prices-2.txt#1", "old/prices-2.txt", "Prices 2", "Bread costs £2.")
    assert said_by(one) == said_by(other)


TEXTS = st.lists(st.sampled_from([*WORDS, "not", "12", "Papua", "€", "13", "Jawa"]), max_size=60).map(
    " ".join
)


@given(TEXTS, TEXTS, st.integers(0, 60))
def test_copies_are_copies_of_each_other(one: str, other: str, cut: int) -> None:
    mixed = " ".join([*one.split()[:cut], *other.split()[:2], *one.split()[cut:]])
    for text in (other, mixed):
        assert near_duplicates(said(one), said(text)) == near_duplicates(said(text), said(one))
    assert near_duplicates(said(one), said(one))


@given(st.lists(TEXTS, max_size=12))
def test_a_passage_repeats_a_first_one_and_nothing_equal_is_missed(texts: list[str]) -> None:
    found = firsts([said(text) for text in texts])
    for number, first in enumerate(found):
        if first is None:
            assert texts[number] not in texts[:number] or found[texts.index(texts[number])] is not None
        else:
            assert first < number
            assert found[first] is None
            assert near_duplicates(said(texts[number]), said(texts[first]))


def test_near_copies_are_found_almost_always() -> None:
    """One word of 150 is another one: .96 alike, and one in 10,000 would be missed."""
    rng = random.Random(7)
    texts = []
    for _ in range(150):
        words = rng.choices([f"{word}{end}" for word in WORDS for end in ("", "s", "ing", "ed")], k=150)
        changed = [*words]
        changed[rng.randrange(150)] = "else"
        texts += [said(" ".join(words)), said(" ".join(changed))]
    found = firsts(texts)
    assert found[0::2] == [None] * 150
    assert sum(first is None for first in found[1::2]) <= 1


@pytest.mark.parametrize(("changed", "copy"), [(0, True), (1, True), (2, True), (4, False), (6, False)])
def test_how_many_words_may_differ(changed: int, copy: bool) -> None:
    words = [f"word{letter}{other}" for letter in "abcdefghijklm" for other in "nopqrstuvwxy"][:150]
    other = [*words]
    for n in range(changed):
        other[20 * n + 10] = "else"
    assert near_duplicates(said(" ".join(words)), said(" ".join(other))) is copy


def test_documents_that_are_made_to_collide_take_linear_time() -> None:
    """All share most of their words and with them their signatures, and no two are alike enough."""
    shared = " ".join(f"shared{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(120))
    letters = str.maketrans("0123456789", "abcdefghij")
    texts = [
        said(f"{shared} " + " ".join(f"own{n}x{m}" for m in range(18)).translate(letters)) for n in range(500)
    ]
    read = 0

    def counted(number: int) -> Said:
        nonlocal read
        read += 1
        return texts[number]

    duplicates = Duplicates(counted)
    assert [duplicates.first_of(number, text) for number, text in enumerate(texts)] == [None] * 500
    # Each is compared with some, but not with all before it: that would be 125,000.
    assert 500 < read <= 3 * 8 * 500


def test_every_process_finds_the_same() -> None:
    """Python's own hashes differ from one process to the next; signatures must not."""
    program = (
        "from sahut.domain.duplicates import Said, _profile, _signature;"
        "print(_signature(_profile(Said(('T',), 'We ship every day to Papua, for 5 euros.'))))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
