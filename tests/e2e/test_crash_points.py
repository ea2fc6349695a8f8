"""A function dies, or the channel is silent, between any two steps: the customer gets one outcome, once."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from sahut.adapters.sqs.queues import deduplication_id, group_of
from sahut.contracts.jobs import DispatchJob
from sahut.domain.turn import PartState
from sandbox.graph_api import webhooks
from tests.e2e.questions import BALI, PAPUA
from tests.e2e.support import Customer, Shop, new_id, until
from tests.e2e.trouble import (
    AFTER_CALL,
    AFTER_CLAIM,
    AFTER_FENCE,
    AFTER_RUN,
    BEFORE_CALL,
    BEFORE_FENCE,
    BEFORE_QUEUEING,
    BEFORE_WRITTEN,
    COUNTED,
    KILLED,
    OPENING,
    Place,
    Trouble,
)

PERHAPS_LOST = "Balasan saya tadi mungkin tidak sampai"


def answered_once(customer: Customer, reason: str = "") -> None:
    (reply,) = customer.rests()
    assert PAPUA.answer in reply.text
    assert customer.outcomes == [("answered", reason)]


def handed_over_in_doubt(customer: Customer, *, accepted: int) -> None:
    """accepted: how many answers Meta took. What the customer is told does not depend on it."""
    *answers, notice = customer.rests()
    assert len(answers) == accepted
    assert PERHAPS_LOST in notice.text
    assert customer.outcomes == [("handed_over", "delivery_uncertain")]


def test_between_put_and_queue(shop: Shop, trouble: Trouble) -> None:
    """Meta hears no 200 and posts again: the stored message is queued then."""
    customer = shop.customer()
    question = customer.text(PAPUA.words)
    trouble.at(BEFORE_QUEUEING, KILLED)
    assert shop.receives(question) >= 500
    (line,) = shop.records.lines(customer.ref)
    assert (line.provider_id, line.turn_id) == (customer.said[0], "")
    assert shop.records.queued(customer.ref) == 0
    assert shop.receives(question) == 200
    answered_once(customer)


def test_after_the_claim(shop: Shop, trouble: Trouble) -> None:
    """The state is retried and adopts the turn that the dead worker opened."""
    customer = shop.customer()
    killed = trouble.at(AFTER_CLAIM, KILLED)
    customer.says(PAPUA.words)
    answered_once(customer)
    assert trouble.fired(killed) == 1
    assert customer.head.epoch == 1


def test_between_fence_and_call(shop: Shop, trouble: Trouble) -> None:
    """Nobody can know that the call was not made: it is not made again."""
    customer = shop.customer()
    killed = trouble.at(AFTER_FENCE, KILLED)
    customer.says(PAPUA.words)
    handed_over_in_doubt(customer, accepted=0)
    assert trouble.fired(killed) == 1
    (part,) = customer.turns[0].answer_parts
    assert part.state is PartState.UNCERTAIN


def test_a_sender_that_was_stopped_after_the_fence_does_not_call(shop: Shop, trouble: Trouble) -> None:
    """The second in which the call must begin is over: certainly not sent, so it is tried again."""
    customer = shop.customer()
    trouble.at(BEFORE_CALL, "sleep:1.2")
    fences = trouble.at(AFTER_FENCE, COUNTED, times=None)
    customer.says(PAPUA.words)
    answered_once(customer)
    assert trouble.fired(fences) == 2


def test_between_call_and_record(shop: Shop, trouble: Trouble) -> None:
    """The status says that it arrived."""
    customer = shop.customer()
    killed = trouble.at(AFTER_CALL, KILLED)
    customer.says(PAPUA.words)
    answered_once(customer, "status_seen")
    assert trouble.fired(killed) == 1


def test_after_the_answer_before_the_queue_message_is_deleted(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    customer.says(BALI.words)  # a warm turn must end before the message comes back
    customer.rests()
    killed = trouble.at(AFTER_RUN, KILLED)
    with trouble.impatient_queue(visibility_s=6):
        customer.says(PAPUA.words)
        trouble.struck(killed)
    assert shop.records.queued(customer.ref) == 1
    _, reply = customer.rests()
    assert PAPUA.answer in reply.text
    assert customer.outcomes == [("answered", "")] * 2
    assert customer.head.epoch == 2  # one attempt for each question
    assert len(customer.paths) == 2


# A dispatcher dies, its execution lives on, and the next attempt ends the turn.

SURVIVORS = {
    "while it writes": (BEFORE_WRITTEN, ("answered", "")),
    "before the fence": (BEFORE_FENCE, ("answered", "")),
    "after the fence": (AFTER_FENCE, ("handed_over", "delivery_uncertain")),
    "after the call": (AFTER_CALL, ("answered", "status_seen")),
}


def stored(customer: Customer) -> list[object]:
    """Conversation, timeline and turns as they are, but for how far statuses have come."""
    records = customer.shop.records
    turns = []
    for turn in customer.turns:
        parts = [replace(part, status_rank=0, provider_id="") for part in turn.parts.values()]
        ledger = dict(records.ledger(turn.ref))
        del ledger["parts"]
        turns.append((ledger, parts))
    return [customer.head, turns, list(records.lines(customer.ref))]


@pytest.mark.parametrize(("place", "outcome"), SURVIVORS.values(), ids=SURVIVORS.keys())
def test_a_survivor_changes_nothing(
    shop: Shop, trouble: Trouble, place: Place, outcome: tuple[str, str]
) -> None:
    customer = shop.customer()
    held = trouble.hold(place)
    with trouble.impatient_queue():
        customer.says(PAPUA.words)
        held.reached()
        trouble.kill("dispatch")
    until(lambda: [turn.state.final for turn in customer.turns] == [True], "the next attempt ends the turn")
    before = stored(customer)
    held.let_go()
    received = customer.rests()
    assert stored(customer) == before
    assert customer.outcomes == [outcome]
    assert len([sent for sent in received if not sent.is_notice]) <= 1
    assert customer.head.epoch >= 2
    assert customer.paths[0][-1] == "Another attempt has taken over"


def test_a_survivor_does_not_send_in_the_next_attempts_name(shop: Shop, trouble: Trouble) -> None:
    """Both stand before the fence; the older one goes first."""
    customer = shop.customer()
    survivor, next_attempt = trouble.hold(BEFORE_FENCE), trouble.hold(BEFORE_FENCE)
    with trouble.impatient_queue():
        customer.says(PAPUA.words)
        survivor.reached()
        trouble.kill("dispatch")
        next_attempt.reached()
    survivor.let_go()
    until(lambda: customer.paths[0][-1] == "Another attempt has taken over", "the survivor's end")
    assert customer.received == []
    next_attempt.let_go()
    answered_once(customer)


def test_two_first_messages_of_a_new_contact_at_once(shop: Shop, trouble: Trouble) -> None:
    """Both find no conversation; one of them opens it, the other one joins."""
    customer = shop.customer()
    held = trouble.hold(OPENING, times=2)
    messages = [customer.text(PAPUA.words), customer.text(BALI.words)]
    with ThreadPoolExecutor(2) as pool:
        posts = [pool.submit(shop.receives, message) for message in messages]
        held.reached(times=2)
        held.let_go()
        assert [post.result() for post in posts] == [200, 200]
    received = customer.rests()
    said = [line.provider_id for line in shop.records.lines(customer.ref) if line.author == "customer"]
    assert sorted(said) == sorted(customer.said)
    assert customer.outcomes == [("answered", "")] * len(received)
    assert all(any(each.answer in sent.text for sent in received) for each in (PAPUA, BALI))


def test_two_first_messages_that_name_the_contact_differently(shop: Shop, trouble: Trouble) -> None:
    """One tells phone and user id, the other the user id alone: it is one person all the same."""
    customer = shop.nameless()
    both = webhooks.Customer(phone=shop.customer().person.phone, user_id=customer.person.user_id)
    held = trouble.hold(OPENING, times=2)
    first = webhooks.text(both, PAPUA.words, message_id=new_id(), at=time.time())
    with ThreadPoolExecutor(2) as pool:
        posts = [pool.submit(shop.receives, message) for message in (first, customer.text(BALI.words))]
        held.reached(times=2)
        held.let_go()
        assert [post.result() for post in posts] == [200, 200]
    customer.rests()
    assert Customer(shop, webhooks.Customer(phone=both.phone)).ref == customer.ref
    assert len([line for line in shop.records.lines(customer.ref) if line.author == "customer"]) == 2


def test_redelivered_long_after_the_answer(shop: Shop) -> None:
    """Meta retries for days; the queue's own memory of duplicates lasts five minutes."""
    customer = shop.customer()
    (question,) = customer.says(PAPUA.words)
    answered_once(customer)
    before = stored(customer)
    assert shop.receives(question) == 200
    assert shop.records.queued(customer.ref) == 0
    answered_once(customer)
    assert stored(customer) == before


def test_redelivered_into_the_queue_after_the_answer(shop: Shop) -> None:
    """A message of the queue that it does not know any more as a duplicate starts nothing."""
    customer = shop.customer()
    customer.says(PAPUA.words)
    answered_once(customer)
    before = stored(customer)
    again = DispatchJob(
        tenant_id=shop.tenant_id,
        conversation_id=customer.ref.conversation_id,
        message_id=customer.said[0],
        line=1,
        attempt=7,
    )
    shop.stack.client("sqs").send_message(
        QueueUrl=shop.stack.outputs["MessagesQueueUrl"],
        MessageBody=again.model_dump_json(),
        MessageGroupId=group_of(again),
        MessageDeduplicationId=deduplication_id(again),
    )
    answered_once(customer)
    assert stored(customer) == before
    assert len(customer.paths) == 1


def test_redelivered_while_it_is_being_answered(shop: Shop, trouble: Trouble) -> None:
    """Queued again under a new attempt number, it waits for its turn to be over and then does nothing."""
    customer = shop.customer()
    held = trouble.hold(BEFORE_WRITTEN)
    (question,) = customer.says(PAPUA.words)
    held.reached()
    assert shop.receives(question) == 200
    assert shop.records.queued(customer.ref) == 2
    held.let_go()
    answered_once(customer)
    assert len(customer.paths) == 1
