"""A text that comes in pieces of any size is cut into the same claims, and nothing of it is lost."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.sentence_stream import SentenceStream
from sahut.stages.json_text import JsonTextStream

TEXT = "CHAPS costs £20. [3] A letter costs £12.50 [1][2]. Jl. Melati No. 5 is open. Ask us! [4]\nBye [1]."
CLAIMS = [
    "CHAPS costs £20. [3] ",
    "A letter costs £12.50 [1][2]. ",
    "Jl. Melati No. 5 is open. Ask us! [4]\n",
]


def fed(pieces: list[str]) -> tuple[list[str], str]:
    stream = SentenceStream()
    claims = [claim for piece in pieces for claim in stream.feed(piece)]
    return claims, stream.rest


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_claims_end_with_their_marks_and_the_last_one_waits(size: int) -> None:
    pieces = [TEXT[at : at + size] for at in range(0, len(TEXT), size)]
    assert fed(pieces) == (CLAIMS, "Bye [1].")


def test_a_mark_that_may_still_come_is_waited_for() -> None:
    assert fed(["It costs £20."]) == ([], "It costs £20.")
    assert fed(["It costs £20. "]) == ([], "It costs £20. ")
    assert fed(["It costs £20. [3]"]) == ([], "It costs £20. [3]")


@given(st.text(alphabet="ab .[]1,!?\n", max_size=200), st.integers(min_value=1, max_value=9))
def test_the_pieces_together_are_the_text(text: str, size: int) -> None:
    claims, rest = fed([text[at : at + size] for at in range(0, len(text), size)])
    assert "".join(claims) + rest == text


@given(st.text(max_size=80), st.integers(min_value=1, max_value=5), st.booleans())
def test_text_in_json_comes_out_as_it_is(text: str, size: int, ascii_only: bool) -> None:
    raw = json.dumps({"outcome": "answer", "text": text, "more": "x"}, ensure_ascii=ascii_only)
    stream = JsonTextStream()
    assert "".join(stream.feed(raw[at : at + size]) for at in range(0, len(raw), size)) == text


@pytest.mark.parametrize(
    "raw",
    [
        '{"outcome": "no_answer", "text": "CHAPS costs £20. [1] More."}',
        '{"outcome": "clarify", "text": "Which one? [1] More."}',
        '{"text": "CHAPS costs £20. [1] More.", "outcome": "answer"}',
    ],
)
def test_what_does_not_say_first_that_it_is_an_answer_is_not_let_out(raw: str) -> None:
    stream = JsonTextStream()
    assert "".join(map(stream.feed, raw)) == ""
