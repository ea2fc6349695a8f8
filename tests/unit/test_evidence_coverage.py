"""What a question expects, whether a sentence has it, and how much of the question it covers."""

import time

import pytest

from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.coverage import coverage_of
from sahut.domain.expected import Expected, expected_answer, holds
from sahut.domain.related import LIGHT, RELATED
from sahut.domain.words import content_words, tokens


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How long does delivery take?", Expected.DURATION),
        ("brp lama sampai ke Bali", Expected.DURATION),
        ("How much does it cost to ship?", Expected.MONEY),
        ("berapa harga kemeja", Expected.MONEY),
        ("How many branches are there?", Expected.NUMBER),
        ("jam berapa buka?", Expected.TIME),
        ("When was it built?", Expected.TIME),
        ("How tall is the tower?", Expected.LENGTH),
        ("How heavy is it?", Expected.WEIGHT),
        ("How fast is the train?", Expected.SPEED),
        ("Berapa suhu airnya?", Expected.TEMPERATURE),
        ("Siapa pemiliknya?", Expected.PERSON),
        ("Where is the shop?", Expected.PLACE),
        ("Can I pay by card?", None),
        ("Kenapa ditolak?", None),
        ("", None),
    ],
)
def test_what_a_question_expects(question: str, kind: Expected | None) -> None:
    assert expected_answer(question) is kind


@pytest.mark.parametrize(
    ("question", "sentence", "there"),
    [
        ("How long does it take?", "Delivery takes 3 days.", True),
        ("How long does it take?", "Delivery is quick.", False),
        ("How long does it take?", "Parcels weigh 3 kg.", False),
        ("How long is the tunnel?", "It measures 1,940 metres.", True),
        ("How much is it?", "It costs Rp85.000.", True),
        ("How much is it?", "It is sold in shops.", False),
        ("how much is the price", "Pengiriman gratis.", True),
        ("Who won in 2019?", "The cup of 2019 was held in Lorne.", True),  # a name, though no winner
        ("Who owns Lorne?", "Since spring Lorne belongs to the town.", False),
        ("How many wives had he?", "He had three.", True),
        ("How many in 1987?", "The winner of 1987 was young.", False),
        ("When does it open?", "Every morning.", True),
        ("When does it open?", "It is a shop.", False),
        ("How tall is it?", "It is 12 m high.", True),
        ("How tall is it?", "It has 12 floors.", False),
        ("Where is it?", "It lies at the harbour.", True),
        ("Why?", "Because.", True),
    ],
)
def test_whether_a_sentence_has_it(question: str, sentence: str, there: bool) -> None:
    asked, words = frozenset(tokens(question)), frozenset(tokens(sentence))
    assert holds(expected_answer(question), sentence, words, asked) is there


def covered(question: str, text: str, title: str = "Ferry", heading: str = "") -> float:
    passage = Passage("f#1", "f", title, text, heading)
    hits = [FoundPassage(passage, 1.0, 0.9, 1.0)]
    return coverage_of(question, content_words(question), hits).said


def test_one_sentence_must_have_the_words_together() -> None:
    together = covered("dogs on the upper deck", "Dogs stay on the upper deck. Cats sleep.")
    apart = covered("dogs on the upper deck", "Dogs are welcome. Cats sleep. The upper deck is closed.")
    assert together == 1.0
    assert apart < 0.7


def test_words_of_the_same_meaning_count() -> None:
    assert covered("How heavy is the boat?", "The boat weighs 30 tons.") > 0.8
    assert covered("How heavy is the boat?", "The boat is painted red.") == 0.0, "no weight is told"


def test_light_words_weigh_less() -> None:
    telling = covered("bicycle happens", "A bicycle.")
    light = covered("bicycle happens", "It happens.")
    assert telling > 0.6 > 0.4 > light


def test_a_heading_counts_for_the_sentences_below_it() -> None:
    below = covered("refund tickets", "Within 3 days.", heading="Refund of tickets")
    assert below > covered("refund tickets", "Within 3 days.")


def test_lists_are_folded_words() -> None:
    for word in (*LIGHT, *RELATED):
        assert tokens(word) == [word], word


def test_a_long_question_and_long_passages_take_bounded_time() -> None:
    text = " ".join(f"word{n} and thing{n}." for n in range(3_000))
    question = " ".join(f"thing{n}x" for n in range(3_000))
    started = time.process_time()
    covered(question, text)
    assert time.process_time() - started < 1.0
