"""Every way through *answer_message*: the states it visits, the turn's outcome, what the customer reads."""

import time
from dataclasses import dataclass

import pytest

from sahut.domain.conversation import Owner
from tests.e2e.questions import BALI, PAPUA, PLUS, RETURNS, UNKNOWN_ID, WISH_ID
from tests.e2e.support import Customer, Shop, http, until
from tests.e2e.trouble import (
    AFTER_STARTED,
    AFTER_TICKET,
    BEFORE_FENCE,
    BEFORE_WRITTEN,
    DELIVERING,
    GATHERING,
    HANDING_OVER,
    KILLED,
    REFUSED,
    RETRIEVING,
    ROUTING,
    TOO_LATE,
    TRANSIENT,
    Place,
    Trouble,
)

GATHER = ["Gather the burst", "Is there something to answer?"]
ROUTE = ["Choose lane", "May a machine answer?"]
RETRIEVE = ["Find passages", "Is there evidence?"]
WRITE = ["Write answer", "Are tools needed first?", "Is it safe to send?"]
SEND = ["Send reply", "Did it go out?"]
HAND_OVER = ["Hand over to a person", "How did it end?", "Handed over"]
ROUND = [*GATHER, *ROUTE, *RETRIEVE, *WRITE, *SEND]
HAPPY = [*ROUND, "Answered"]
ANSWERED = ("answered", "")


def visited(customer: Customer, *paths: list[str]) -> None:
    """The emulator keeps the history of Express executions; AWS has only their logs."""
    assert customer.paths == list(paths)


@dataclass(frozen=True)
class Path:
    """What a customer says, and what becomes of it. notice: part of what they are told, '' for an answer."""

    words: str
    states: list[str]
    outcome: tuple[str, str] = ANSWERED
    notice: str = ""


PLAIN = {
    "happy": Path(PAPUA.words, HAPPY),
    "a greeting": Path("Halo?", [*GATHER, *ROUTE, *WRITE, *SEND, "Answered"]),
    "no evidence": Path(
        UNKNOWN_ID,
        [*GATHER, *ROUTE, *RETRIEVE, "No evidence", *HAND_OVER],
        ("handed_over", "no_evidence"),
        "Saya tidak punya jawaban yang pasti",
    ),
    "wish for a person": Path(
        WISH_ID,
        [*GATHER, *ROUTE, *HAND_OVER],
        ("handed_over", "asked_for_person"),
        "Saya teruskan ke petugas",
    ),
}


@pytest.mark.parametrize("path", PLAIN.values(), ids=PLAIN.keys())
def test_with_nothing_broken(shop: Shop, path: Path) -> None:
    customer = shop.customer()
    customer.says(path.words)
    (told,) = customer.rests()
    assert path.notice in told.text
    assert told.is_notice == bool(path.notice)
    assert customer.outcomes == [path.outcome]
    visited(customer, path.states)


@dataclass(frozen=True)
class Broken:
    """A stage that fails so often, and what becomes of the question. after: the states until then."""

    place: Place
    do: str
    times: int
    states: list[str]
    outcome: tuple[str, str] = ANSWERED
    told: str = PAPUA.answer


FAILURE, SORRY = ("handed_over", "failure"), "Ada gangguan di sistem kami"
STAGES = {
    "gathering dies": Broken(GATHERING, KILLED, 1, HAPPY),
    "routing transient twice": Broken(ROUTING, TRANSIENT, 2, HAPPY),
    "retrieval dies twice": Broken(RETRIEVING, KILLED, 2, HAPPY),
    "writing transient three times": Broken(
        BEFORE_WRITTEN,
        TRANSIENT,
        3,
        [*GATHER, *ROUTE, *RETRIEVE, "Write answer", *HAND_OVER],
        FAILURE,
        SORRY,
    ),
    "retrieval fails for good": Broken(
        RETRIEVING, REFUSED, 1, [*GATHER, *ROUTE, "Find passages", *HAND_OVER], FAILURE, SORRY
    ),
    "sending fails for good": Broken(DELIVERING, REFUSED, 1, [*ROUND[:-1], *HAND_OVER], FAILURE, SORRY),
    "the deadline passes": Broken(
        RETRIEVING,
        TOO_LATE,
        1,
        [*GATHER, *ROUTE, "Find passages", *HAND_OVER],
        ("handed_over", "too_late"),
        "Saya perlu waktu terlalu lama",
    ),
}


@pytest.mark.full
@pytest.mark.parametrize("broken", STAGES.values(), ids=STAGES.keys())
def test_with_a_broken_stage(shop: Shop, trouble: Trouble, broken: Broken) -> None:
    customer = shop.customer()
    fault = trouble.at(broken.place, broken.do, broken.times)
    customer.says(PAPUA.words)
    (told,) = customer.rests()
    assert broken.told in told.text
    assert customer.outcomes == [broken.outcome]
    assert trouble.fired(fault) == broken.times
    visited(customer, broken.states)


@pytest.mark.full
@pytest.mark.parametrize(
    "place", [HANDING_OVER, AFTER_TICKET, AFTER_STARTED], ids=["before", "ticket", "started"]
)
def test_a_hand_over_that_dies_on_its_way_is_finished_and_told_once(
    shop: Shop, trouble: Trouble, place: Place
) -> None:
    customer = shop.customer()
    trouble.at(place, KILLED)
    customer.says(UNKNOWN_ID)
    (told,) = customer.rests()
    assert told.is_notice
    assert customer.outcomes == [("handed_over", "no_evidence")]
    assert shop.records.ticket(customer.turns[0].ref)["state"] == "open"
    visited(customer, PLAIN["no evidence"].states)


def test_an_execution_that_fails_is_tried_again_soon(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    trouble.at(GATHERING, REFUSED)
    trouble.at(HANDING_OVER, REFUSED)
    customer.says(PAPUA.words)
    (reply,) = customer.rests()
    assert PAPUA.answer in reply.text
    assert customer.outcomes == [ANSWERED]
    visited(customer, ["Gather the burst", "Hand over to a person"], HAPPY)


@dataclass(frozen=True)
class Channel:
    """What Meta says to the answer, and what the customer gets."""

    do: str
    outcome: tuple[str, str]
    told: str
    states: list[str]


REFUSED_BY_META = ("handed_over", "delivery_refused")
NOT_DELIVERED = "Jawaban saya tidak dapat dikirim"
CHANNEL = {
    "too many requests": Channel("429", ANSWERED, PAPUA.answer, HAPPY),
    "busy": Channel("coded:131016", ANSWERED, PAPUA.answer, HAPPY),
    "pair limit": Channel("coded:131056", ANSWERED, PAPUA.answer, HAPPY),
    "undeliverable": Channel("coded:131026", REFUSED_BY_META, NOT_DELIVERED, [*ROUND, *HAND_OVER]),
    "token expired": Channel("coded:190", REFUSED_BY_META, NOT_DELIVERED, [*ROUND, *HAND_OVER]),
    "an unknown code": Channel("coded:999999", REFUSED_BY_META, NOT_DELIVERED, [*ROUND, *HAND_OVER]),
}


@pytest.mark.full
@pytest.mark.parametrize("channel", CHANNEL.values(), ids=CHANNEL.keys())
def test_with_a_coded_error_of_the_channel(shop: Shop, trouble: Trouble, channel: Channel) -> None:
    """Certainly not sent, so it may be repeated, or a person may be told."""
    customer = shop.customer()
    trouble.channel(customer, channel.do)
    customer.says(PAPUA.words)
    (told,) = customer.rests()
    assert channel.told in told.text
    assert customer.outcomes == [channel.outcome]
    visited(customer, channel.states)
    # What was refused is not on the timeline, or people would read it twice or believe it was said.
    lines = [line for line in shop.records.lines(customer.ref) if not line.revoked]
    ours = [line.text for line in lines if line.author != "customer"]
    assert ours == [told.text]


def test_outside_the_window_nothing_is_sent_and_a_person_has_it(shop: Shop) -> None:
    customer = shop.customer()
    customer.says(PAPUA.words, at=time.time() - 25 * 3600)
    assert customer.rests() == []
    assert customer.outcomes == [("handed_over", "window_closed")]
    assert customer.head.owner is Owner.WAITING
    visited(customer, [*ROUND, *HAND_OVER])


def test_a_window_that_only_meta_knows_to_be_closed(shop: Shop) -> None:
    customer = shop.customer()
    body = f'{{"contact": "{customer.address}", "open": false, "pin": true}}'
    assert http("POST", f"{shop.meta}/control/window", body.encode()).status == 200
    customer.says(PAPUA.words)
    assert customer.rests() == []
    assert customer.outcomes == [("handed_over", "window_closed")]
    visited(customer, [*ROUND, *HAND_OVER])


def test_all_messages_taken_back(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    held = trouble.hold(BEFORE_FENCE)
    messages = customer.says(PAPUA.words, BALI.words)
    held.reached()
    customer.revokes(*messages)
    held.let_go()
    assert customer.rests() == []
    assert customer.outcomes == [("withdrawn", "all_revoked")]
    visited(customer, [*ROUND, *GATHER, "Nothing left to answer"])


def test_a_person_took_over_mid_turn(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    held = trouble.hold(BEFORE_WRITTEN)
    customer.says(PAPUA.words)
    held.reached()
    assert customer.operator("take-over").status == 200
    held.let_go()
    assert customer.rests() == []
    assert customer.outcomes == [("left_to_person", "person_has_it")]
    visited(customer, [*ROUND, "Left to the person"])


@pytest.mark.full
@pytest.mark.parametrize("newer", ["message", "edit"])
def test_what_comes_between_the_look_and_the_fence(shop: Shop, trouble: Trouble, newer: str) -> None:
    """The fence itself refuses: nothing tells the sender but the write that fails."""
    customer = shop.customer()
    held = trouble.hold(BEFORE_FENCE)
    (question,) = customer.says(PAPUA.words)
    held.reached()
    if newer == "message":
        customer.says(RETURNS.words)
    else:
        customer.edits(question, RETURNS.words)
    held.let_go()
    (reply,) = customer.rests()
    assert RETURNS.answer in reply.text
    assert customer.outcomes == [ANSWERED]
    visited(customer, [*ROUND, *HAPPY])


# Further questions that come while the answer to all before them is about to be sent.
NEWER = (RETURNS, BALI, PAPUA)


@pytest.mark.full
@pytest.mark.parametrize("newer", [1, 2, 3], ids=["once", "twice", "three times"])
def test_newer_messages_mid_turn(shop: Shop, trouble: Trouble, newer: int) -> None:
    """Two of them restart the turn; the third finds the answer going out, and forms the next turn."""
    customer = shop.customer()
    held = trouble.hold(DELIVERING)
    customer.says("Berapa lama pengiriman ke Sumatra?")
    for question in NEWER[:newer]:
        held.reached()
        customer.says(question.words)
        before, held = held, trouble.hold(DELIVERING)
        before.let_go()
    held.let_go()
    received = customer.rests()
    turns = customer.turns
    restarts = min(newer, 2)
    assert turns[0].round == restarts + 1
    assert [len(turn.messages) for turn in turns] == ([newer + 1] if newer < 3 else [3, 1])
    assert customer.outcomes == [ANSWERED] * len(turns)
    assert len(received) == len(turns)
    visited(customer, [*ROUND * restarts, *HAPPY], *([HAPPY] if newer == 3 else []))


def test_a_question_of_the_bank_takes_the_same_path(bank: Shop) -> None:
    customer = bank.customer()
    customer.says(PLUS.words)
    (reply,) = customer.rests()
    assert PLUS.answer in reply.text
    visited(customer, HAPPY)


def test_a_channel_that_stays_busy(shop: Shop, trouble: Trouble) -> None:
    """Neither answer nor notice can go out. A person has the conversation, and the letter tells why."""
    customer = shop.customer()
    trouble.channel(customer, "coded:131016", times=None)
    customer.says(PAPUA.words)
    assert customer.rests() == []
    assert customer.outcomes == [FAILURE]
    assert customer.head.owner is Owner.WAITING
    visited(customer, [*ROUND[:-1], *HAND_OVER])
    letters = until(lambda: shop.records.letters(customer.ref), "the failed hand-over is a dead letter")
    assert [letter["kind"] for letter in letters] == ["event"]
