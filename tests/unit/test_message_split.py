"""A long text arrives whole, in parts that the channel takes, cut where a reader would cut."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sahut.domain.message_split import WHATSAPP_TEXT_LIMIT, split_message, utf16_length

WORDS = st.sampled_from(
    [
        *("kirim", "order", "hari.", "Yes!", "[1]", "[12]", "teks[3]", "\n", "\n\n", " ", "  ", "1.", "e.g."),
        *("\u00e9", "e\u0301", "👩\u200d👩\u200d👧", "🇮🇩", "👍🏽", "文文。", "…", "a" * 30),
        "https://toko-melati.example/retur?no=1",
    ]
)
TEXTS = st.one_of(st.text(st.characters(), max_size=300), st.lists(WORDS, max_size=80).map("".join))


def _solid(text: str) -> str:
    return "".join(text.split())


@settings(max_examples=500)
@given(TEXTS, st.integers(2, 120))
def test_nothing_is_lost_and_every_part_fits(text: str, limit: int) -> None:
    parts = split_message(text, limit)
    assert _solid("".join(parts)) == _solid(text)
    for part in parts:
        assert part
        assert part == part.strip()
        assert len(part) <= utf16_length(part) <= limit


@given(st.text(max_size=200))
def test_a_short_text_is_one_part(text: str) -> None:
    assert split_message(text) == ((text.strip(),) if text.strip() else ())


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["satu", "dua [1]", "tiga.", "empat [2][3].", "\n\n", "\n"]), max_size=60))
def test_a_citation_stays_whole_and_with_its_words(words: list[str]) -> None:
    text = " ".join(words)
    parts = split_message(text, 40)
    assert re.findall(r"\[\d\]", "|".join(parts)) == re.findall(r"\[\d\]", text)
    assert not any(part.startswith("[") for part in parts)


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(["lihat", "https://toko.example/a?b=1&c=2", "(https://toko.example)", "ya."]),
        max_size=40,
    )
)
def test_a_link_stays_whole(words: list[str]) -> None:
    parts = split_message(" ".join(words), 60)
    assert [word for part in parts for word in part.split()] == words


@settings(max_examples=300)
@given(st.lists(st.sampled_from(["👩‍👩‍👧", "🇮🇩", "🇸🇬", "👍🏽", "é", "文", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]), max_size=40))
def test_what_people_see_as_one_character_stays_whole(clusters: list[str]) -> None:
    parts = split_message("".join(clusters), 30)
    starts = {len("".join(clusters[:index])) for index in range(len(clusters))}
    assert {len("".join(parts[:index])) for index in range(len(parts))} <= starts


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("Satu dua.\n\nTiga empat.", 16, ("Satu dua.", "Tiga empat.")),
        ("Satu dua. Tiga empat.", 16, ("Satu dua.", "Tiga empat.")),
        ("- satu dua\n- tiga empat", 16, ("- satu dua", "- tiga empat")),
        ("Satu dua [1]. Tiga empat [2].", 20, ("Satu dua [1].", "Tiga empat [2].")),
        ("Satu dua. [1] Tiga empat. [2]", 20, ("Satu dua. [1]", "Tiga empat. [2]")),
        ("satu dua tiga empat", 10, ("satu dua", "tiga empat")),
        ("satu dua [1] tiga", 10, ("satu", "dua [1]", "tiga")),
        ("ke https://toko.example/retur", 26, ("ke", "https://toko.example/retur")),
        ("文文文文[1]文文", 6, ("文文文", "文[1]文文")),
        ("[1][2][3][4]", 7, ("[1][2]", "[3][4]")),
        ("abcdefghij", 4, ("abcd", "efgh", "ij")),
        ("😀😀😀", 4, ("😀😀", "😀")),
        ("   \n ", 4, ()),
    ],
)
def test_where_a_text_is_cut(text: str, limit: int, parts: tuple[str, ...]) -> None:
    assert split_message(text, limit) == parts


def test_a_paragraph_that_is_too_early_is_no_place_to_cut() -> None:
    text = "Halo.\n\n" + "kata " * 100
    assert len(split_message(text, 300)[0]) > 290


def test_a_cluster_larger_than_a_message_is_cut_nevertheless() -> None:
    assert "".join(split_message("e" + "\u0301" * 50, 10)) == "e" + "\u0301" * 50


def test_whatsapp_takes_4096_characters() -> None:
    text = ("Pesanan dikirim dalam dua hari kerja 😀 [1]. " * 300).strip()
    parts = split_message(text)
    assert len(parts) == 4
    assert all(utf16_length(part) <= WHATSAPP_TEXT_LIMIT for part in parts)
    assert all(part.endswith("[1].") for part in parts)


def test_a_part_must_hold_a_character() -> None:
    with pytest.raises(ValueError, match="2 code units"):
        split_message("a", 1)
