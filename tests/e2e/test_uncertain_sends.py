"""The channel is silent about a send, or a person takes over while it is under way.

All the waiting for statuses happens at once, in one fixture; each test looks at one customer.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import pytest

from sahut.domain.conversation import Owner
from sahut.domain.turn import PartState, TurnState
from sandbox.graph_api import webhooks
from sandbox.stack import Stack
from tests.conftest import SCALED_DOWN
from tests.e2e.questions import BALI, PAPUA
from tests.e2e.support import Customer, Shop, new_id, until
from tests.e2e.trouble import AFTER_FENCE, BEFORE_FENCE, KILLED, Trouble

PERHAPS_LOST = "Balasan saya tadi mungkin tidak sampai"
IN_TIME_S = 1.5
# Settling may start cold on a busy machine: a status that is to come after it has to be patient.
TOO_LATE_S = float(SCALED_DOWN["SettleDelaySeconds"]) + 12
IN_FLIGHT_S = float(SCALED_DOWN["HttpTimeoutSeconds"]) + 1


@dataclass(frozen=True, slots=True)
class Doubt:
    """What the channel does with the answer, and what comes of it.

    call, statuses: faults of the fake Graph API. accepted: answers that it took.
    """

    call: str
    statuses: str
    accepted: int
    outcome: tuple[str, str]


SEEN, LOST = ("answered", "status_seen"), ("handed_over", "delivery_uncertain")
DOUBTS = {
    "no answer to the call, status in time": Doubt("accept_then_timeout", "", 1, SEEN),
    "500 without code, status late": Doubt("accept_then_500", f"status_late:{IN_TIME_S}", 1, SEEN),
    "500 without code, status too late": Doubt("accept_then_500", f"status_late:{TOO_LATE_S}", 1, LOST),
    "500 without code, status never": Doubt("accept_then_500", "status_never", 1, LOST),
    "500 without code, not taken": Doubt("500", "", 0, LOST),
    "no answer to the call, not taken": Doubt("timeout_before", "", 0, LOST),
}


def begun(customer: Customer) -> bool:
    parts = [part.state for turn in customer.turns for part in turn.answer_parts]
    return parts not in ([], [PartState.READY])


@pytest.fixture(scope="module")
def doubtful(stack: Stack) -> Iterator[Mapping[str, Customer]]:
    """One customer for each kind of doubt, all of them in it at the same time."""
    trouble, shop = Trouble(stack), Shop(stack, "toko-melati")
    customers = {name: shop.customer() for name in DOUBTS}
    for name, customer in customers.items():
        trouble.channel(customer, DOUBTS[name].call)
        if DOUBTS[name].statuses:
            trouble.channel(customer, DOUBTS[name].statuses)
        customer.says(PAPUA.words)
        until(partial(begun, customer), "the call")  # one after the other: fewer cold starts
    for customer in customers.values():
        until(partial(called, customer), "the call ended in doubt")
    yield customers
    trouble.end()


def called(customer: Customer) -> bool:
    return any(turn.state is not TurnState.OPEN for turn in customer.turns)


@pytest.mark.parametrize("name", DOUBTS)
def test_an_uncertain_send_is_settled_and_never_repeated(doubtful: Mapping[str, Customer], name: str) -> None:
    customer, doubt = doubtful[name], DOUBTS[name]
    received = customer.rests()
    answers = [sent for sent in received if not sent.is_notice]
    notices = [sent for sent in received if sent.is_notice]
    assert customer.outcomes == [doubt.outcome]
    assert len(answers) == doubt.accepted
    assert [PERHAPS_LOST in notice.text for notice in notices] == ([True] if doubt.outcome == LOST else [])
    assert len(customer.paths) == 1


def test_a_status_that_comes_after_the_hand_over_changes_no_outcome(doubtful: Mapping[str, Customer]) -> None:
    customer = doubtful["500 without code, status too late"]
    until(lambda: customer.turns[0].answer_parts[0].status_rank == 3, "the late status")
    assert len(customer.rests()) == 2
    assert customer.outcomes == [LOST]
    assert customer.head.owner is Owner.WAITING


@pytest.mark.parametrize("code", [131026, 131047])
def test_a_failed_status_after_the_200_reopens_the_outcome_once(
    shop: Shop, trouble: Trouble, code: int
) -> None:
    """131026: never deliverable. 131047: the window closed, only a template may go out."""
    reason = "window_closed" if code == 131047 else "delivery_refused"
    customer = shop.customer()
    trouble.channel(customer, f"failed_after_200:{code}")
    customer.says(PAPUA.words)
    until(lambda: [turn.reason for turn in customer.turns] == [reason], "the outcome is reopened")
    answer, notice = customer.rests()
    assert customer.outcomes == [("handed_over", reason)]
    assert notice.is_notice
    again = webhooks.status(answer.message_id, "failed", customer.person, at=time.time(), error_code=code)
    assert shop.receives(again) == 200
    assert len(customer.rests()) == 2


def in_the_background(customer: Customer, pool: ThreadPoolExecutor) -> Future[float]:
    """Take-over, and when its 200 came."""

    def take_over() -> float:
        answer = customer.operator("take-over")
        assert (answer.status, answer.body["owner"], answer.body["in_flight"]) == (200, "person", 0)
        return time.time()

    return pool.submit(take_over)


def is_silent(customer: Customer, count: int) -> None:
    """After the take-over: nothing more of the machine's, whatever the customer writes."""
    customer.says(BALI.words)
    assert len(customer.rests()) == count
    assert customer.outcomes[-1] == ("left_to_person", "")


def sending(customer: Customer) -> bool:
    parts = [part.state for turn in customer.turns for part in turn.answer_parts]
    return parts == [PartState.SENDING]


def test_a_take_over_while_sending_answers_when_the_part_has_landed(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    trouble.channel(customer, "delay:1.5")
    customer.says(PAPUA.words)
    until(lambda: sending(customer), "the part is being sent")
    with ThreadPoolExecutor(1) as pool:
        taken = in_the_background(customer, pool)
        until(lambda: customer.head.owner is Owner.PERSON, "the take-over's first write")
        assert customer.head.in_flight
        done_at = taken.result()
    (reply,) = customer.rests()
    assert reply.at <= done_at
    assert customer.outcomes == [("answered", "")]
    is_silent(customer, 1)


def test_a_take_over_waits_for_a_sender_that_died(shop: Shop, trouble: Trouble) -> None:
    """Until its call can't reach the channel any more: HTTP time-out plus the second to begin in."""
    customer = shop.customer()
    killed = trouble.at(AFTER_FENCE, KILLED)
    customer.says(PAPUA.words)
    trouble.struck(killed)
    (until_then,) = customer.head.in_flight.values()
    with ThreadPoolExecutor(1) as pool:
        assert in_the_background(customer, pool).result() >= until_then
    assert until_then - customer.turns[0].answer_parts[0].sending_since == pytest.approx(IN_FLIGHT_S)
    assert customer.rests() == []
    assert customer.outcomes == [("left_to_person", "delivery_uncertain")]
    is_silent(customer, 0)


def test_a_take_over_before_the_fence_stops_the_part(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    held = trouble.hold(BEFORE_FENCE)
    customer.says(PAPUA.words)
    held.reached()
    with ThreadPoolExecutor(1) as pool:
        in_the_background(customer, pool).result()
    held.let_go()
    assert customer.rests() == []
    assert customer.outcomes == [("left_to_person", "person_has_it")]
    is_silent(customer, 0)


def test_a_person_who_came_and_went_meanwhile_stops_the_part_too(shop: Shop, trouble: Trouble) -> None:
    """The question came before the release: it is the person's."""
    customer = shop.customer()
    held = trouble.hold(BEFORE_FENCE)
    customer.says(PAPUA.words)
    held.reached()
    for change in ("take-over", "release"):
        assert customer.operator(change).status == 200
    held.let_go()
    assert customer.rests() == []
    assert customer.outcomes == [("left_to_person", "person_has_it")]
    customer.says(BALI.words)
    (reply,) = customer.rests()
    assert BALI.answer in reply.text


def test_words_from_the_staffs_phone_before_the_fence_stop_the_part(shop: Shop, trouble: Trouble) -> None:
    """For an echo it counts from its being stored."""
    customer = shop.customer()
    held = trouble.hold(BEFORE_FENCE)
    customer.says(PAPUA.words)
    held.reached()
    echo = webhooks.echo(shop.business, customer.person, "Saya bantu", message_id=new_id(), at=time.time())
    assert shop.receives(echo) == 200
    held.let_go()
    assert customer.rests() == []
    assert customer.outcomes == [("left_to_person", "person_has_it")]


def test_a_take_over_drops_the_notice_that_was_not_yet_told(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    held = trouble.hold(BEFORE_FENCE)
    customer.says("Saya mau bicara dengan petugas")
    held.reached()
    with ThreadPoolExecutor(1) as pool:
        in_the_background(customer, pool).result()
    held.let_go()
    assert customer.rests() == []
    assert customer.outcomes == [("handed_over", "asked_for_person")]
