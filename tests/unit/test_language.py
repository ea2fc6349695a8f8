"""Language of short and mixed texts."""

import pytest

from sahut.domain.language import detect_language, pick_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Berapa lama pengiriman ke Papua?", "id"),
        ("brp ongkir ke bali ya", "id"),
        ("bsa byr pake gopay ga", "id"),
        ("halo", "id"),
        ("makasih kak", "id"),
        ("ongkirnya?", "id"),
        ("dikembalikan", "id"),
        ("Kalau mau refund ke credit card berapa hari?", "id"),
        ("tracking number nya dapat dari mana kak?", "id"),
        ("kak saya mau change my order address please", "id"),
        ("How long does delivery take?", "en"),
        ("hi", "en"),
        ("my card was stolen", "en"),
        ("thanks!", "en"),
        ("opening hours leeds branch", "en"),
    ],
)
def test_detects(text: str, language: str) -> None:
    other = "en" if language == "id" else "id"
    assert detect_language(text, other) == language


@pytest.mark.parametrize("text", ["", "12345", "👍", "COD", "¿cuánto cuesta?", "\0\ud800"])
def test_the_default_decides_where_nothing_speaks_for_either(text: str) -> None:
    assert detect_language(text, "id") == "id"
    assert detect_language(text, "en") == "en"


def test_only_languages_that_the_tenant_offers() -> None:
    assert pick_language("id", ("en",), "en") == "en"
    assert pick_language("id", ("id", "en"), "en") == "id"
