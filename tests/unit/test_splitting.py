"""Documents into passages."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.splitting import PASSAGE_WORDS, sentences, split_document, text_to_embed

SEED = Path(__file__).resolve().parents[2] / "sandbox/seed_data"
SEEDED = sorted(SEED.glob("*/documents/*.md"))

DOCUMENT = """# Delivery

We ship **every** day,
also on [Sundays](https://shop.example/sunday).

## Cost

| Region | Price |
|:--|--:|
| Papua | Rp85.000 |
| Java | Rp9.000 |

### How to pay

- By card
- In cash

1. Open the app.
2. Press *Pay*.
"""


def test_passages_of_a_document() -> None:
    passages = split_document("delivery.md", DOCUMENT, uri="s3://x")
    assert [(p.passage_id, p.title, p.heading, p.text) for p in passages] == [
        (
            "delivery.md#1",
            "Delivery",
            "",
            "We ship every day, also on Sundays (https://shop.example/sunday).",
        ),
        (
            "delivery.md#2",
            "Delivery",
            "Cost",
            "Region: Papua; Price: Rp85.000.\nRegion: Java; Price: Rp9.000.",
        ),
        (
            "delivery.md#3",
            "Delivery",
            "Cost > How to pay",
            "By card\nIn cash\n1. Open the app.\n2. Press Pay.",
        ),
    ]
    assert [DOCUMENT[p.start : p.end].splitlines()[0] for p in passages] == [
        "We ship **every** day,",
        "| Papua | Rp85.000 |",
        "- By card",
    ]
    assert {p.uri for p in passages} == {"s3://x"}
    assert text_to_embed(passages[1]).startswith("Delivery > Cost\nRegion: Papua")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Harga Rp. 5.000 saja. Murah.", ["Harga Rp. 5.000 saja.", "Murah."]),
        (
            "Jl. Kenanga No. 18, buka 09.00. Tutup Minggu.",
            ["Jl. Kenanga No. 18, buka 09.00.", "Tutup Minggu."],
        ),
        ("Open at 9 a.m. on Mondays. Closed later.", ["Open at 9 a.m. on Mondays.", "Closed later."]),
        ("1. Open the app.\n2. Pay.", ["1. Open the app.", "2. Pay."]),
        ('He said "stop." Then left.', ['He said "stop."', "Then left."]),
        ("see e.g. the app", ["see e.g. the app"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_each_table_has_its_own_columns() -> None:
    (passage,) = split_document("x.md", "| a | b |\n|--|--|\n| 1 | 2 |\n\n| c |\n|--|\n| 3 |\n| 4 | 5 |\n")
    assert passage.text == "a: 1; b: 2.\nc: 3.\nc: 4; 5."


def test_a_document_without_a_heading_is_named_by_its_file() -> None:
    (passage,) = split_document("docs/opening_hours-2026.txt", "We open at nine.")
    assert (passage.title, passage.heading) == ("Opening hours 2026", "")


@pytest.mark.parametrize("path", SEEDED, ids=lambda path: f"{path.parent.parent.name}/{path.stem}")
def test_nothing_of_the_seeded_documents_is_lost(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    passages = split_document(path.name, text, language="id")
    shown = " ".join(text_to_embed(passage) for passage in passages)
    for word in text.replace("|", " ").replace("---", " ").replace("#", " ").split():
        assert word in shown
    assert all(passage.language in ("id", "en") for passage in passages)


def test_there_are_enough_seeded_documents() -> None:
    tenants = {path.parent.parent.name for path in SEEDED}
    assert tenants == {"toko-melati", "northwind-bank"}
    assert all(len(list((SEED / tenant / "documents").iterdir())) >= 10 for tenant in tenants)


@given(st.text(alphabet=st.sampled_from(list("ab .\n#|-1*[]()!é")), max_size=400))
def test_any_text_splits_into_bounded_passages_in_order(text: str) -> None:
    passages = split_document("x.md", text)
    assert len({p.passage_id for p in passages}) == len(passages)
    for passage in passages:
        assert passage.text.strip()
        assert len(passage.text.split()) <= PASSAGE_WORDS
        assert 0 <= passage.start < passage.end <= len(text)
    starts = [p.start for p in passages]
    assert starts == sorted(starts)


@pytest.mark.parametrize(
    "text", ["word " * 5_000, "x" * 100_000, "a. " * 5_000, "| a " * 3_000, "- b\n" * 3_000]
)
def test_monsters_are_cut(text: str) -> None:
    for passage in split_document("x.md", text):
        assert len(passage.text.split()) <= PASSAGE_WORDS
        assert len(passage.text) <= 4_000
