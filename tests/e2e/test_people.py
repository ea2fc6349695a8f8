"""People beside the machine: taking over, writing, giving back; and customers who change their words."""

import time

from sahut.domain.conversation import Owner
from sahut.domain.message import MessageKind
from sandbox.graph_api import webhooks
from tests.e2e.questions import BALI, PAPUA, RETURNS
from tests.e2e.support import Customer, Shop, new_id
from tests.e2e.trouble import BEFORE_ATTEMPT, BEFORE_WRITTEN, Trouble


def take_over(customer: Customer) -> None:
    answer = customer.operator("take-over", {"by": "Dewi"})
    assert (answer.status, answer.body["owner"], answer.body["in_flight"]) == (200, "person", 0)


def test_a_person_takes_over_writes_and_gives_back(shop: Shop) -> None:
    customer = shop.customer()
    customer.says(PAPUA.words)
    customer.rests()
    take_over(customer)

    customer.says(RETURNS.words)
    assert len(customer.rests()) == 1
    assert customer.outcomes[1:] == [("left_to_person", "")]

    once = {"Idempotency-Key": new_id()}
    said = [customer.operator("messages", {"text": "Halo, saya Dewi."}, **once) for _ in range(2)]
    assert [(each.status, each.body["state"]) for each in said] == [(200, "sent")] * 2
    assert [sent.text for sent in customer.rests()][1:] == ["Halo, saya Dewi."]

    assert customer.operator("release").body["owner"] == "machine"
    customer.says(BALI.words)
    _, _, answer = customer.rests()
    assert BALI.answer in answer.text
    assert customer.outcomes == [("answered", ""), ("left_to_person", ""), ("answered", "")]
    assert [message.text for message in customer.turns[-1].messages] == [BALI.words]


def test_after_a_release_the_machine_leaves_what_came_before(shop: Shop, trouble: Trouble) -> None:
    """The older question waits in its queue until the person has gone."""
    customer = shop.customer()
    customer.says(PAPUA.words)
    customer.rests()
    take_over(customer)
    held = trouble.hold(BEFORE_ATTEMPT)
    customer.says(RETURNS.words)
    held.reached()
    customer.operator("release")
    held.let_go()
    customer.says(BALI.words)
    _, answer = customer.rests()
    assert BALI.answer in answer.text
    assert sorted(customer.outcomes) == [("answered", ""), ("answered", ""), ("left_to_person", "")]
    assert customer.turns[-1].question == BALI.words


def test_nobody_writes_into_a_conversation_that_is_the_machines(shop: Shop) -> None:
    customer = shop.customer()
    customer.says(PAPUA.words)
    customer.rests()
    refused = customer.operator("messages", {"text": "Halo"}, **{"Idempotency-Key": new_id()})
    assert refused.status == 409
    assert len(customer.received) == 1


def test_another_tenants_key_finds_no_conversation(shop: Shop, bank: Shop) -> None:
    customer = shop.customer()
    customer.says(PAPUA.words)
    customer.rests()
    path = f"/v1/conversations/{customer.ref.conversation_id}/take-over"
    assert bank.calls("POST", path).status == 404
    assert customer.head.owner is Owner.MACHINE


def test_words_from_the_staffs_phone_silence_the_machine(shop: Shop) -> None:
    customer = shop.customer()
    customer.says(PAPUA.words)
    customer.rests()
    echo = webhooks.echo(
        shop.business, customer.person, "Biar saya bantu", message_id=new_id(), at=time.time()
    )
    assert shop.receives(echo) == 200
    customer.says(RETURNS.words)
    assert len(customer.rests()) == 1
    assert customer.head.owner is Owner.PERSON
    assert customer.outcomes == [("answered", ""), ("left_to_person", "")]
    written = [line.author for line in shop.records.lines(customer.ref)]
    assert written == ["customer", "machine", "staff_phone", "customer"]


def test_an_edit_while_the_answer_is_written_is_what_gets_answered(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    held = trouble.hold(BEFORE_WRITTEN)
    (question,) = customer.says(PAPUA.words)
    held.reached()
    customer.edits(question, BALI.words)
    held.let_go()
    (reply,) = customer.rests()
    assert BALI.answer in reply.text
    assert customer.outcomes == [("answered", "")]
    assert customer.turns[0].question == BALI.words


def test_an_edit_that_comes_before_its_message_waits_for_it(shop: Shop) -> None:
    customer = shop.customer()
    question = customer.text(PAPUA.words)
    customer.edits(question, BALI.words)
    assert shop.receives(question) == 200
    (reply,) = customer.rests()
    assert BALI.answer in reply.text


def test_an_edit_after_the_answer_changes_the_timeline_and_nothing_else(shop: Shop) -> None:
    customer = shop.customer()
    (question,) = customer.says(PAPUA.words)
    customer.rests()
    customer.edits(question, BALI.words)
    assert len(customer.rests()) == 1
    line = shop.records.lines(customer.ref)[0]
    assert (line.text, line.revision) == (BALI.words, 1)
    assert customer.outcomes == [("answered", "")]


def test_a_message_taken_back_before_it_came_is_never_answered(shop: Shop) -> None:
    customer = shop.customer()
    question = customer.text(PAPUA.words)
    customer.revokes(question)
    assert shop.receives(question) == 200
    assert customer.rests() == []
    assert customer.turns == []


def test_of_a_burst_only_what_was_not_taken_back_is_answered(shop: Shop, trouble: Trouble) -> None:
    customer = shop.customer()
    held = trouble.hold(BEFORE_WRITTEN)
    first, second = customer.says(PAPUA.words, BALI.words)
    held.reached()
    customer.revokes(first)
    held.let_go()
    (reply,) = customer.rests()
    assert BALI.answer in reply.text
    assert PAPUA.answer not in reply.text
    assert [message.provider_id for message in customer.turns[0].messages] == [str(second.content["id"])]


def test_what_nobody_need_answer_is_stored_and_left_alone(shop: Shop) -> None:
    customer = shop.customer()
    (question,) = customer.says(PAPUA.words)
    (reply,) = customer.rests()
    thumb = webhooks.reaction(customer.person, reply.message_id, "👍", message_id=new_id(), at=time.time())
    moved = webhooks.system(
        customer.person, "user_changed_number", message_id=new_id(), at=time.time(), now=customer.person
    )
    assert shop.receives(thumb, moved) == 200
    assert len(customer.rests()) == 1
    kinds = [line.kind for line in shop.records.lines(customer.ref)]
    assert kinds == [MessageKind.TEXT, MessageKind.TEXT, MessageKind.REACTION, MessageKind.SYSTEM]
    assert question.content["id"] == shop.records.lines(customer.ref)[0].provider_id
