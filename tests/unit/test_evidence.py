"""Evidence: foreign topics are refused, whatever is found; more agreement never lowers the score."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.evidence import DEFAULT_THRESHOLD, weigh
from sahut.domain.knowledge import Calibration

PAPUA = Passage(
    passage_id="ongkir.md#1",
    document_id="ongkir.md",
    title="Ongkos kirim",
    text="Ongkir ke Papua Rp85.000 per kilogram. Nomor formulir SA3020.",
    language="id",
)
BRANCH = Passage(
    passage_id="branches.md#1",
    document_id="branches.md",
    title="Branches",
    text="The branch in York is open from 09:30.",
    language="en",
)


def found(passage: Passage, dense: float, lexical: float = 5.0) -> tuple[FoundPassage, ...]:
    return (FoundPassage(passage, fused=1.0, dense=dense, lexical=lexical),)


def test_nothing_found_is_no_evidence() -> None:
    evidence = weigh("Berapa ongkir ke Papua?", ())
    assert (evidence.score, evidence.enough) == (0.0, False)


# Cosines as measured on the seeded documents.
@pytest.mark.parametrize(
    ("question", "passage", "dense", "enough"),
    [
        ("Berapa ongkir ke Papua?", PAPUA, 0.90, True),
        ("brp ongkr ke papua", PAPUA, 0.87, True),
        ("halo kak\nmau tanya\nongkir ke papua", PAPUA, 0.88, True),
        ("How much is shipping to Papua?", PAPUA, 0.87, True),
        ("Siapa presiden Amerika sekarang?", PAPUA, 0.757, False),
        ("Who won the world cup in 2022?", BRANCH, 0.754, False),
        ("How do I wash a batik shirt?", BRANCH, 0.791, False),
        ("What does the YORK branch say about Bitcoin and PayPal?", BRANCH, 0.84, False),
        ("apa kabar semuanya hari ini", PAPUA, 0.80, False),
    ],
)
def test_decides(question: str, passage: Passage, dense: float, enough: bool) -> None:
    assert weigh(question, found(passage, dense)).enough is enough


def test_threshold_is_the_tenants_and_zero_takes_the_built_in_one() -> None:
    hits = found(PAPUA, 0.87)
    assert weigh("ongkir ke Papua?", hits, threshold=0.0).enough
    assert not weigh("ongkir ke Papua?", hits, threshold=0.999).enough
    assert 0.0 < DEFAULT_THRESHOLD < 1.0


@pytest.mark.parametrize(
    "question",
    [
        "Pesanan saya nomor TM-88213 sekarang ada di mana?",
        "ongkir pesanan 00123456 ke Papua berapa",
        "ongkir ke Papua untuk #4411",
    ],
)
def test_a_single_order_is_nothing_that_documents_know(question: str) -> None:
    evidence = weigh(question, found(PAPUA, 0.95))
    assert evidence.own_case
    assert not evidence.enough


def test_a_number_that_the_documents_have_is_no_single_case() -> None:
    assert not weigh("formulir SA3020 untuk apa?", found(PAPUA, 0.95)).own_case
    assert not weigh("ongkir 3 kg ke Papua, Rp255000?", found(PAPUA, 0.95)).own_case


@pytest.mark.parametrize(
    ("question", "unknown_name"),
    [
        ("Bisa bayar pakai PayPal?", True),
        ("bisa bayar pakai paypal?", False),
        ("Ongkir ke Papua?", False),
        ("BERAPA ONGKIR KE BULAN", False),  # who shouts names nothing
    ],
)
def test_names_that_no_passage_has(question: str, unknown_name: bool) -> None:
    assert weigh(question, found(PAPUA, 0.85)).unknown_name is unknown_name


def test_unknown_words_and_names_count_against_it() -> None:
    hits = found(PAPUA, 0.86)
    known = weigh("ongkir ke papua", hits)
    unknown = weigh("ongkir ke jerapah", hits)
    named = weigh("ongkir ke Jerapah", hits)
    assert known.score > unknown.score > named.score
    assert known.said == 1.0
    assert unknown.said < 0.3


def test_words_of_another_language_do_not_count_against_it() -> None:
    evidence = weigh("how much is the shipping rate over there", found(PAPUA, 0.87))
    assert evidence.said < 0.1
    assert (evidence.other_language, evidence.enough) == (True, True)


def test_without_vectors_words_decide() -> None:
    assert weigh("ongkir ke Papua", found(PAPUA, dense=0.0)).enough
    assert not weigh("resep rendang sapi", found(PAPUA, dense=0.0)).enough
    assert not weigh("kapan?", found(PAPUA, dense=0.0)).enough


LAKE = Passage(
    passage_id="lake.md#1",
    document_id="lake.md",
    title="Lake Imbasa",
    text="Lake Imbasa is 314 metres deep. Around 30,000 people live on its shores. Peter Hanno measured it.",
    language="en",
)


def test_being_about_it_is_not_enough() -> None:
    hits = found(LAKE, 0.87)
    answered = weigh("How deep is Lake Imbasa?", hits)
    unanswered = weigh("How warm is the water of Lake Imbasa?", hits)
    assert answered.score > unanswered.score + 0.2
    assert answered.said > unanswered.said


def test_naming_the_subject_says_nothing_about_the_answer() -> None:
    """Two questions with one cosine: that which owes it to the document's title counts less."""
    named, other = weigh("Lake Imbasa ecology", found(LAKE, 0.86)), weigh("shore ecology", found(LAKE, 0.86))
    assert named.subject == pytest.approx(2 / 3)
    assert other.subject == 0.0


def test_what_is_asked_for_must_be_there() -> None:
    prices = replace(LAKE, text="Swimming is allowed in Lake Imbasa. Tickets are sold at the shore.")
    evidence = weigh("How much is a ticket for Lake Imbasa?", found(prices, 0.9))
    assert (evidence.candidate, evidence.said, evidence.enough) == (False, 0.0, False)
    priced = replace(LAKE, text="Swimming is allowed in Lake Imbasa. Tickets cost 3 euros at the shore.")
    evidence = weigh("How much is a ticket for Lake Imbasa?", found(priced, 0.9))
    assert (evidence.candidate, evidence.enough) == (True, True)


def test_calibration_moves_the_score_and_the_threshold() -> None:
    hits = found(PAPUA, 0.87)
    plain = weigh("ongkir ke Papua?", hits)
    doubting = weigh("ongkir ke Papua?", hits, calibration=Calibration(slope=0.5, intercept=-2.0))
    assert doubting.logit == plain.logit
    assert doubting.score == pytest.approx(1 / (1 + math.exp(-(0.5 * plain.logit - 2.0))))
    strict = Calibration(threshold=plain.score + 0.01)
    assert not weigh("ongkir ke Papua?", hits, calibration=strict).enough
    assert weigh("ongkir ke Papua?", hits, plain.score - 0.01, strict).enough, "the tenant's own one decides"


def test_a_single_case_is_handed_over_under_any_calibration() -> None:
    eager = Calibration(intercept=20.0, threshold=0.05)
    assert not weigh("Pesanan saya nomor TM-88213 di mana?", found(PAPUA, 0.95), 0.01, eager).enough


@given(st.text(max_size=200), st.floats(0, 1), st.floats(0, 1))
def test_a_nearer_passage_never_counts_less(question: str, dense: float, other: float) -> None:
    low, high = sorted((max(dense, 0.01), max(other, 0.01)))
    near, far = weigh(question, found(PAPUA, high)), weigh(question, found(PAPUA, low))
    assert 0.0 <= far.score <= near.score <= 1.0


def test_a_long_text_is_weighed_in_bounded_time() -> None:
    words = " ".join(f"kata{n:05d}x" for n in range(40_000))
    assert not weigh(words, found(PAPUA, 0.8)).enough
