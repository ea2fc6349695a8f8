"""Documents into passages."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sahut.domain.splitting import OVERLAP_WORDS, PASSAGE_WORDS, sentences, split_document, text_to_embed

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


@given(st.text(alphabet=st.sampled_from(list("ab .\n#|-1*[]()!é。字\ud800`~\\")), max_size=400))
def test_any_text_splits_into_bounded_passages_in_order(text: str) -> None:
    passages = split_document("x.md", text)
    assert len({p.passage_id for p in passages}) == len(passages)
    for passage in passages:
        assert passage.text.strip()
        assert len(passage.text.split()) <= PASSAGE_WORDS
        assert 0 <= passage.start < passage.end <= len(text)
        passage.text.encode()
    starts = [p.start for p in passages]
    assert starts == sorted(starts)


NAMES = st.text("abcdefgh", min_size=1, max_size=12)
PROSE = st.lists(NAMES, min_size=1, max_size=60).map(lambda words: " ".join(words).capitalize() + ".")
BLOCKS = st.one_of(
    st.lists(PROSE, min_size=1, max_size=12).map(" ".join),
    st.tuples(st.integers(1, 6), st.lists(NAMES, min_size=1, max_size=50)).map(
        lambda drawn: "#" * drawn[0] + " " + " ".join(drawn[1])
    ),
    st.lists(PROSE, min_size=1, max_size=9).map(lambda items: "\n".join(f"- {item}" for item in items)),
    st.lists(PROSE, min_size=1, max_size=9).map(
        lambda items: "\n".join(f"{n}. {item}" for n, item in enumerate(items, 1))
    ),
    st.lists(st.lists(NAMES, min_size=1, max_size=5), min_size=1, max_size=40).map(
        lambda rows: "\n".join(f"| {' | '.join(row)} |" for row in rows)
    ),
    st.text("好的天地玄黄", min_size=1, max_size=900).map(lambda run: run + "。"),
)


@settings(deadline=None)
@given(st.lists(BLOCKS, max_size=12))
def test_no_word_is_lost_and_every_word_is_where_its_span_says(blocks: list[str]) -> None:
    text = "\n\n".join(blocks)
    passages = split_document("x.md", text)
    shown = "\n".join(text_to_embed(passage) for passage in passages)
    said = set(re.findall(r"\w+", shown))
    # A first row names columns; a column without a cell has nothing to name.
    columns = {
        word for block in blocks if block.startswith("|") for word in re.findall(r"\w+", block.split("\n")[0])
    }
    for word in re.findall(r"[a-zA-Z0-9]+", text):
        assert word in said or word in columns
    assert _characters(text, "好的天地玄黄") <= _characters("".join(p.text for p in passages), "好的天地玄黄")
    for passage in passages:
        span = set(re.findall(r"\w+", text[passage.start : passage.end]))
        if not re.search(r"[|好的天地玄黄]", text[passage.start : passage.end]):
            assert set(re.findall(r"\w+", passage.text)) <= span


def _characters(text: str, wanted: str) -> int:
    return sum(text.count(char) for char in wanted)


@settings(deadline=None)
@given(st.lists(st.integers(3, 60), min_size=1, max_size=60))
def test_passages_of_a_section_share_their_border_and_nothing_else(lengths: list[int]) -> None:
    said = [f"S{n} " + "word " * (length - 2) + f"end{n}." for n, length in enumerate(lengths)]
    passages = split_document("x.md", "# T\n\n" + " ".join(said))
    groups = [[int(n) for n in re.findall(r"S(\d+)", passage.text)] for passage in passages]
    for before, after in pairwise(groups):
        shared = [n for n in before if n in after]
        assert shared == after[: len(shared)] == before[len(before) - len(shared) :]
        assert sum(lengths[n] for n in shared) <= OVERLAP_WORDS
        assert len(shared) < min(len(before), len(after))
        # As many as fit: one more would be too long, for a repetition or for the passage.
        if len(shared) < len(before) - 1:
            one_more = sum(lengths[n] for n in shared) + lengths[before[-len(shared) - 1]]
            first_new = lengths[after[len(shared)]]
            assert one_more > min(OVERLAP_WORDS, PASSAGE_WORDS - first_new)
    assert sorted({n for group in groups for n in group}) == list(range(len(lengths)))


def test_the_end_of_a_passage_is_repeated_and_its_span_says_so() -> None:
    start = "# Delivery\n\n" + "It goes on. " * 45
    text = (
        start + "Parcels leave on Monday. They take two days. " + "More is said about it here and there. " * 4
    )
    first, second = split_document("x.md", text)
    assert first.text.endswith(" It goes on. Parcels leave on Monday. They take two days.")
    assert second.text.startswith("It goes on. It goes on.")
    assert "Parcels leave on Monday. They take two days. More is said" in second.text
    assert text[second.start : second.end] == second.text
    assert first.end > second.start


def test_lists_and_rows_are_not_repeated() -> None:
    rows = "\n".join(f"| {n} | {'long ' * 12}|" for n in range(60))
    items = "\n".join(f"- item {n} {'long ' * 12}" for n in range(60))
    for text, marks in ((f"| number | text |\n|--|--|\n{rows}", r"number: (\d+)"), (items, r"item (\d+)")):
        passages = split_document("x.md", text)
        assert len(passages) > 3
        assert [int(n) for p in passages for n in re.findall(marks, p.text)] == list(range(60))


def test_nothing_is_repeated_over_the_border_of_a_section() -> None:
    passages = split_document("x.md", "## One\n\nFirst. Second.\n\n## Two\n\nThird.\n\n## One\n\nFourth.")
    assert [p.text for p in passages] == ["First. Second.", "Third.", "Fourth."]


@pytest.mark.parametrize(
    ("given_title", "text", "expected"),
    [
        ("", "# A\n\nOne.\n\n# B\n\n## C\n\nTwo.", [("A", ""), ("A", "B > C")]),
        ("Given", "# A\n\nOne.\n\n## C\n\nTwo.", [("Given", "A"), ("Given", "A > C")]),
        ("A", "# A\n\nOne.", [("A", "")]),
        ("", "One.\n\n### Deep\n\nTwo.", [("X", ""), ("X", "Deep")]),
        ("  A **b**\n c ", "One.", [("A b c", "")]),
    ],
)
def test_titles_and_headings(given_title: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert [(p.title, p.heading) for p in split_document("x.md", text, title=given_title)] == expected


def test_a_heading_without_text_speaks_for_itself() -> None:
    passages = split_document("x.md", "# FAQ\n## Is it open?\n## Is it free?\n### Yes\nIt is.\n# End")
    assert [(p.heading, p.text) for p in passages] == [
        ("Is it open?", "Is it open?"),
        ("Is it free? > Yes", "It is."),
        ("End", "End"),
    ]


def test_a_very_long_heading_is_cut_above_and_said_whole() -> None:
    heading = " ".join(f"word{n}" for n in range(400))
    passages = split_document("x.md", f"# T\n\n## {heading}\n\nText below.")
    assert {len(p.heading) <= 200 and heading.startswith(p.heading) for p in passages} == {True}
    assert " ".join(p.text for p in passages).replace("\n", " ") == f"{heading} Text below."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("| alone | row |", "alone; row."),
        ("| a | b |\n|--|--|", "a; b."),
        ("| a |\n|--|\n| 1 \\| 2 |", "a: 1 | 2."),
        ("| a | b |\n|--|--|\n| | 2 |\nThen prose.", "b: 2.\nThen prose."),
        ("```\n# no heading\n- x\n```\n", "# no heading\n- x"),
        ("Intro:\n- one\n- two\nOutro.", "Intro:\none\ntwo\nOutro."),
        ("One\r\ntwo.\r\n\r\nThree.", "One two.\nThree."),
    ],
)
def test_blocks(text: str, expected: str) -> None:
    assert [p.text for p in split_document("x.md", text)] == [expected]
