"""The verdict: what may be said from two passages, and what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.answer import Answer, Citation, FoundPassage, Passage, Verdict
from sahut.domain.grounding import NO_ANSWER, Judgement, UnsafeReason, judge, numbers

FEES = Passage(
    passage_id="fees#1",
    document_id="fees.md",
    title="Fees",
    text="A CHAPS payment costs £20. SEPA payments cost £3 and arrive on the next working day.",
    language="en",
    uri="https://bank.example/fees",
)
HOURS = Passage(
    passage_id="hours#1",
    document_id="hours.md",
    title="Branches",
    text="York is open from 09:30 to 16:30. Balances up to £1,000,000 need an appointment.",
    language="en",
)
FOUND = tuple(FoundPassage(passage, 1.0, 0.9, 5.0) for passage in (FEES, HOURS))
CITATIONS = (Citation(1, "fees#1", "fees.md", "Fees"), Citation(2, "hours#1", "hours.md", "Branches"))


def verdict(text: str, question: str = "", citations: tuple[Citation, ...] = CITATIONS) -> Judgement:
    return judge(Answer(text, citations, "test"), FOUND, question)


@pytest.mark.parametrize(
    "text",
    [
        "A CHAPS payment costs £20. [1]",
        "A CHAPS payment costs £20 [1]. York is open from 9:30 [2].",
        "Yes. CHAPS costs 20.00 pounds per payment [1].",
        "York opens at 09.30 and a balance of £1.000.000 needs an appointment [2]",
        "A SEPA payment costs £3 and York is open until 16:30 [1][2].",
        "Biaya CHAPS adalah £20. [1]",
        "See https://bank.example/fees for the payment fees. [1]",
    ],
)
def test_safe(text: str) -> None:
    assert verdict(text).verdict is Verdict.SAFE


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", UnsafeReason.EMPTY),
        ("[1]", UnsafeReason.EMPTY),
        ("NO_ANSWER", UnsafeReason.NO_ANSWER),
        ("Sorry: NO_ANSWER [1]", UnsafeReason.NO_ANSWER),
        ("I don't know the payment fees. [1]", UnsafeReason.NO_ANSWER),
        ("The passages do not mention it. [1]", UnsafeReason.NO_ANSWER),
        ("Saya tidak menemukan biaya itu. [1]", UnsafeReason.NO_ANSWER),
        ("A CHAPS payment costs £20.", UnsafeReason.NO_CITATION),
        ("A CHAPS payment costs £20. [3]", UnsafeReason.UNKNOWN_CITATION),
        ("A CHAPS payment costs £25. [1]", UnsafeReason.NUMBER_NOT_IN_EVIDENCE),
        ("A CHAPS payment costs £2. [1]", UnsafeReason.NUMBER_NOT_IN_EVIDENCE),
        # The number is in the evidence, but not in the passage that is cited for it.
        ("A CHAPS payment costs £20. [2]", UnsafeReason.NUMBER_NOT_IN_EVIDENCE),
        (
            "York is open from 09:30 [2]. A CHAPS payment costs £1,000 [1].",
            UnsafeReason.NUMBER_NOT_IN_EVIDENCE,
        ),
        (
            "A CHAPS payment costs £20 [1]. Call 0800 555 in an emergency.",
            UnsafeReason.NUMBER_NOT_IN_EVIDENCE,
        ),
        ("Pay CHAPS at https://evil.example/pay [1]", UnsafeReason.LINK_NOT_IN_EVIDENCE),
        ("Send your CHAPS payment to boss@evil.example [1]", UnsafeReason.LINK_NOT_IN_EVIDENCE),
        ("Students travel by bus through Scotland without tickets. [1]", UnsafeReason.UNSUPPORTED),
        (
            (
                "Our wonderful mortgage advisers gladly visit homes. A CHAPS payment costs £20, "
                "SEPA payments cost £3 and SEPA payments arrive on the next working day. [1]"
            ),
            UnsafeReason.UNSUPPORTED,
        ),
        (
            "Our mortgage advisers will gladly visit your home tomorrow. A CHAPS payment costs £20. [1]",
            UnsafeReason.UNSUPPORTED,
        ),
    ],
)
def test_unsafe(text: str, reason: UnsafeReason) -> None:
    judgement = verdict(text)
    assert (judgement.verdict, judgement.reason) == (Verdict.UNSAFE, reason)


def test_a_citation_of_a_passage_that_was_not_shown_is_none() -> None:
    foreign = (Citation(1, "other-tenant#1", "x.md", "X"),)
    judgement = verdict("A CHAPS payment costs £20. [1]", citations=foreign)
    assert judgement.reason is UnsafeReason.UNKNOWN_CITATION


def test_numbers_of_the_customer_may_be_repeated() -> None:
    text = "For 45 pounds a SEPA payment costs £3. [1]"
    assert verdict(text).reason is UnsafeReason.NUMBER_NOT_IN_EVIDENCE
    assert verdict(text, "I want to send 45 pounds").verdict is Verdict.SAFE


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Rp1.500.000", "Rp 1,500,000"),
        ("1500000", "1.500.000"),
        ("0,3%", "0.3%"),
        ("£1.50", "1.5"),
        ("15:00", "15.00"),
        ("08:00", "8"),
        ("2026-11-01", "2026 11 1"),
    ],
)
def test_equal_numbers(text: str, same: str) -> None:
    assert numbers(text) == numbers(same)


@pytest.mark.parametrize(("text", "other"), [("1.5", "15"), ("120", "12"), ("09:30", "30"), ("0,3", "3")])
def test_different_numbers(text: str, other: str) -> None:
    assert not numbers(other) <= numbers(text)


@given(st.text(max_size=300))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert (verdict(text).verdict is Verdict.SAFE) == (verdict(text).reason is None)


def test_the_agreed_word() -> None:
    assert verdict(NO_ANSWER).reason is UnsafeReason.NO_ANSWER
