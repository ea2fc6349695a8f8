"""Documents into passages: scripts without spaces, right to left, pages, and texts that are made to hurt."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.splitting import PASSAGE_WORDS, sentences, split_document
from sahut.domain.text_units import folded
from sahut.domain.words import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "送料は五百円です。返品は十四日以内！本当に？はい",
            ["送料は五百円です。", "返品は十四日以内！", "本当に？", "はい"],
        ),
        ("他说：「可以。」然后走了。", ["他说：「可以。」", "然后走了。"]),
        ("كم تكلفة الشحن؟ عشرة دراهم. شكرا", ["كم تكلفة الشحن؟", "عشرة دراهم.", "شكرا"]),
        ("כמה זה עולה? עשר שקל. תודה", ["כמה זה עולה?", "עשר שקל.", "תודה"]),
        ("यह मुफ़्त है। हाँ।", ["यह मुफ़्त है।", "हाँ।"]),
    ],
)
def test_sentences_of_other_scripts(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("sentence", ["送料は五百円です。", "这个商品可以在十四天内退货。", "ค่าจัดส่งห้าสิบบาท "])
def test_text_without_spaces_is_split_too(sentence: str) -> None:
    text = sentence * 300
    passages = split_document("x.txt", text)
    assert all(len(p.text) <= 2 * PASSAGE_WORDS + 20 for p in passages)
    assert len(passages) < 2.5 * len(text) / (2 * PASSAGE_WORDS)
    if "。" in sentence:
        # As it is written: no space where there is none, and whole sentences only.
        assert {text[p.start : p.end] == p.text for p in passages} == {True}
        assert all(p.text.endswith("。") for p in passages)


def test_right_to_left_text_keeps_its_order_and_spans() -> None:
    text = "# الشحن\n\n" + "نشحن كل يوم إلى جميع المدن. " * 60
    passages = split_document("x.md", text)
    assert len(passages) > 1
    assert {(p.title, text[p.start : p.end] == p.text) for p in passages} == {("الشحن", True)}


@pytest.mark.parametrize(
    ("start", "pages", "page"),
    [
        (0, (), 0),
        (0, ((0, 1),), 1),
        (10, ((0, 7), (10, 8)), 8),
        (10, ((0, 7), (11, 8)), 7),
        (5, ((6, 2),), 0),
    ],
)
def test_a_passage_is_on_the_page_where_it_starts(
    start: int, pages: tuple[tuple[int, int], ...], page: int
) -> None:
    (passage,) = split_document("x.pdf", " " * start + "Long enough to be on two pages.", pages=pages)
    assert (passage.start, passage.page) == (start, page)


def test_pages_of_a_long_document() -> None:
    said = [f"Sentence {n} of the document says this." for n in range(200)]
    text = " ".join(said)
    offsets = [(text.index(said[n]), 1 + n // 20) for n in range(0, 200, 20)]
    for passage in split_document("x.pdf", text, pages=offsets):
        first = re.search(r"Sentence (\d+)", passage.text)
        assert first
        assert passage.page == 1 + int(first[1]) // 20


@given(st.text(max_size=300))
def test_folding_quickly_is_folding(text: str) -> None:
    assert folded(text) == fold(text)


@pytest.mark.parametrize(
    "text", ["word " * 5_000, "x" * 100_000, "a. " * 5_000, "| a " * 3_000, "- b\n" * 3_000, "字" * 20_000]
)
def test_monsters_are_cut(text: str) -> None:
    for passage in split_document("x.md", text):
        assert len(passage.text.split()) <= PASSAGE_WORDS
        assert len(passage.text) <= 4_000


@pytest.mark.parametrize(
    "unit",
    [
        "word ",
        "x",
        "a. ",
        "| a ",
        "- b\n",
        "# h\n",
        "[",
        "](",
        "字",
        "。",
        ". \n",
        "...",
        "\n",
        " ",
        "| a |\n",
        "`",
        "1.",
        "\\|",
    ],
)
def test_time_is_linear(unit: str) -> None:
    def seconds(length: int) -> float:
        text = unit * (length // len(unit))
        started = time.thread_time()
        split_document("x.md", text)
        return time.thread_time() - started

    seconds(1_000)
    # Quadratic would be 64 times as long; the slack is for a noisy machine and what is too short to measure.
    assert seconds(160_000) <= 8 * 4 * seconds(20_000) + 0.2
