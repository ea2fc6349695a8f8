"""Dead letters: recorded once, their customer gets a person, and they can be given another chance."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import boto3
import pytest

from sahut.contracts.jobs import SettleCause
from sahut.contracts.tasks import DeliverOutcome
from sahut.domain.conversation import Owner
from sahut.domain.errors import Refused, TryAgain, Uncertain
from sahut.domain.message import Channel, ChannelBatch, Contact, InboundMessage, MessageKind
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import NOTICE, TurnState
from sahut.ports.conversations import Stored
from sahut.runtime import compose
from sahut.stages.accept import accept, job_of
from sahut.stages.bury import bury
from sahut.stages.gather import gather
from sahut.stages.operate import take_over
from sahut.stages.redrive import redrive
from sahut.stages.uncertain import settle_job
from tests.handlers.conftest import NUMBER, SHOP, World
from tests.handlers.steps import claimed, dispatch_jobs, items_of, operating, send, write_answer, written

QUESTION = "Berapa ongkos kirim ke Papua?"


def buried(world: World, stored: Stored) -> str:
    return bury(job_of(stored).model_dump_json(), compose.bury(world.made))


def letter(world: World, letter_id: str) -> dict[str, Any]:
    return dict(world.made.letters.one(letter_id))


def redriven(world: World, letter_id: str) -> str:
    found = letter(world, letter_id)
    needs = compose.redrive(world.made)
    return redrive(letter_id, found["kind"], found["state"], found["body"], needs)


# ── bury ──────────────────────────────────────────────────────────────────────────────────────────
def test_a_message_that_was_given_up_gets_a_person_and_a_letter(world: World) -> None:
    stored = world.write(QUESTION)
    letter_id = buried(world, stored)
    head = world.head(stored.conversation)
    assert (head.owner, head.open_turn_id) == (Owner.WAITING, "")
    turn = world.turn(stored.conversation, head.ticket_id)
    assert (turn.state, turn.reason) == (TurnState.HANDED_OVER, "dead_letter")
    assert NOTICE in turn.parts
    found = letter(world, letter_id)
    assert (found["kind"], found["state"], found["tenant_id"]) == ("message", "open", "shop")
    assert QUESTION not in json.dumps(found)
    assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)


def test_burying_again_changes_nothing(world: World) -> None:
    stored = world.write(QUESTION)
    letter_id = buried(world, stored)
    before = (world.head(stored.conversation), items_of("logs"))
    assert buried(world, stored) == letter_id
    assert (world.head(stored.conversation), items_of("logs")) == before
    assert len(world.hand_overs.names) == 1


def test_an_open_turn_before_the_message_is_handed_over_with_it(world: World) -> None:
    """The older turn's end is what lets this message be claimed."""
    first, _, turn_id = claimed(world)
    second = world.write("halo?", "wamid.2")
    buried(world, second)
    assert world.turn(first.conversation, turn_id).state is TurnState.HANDED_OVER
    for stored in (first, second):
        assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)
    assert world.hand_overs.names == [turn_id]


def test_a_running_execution_of_a_buried_message_can_do_nothing_more(world: World) -> None:
    stored, task, turn_id = written(world)
    buried(world, stored)
    with pytest.raises(Exception, match="newer attempt"):
        send(world, task, turn_id)
    assert world.sender.sent == []


def test_a_persons_conversation_stays_the_persons(world: World) -> None:
    stored = world.write(QUESTION)
    take_over(stored.conversation, "ana", operating(world))
    buried(world, stored)
    assert world.head(stored.conversation).owner is Owner.PERSON
    assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)


def test_an_answered_message_is_only_recorded(world: World) -> None:
    stored, task, turn_id = written(world)
    send(world, task, turn_id)
    buried(world, stored)
    assert world.head(stored.conversation).owner is Owner.MACHINE


def test_a_settle_job_that_was_given_up_means_a_person(world: World) -> None:
    stored, task, turn_id = written(world)
    world.sender.answers = [Uncertain("time-out")]
    assert send(world, task, turn_id) is DeliverOutcome.SETTLING
    job = settle_job(TurnRef(stored.conversation, turn_id), SettleCause.UNCERTAIN)
    for _ in range(2):
        assert letter(world, bury(job.model_dump_json(), compose.bury(world.made)))["kind"] == "settle"
    assert world.turn(stored.conversation, turn_id).state is TurnState.HANDED_OVER
    assert world.head(stored.conversation).owner is Owner.WAITING


ODD_BODIES = [
    "",
    "no JSON",
    '{"detail": {"status": "FAILED", "name": "t1"}, "source": "aws.states"}',
    '{"v": 2, "tenant_id": "shop"}',
    '{"v":1,"tenant_id":"No Tenant","conversation_id":"c","message_id":"m","line":1,"attempt":1}',
]


def test_whatever_arrives_is_recorded_once(world: World) -> None:
    for body in ODD_BODIES:
        ids = {bury(body, compose.bury(world.made)) for _ in range(2)}
        assert len(ids) == 1, body
        assert letter(world, ids.pop())["kind"] == "event"
    assert len(list(world.made.letters.all("open"))) == len(ODD_BODIES)


def test_a_conversation_that_is_gone_leaves_its_letter(world: World) -> None:
    stored = world.write(QUESTION)
    job = job_of(replace(stored, conversation=ConversationRef(SHOP, "gone")))
    letter_id = bury(job.model_dump_json(), compose.bury(world.made))
    assert letter(world, letter_id)["state"] == "open"


def test_a_letter_stays_in_its_queue_until_the_person_has_the_conversation(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = world.write(QUESTION)

    def unreachable(_: TurnRef) -> None:
        raise TryAgain("state machines could not be reached")

    with monkeypatch.context() as broken:
        broken.setattr(world.hand_overs, "start", unreachable)
        with pytest.raises(TryAgain):
            buried(world, stored)
    assert world.head(stored.conversation).owner is Owner.WAITING, "by the database alone"
    buried(world, stored)
    assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)
    assert len(list(world.made.letters.all("open"))) == 1


# ── redrive ───────────────────────────────────────────────────────────────────────────────────────
def test_a_redriven_message_is_answered_by_the_machine_after_all(world: World) -> None:
    stored = world.write(QUESTION)
    letter_id = buried(world, stored)
    assert redriven(world, letter_id) == "redriven"
    [job] = dispatch_jobs(world)
    assert (job["message_id"], job["attempt"]) == ("wamid.1", 2), "a new deduplication id"
    head = world.head(stored.conversation)
    assert (head.owner, head.ticket_id) == (Owner.MACHINE, "")
    task = world.task(stored.conversation)
    turn_id = gather(task, compose.gather(world.made)).turn_id
    write_answer(world, task, turn_id, round_=world.turn(stored.conversation, turn_id).round)
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert len(world.sender.sent) == 1
    assert letter(world, letter_id)["state"] == "redriven"
    assert redriven(world, letter_id) == "redriven"
    assert dispatch_jobs(world) == [], "once"


def test_a_crash_between_reopening_and_queueing_is_made_good(world: World) -> None:
    stored = world.write(QUESTION)
    letter_id = buried(world, stored)
    head, turn = world.made.turns.both(
        TurnRef(stored.conversation, world.head(stored.conversation).ticket_id)
    )
    world.made.ownership.reopen(head, turn, 1)
    assert redriven(world, letter_id) == "redriven"
    assert len(dispatch_jobs(world)) == 1


def test_a_message_of_yesterday_stays_with_the_person(world: World) -> None:
    stored = world.write(QUESTION)
    letter_id = buried(world, stored)
    world.now += 24 * 3600 + 1
    assert redriven(world, letter_id) == "stale"
    assert (dispatch_jobs(world), world.head(stored.conversation).owner) == ([], Owner.WAITING)
    assert letter(world, letter_id)["state"] == "stale"


@pytest.mark.parametrize("who", ["person", "released"])
def test_what_a_person_has_picked_up_is_settled(world: World, who: str) -> None:
    stored = world.write(QUESTION)
    letter_id = buried(world, stored)
    take_over(stored.conversation, "ana", operating(world))
    if who == "released":
        world.made.ownership.release(stored.conversation, world.now, "ana")
    assert redriven(world, letter_id) == "settled"
    assert dispatch_jobs(world) == []


def test_an_unrouted_webhook_is_accepted_once_its_number_is_registered(world: World) -> None:
    raw = golden_text("12345")
    batch = ChannelBatch(
        Channel.WHATSAPP,
        "12345",
        (InboundMessage("wamid.1", MessageKind.TEXT, Contact(phone="6281"), 1.8e9, "halo"),),
    )
    accept([batch], raw, compose.accept(world.made))
    [found] = world.made.letters.all("open")
    letter_id = str(found["letter_id"])
    assert redriven(world, letter_id) == "open", "nobody has the number yet"
    boto3.resource("dynamodb").Table("registry").put_item(
        Item={"pk": "CHANNEL#whatsapp#12345", "sk": "ROUTE", "tenant_id": "bank"}
    )
    assert [redriven(world, letter_id) for _ in range(2)] == ["redriven", "redriven"]
    [job] = dispatch_jobs(world)
    assert job["tenant_id"] == "bank"
    stored = world.made.inbound.stored(TenantId("bank"), "12345", job["message_id"])
    assert stored.conversation.conversation_id == job["conversation_id"]
    assert NUMBER != "12345"


def golden_text(number: str) -> bytes:
    """A signed webhook's body with one text for a number."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"phone_number_id": number},
        "messages": [
            {
                "from": "6281",
                "id": "wamid.1",
                "timestamp": "1800000000",
                "type": "text",
                "text": {"body": "halo"},
            }
        ],
    }
    entry = {"id": "w1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


@pytest.mark.parametrize("kind", ["settle", "event", "unstorable"])
def test_other_letters_can_only_be_read(world: World, kind: str) -> None:
    with pytest.raises(Refused):
        redrive("id", kind, "open", "{}", compose.redrive(world.made))
