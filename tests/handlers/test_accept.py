"""Accept: every item of a webhook is stored and queued, kept as a letter, or asked for again. Never lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
import pytest

from sahut.domain.conversation import Owner
from sahut.domain.errors import Conflict, NotFound, Refused, SahutError, TryAgain
from sahut.domain.message import (
    AccountNotice,
    Channel,
    ChannelBatch,
    Contact,
    DeliveryStatus,
    InboundMessage,
    MessageKind,
    StatusUpdate,
)
from sahut.domain.tenant import TenantId, TurnRef
from sahut.domain.turn import callback_data
from sahut.ports.work import Letter
from sahut.runtime import compose
from sahut.stages.accept import Accepting, accept
from tests.handlers.conftest import NUMBER, SHOP, World
from tests.handlers.steps import dispatch_jobs, items_of, lines, send, settle_jobs, written

RAW = b'{"object": "whatsapp_business_account"}'


def message(number: int, text: str = "halo", **changes: Any) -> InboundMessage:
    plain = InboundMessage(f"wamid.{number}", MessageKind.TEXT, Contact(phone="6281"), 1.8e9, text)
    return replace(plain, **changes)


def batch(*messages: InboundMessage, number: str = NUMBER, **fields: Any) -> ChannelBatch:
    return ChannelBatch(Channel.WHATSAPP, number, messages, **fields)


def letters() -> list[dict[str, Any]]:
    return [item for item in items_of("logs") if item["pk"] == "LETTERS"]


@dataclass
class Breaking:
    """Stands before a real store and fails for chosen items; what it keeps, it keeps."""

    real: Any
    method: str
    error: Exception
    when: Callable[..., bool] = lambda *_: True
    kept: list[Letter] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> Any:
            if name == self.method and self.when(*arguments):
                raise self.error
            return getattr(self.real, name)(*arguments)

        return call


def needs(world: World, **broken: Any) -> Accepting:
    return replace(compose.accept(world.made), **broken)


def test_every_message_of_every_batch_is_stored_and_queued_in_order(world: World) -> None:
    batches = [batch(message(1), message(2)), batch(message(3, contact=Contact(phone="6282")))]
    done = accept(batches, RAW, needs(world))
    assert (done.stored, done.duplicates, done.refused, done.retry) == (3, 0, 0, False)
    jobs = dispatch_jobs(world)
    assert [(job["message_id"], job["line"], job["attempt"]) for job in jobs] == [
        ("wamid.1", 1, 1),
        ("wamid.2", 2, 1),
        ("wamid.3", 1, 1),
    ]
    assert "halo" not in json.dumps(jobs)


def test_a_duplicate_is_queued_again_under_a_new_deduplication_id(world: World) -> None:
    """The queue forgets ids after five minutes at the earliest, the claim decides anyway."""
    done = [accept([batch(message(1))], RAW, needs(world)) for _ in range(3)]
    assert [(each.stored, each.duplicates) for each in done] == [(1, 0), (1, 1), (1, 1)]
    assert [job["attempt"] for job in dispatch_jobs(world)] == [1, 2, 3]


def test_an_answered_duplicate_is_not_queued(world: World) -> None:
    _, task, turn_id = written(world)
    send(world, task, turn_id)
    done = accept([batch(message(1))], RAW, needs(world))
    assert (done.duplicates, dispatch_jobs(world)) == (1, [])


BAD: list[tuple[SahutError | ValueError, bool]] = [
    # the failure of one item, and whether the whole webhook is asked for again
    (TryAgain("throttled"), True),
    (Conflict("changed"), True),
    (Refused("too large"), False),
    (NotFound("profile"), False),
    (ValueError("no such kind"), False),
]


@pytest.mark.parametrize(("error", "retry"), BAD, ids=lambda value: type(value).__name__)
def test_one_bad_message_does_not_take_its_siblings(world: World, error: Exception, retry: bool) -> None:
    inbound = Breaking(world.made.inbound, "store", error, lambda *a: a[3].provider_id == "wamid.2")
    done = accept(
        [batch(message(1), message(2, "secret words"), message(3))], RAW, needs(world, inbound=inbound)
    )
    assert (done.stored, done.refused, done.retry) == (2, int(not retry), retry)
    assert [job["message_id"] for job in dispatch_jobs(world)] == ["wamid.1", "wamid.3"]
    kept = letters()
    assert len(kept) == int(not retry)
    for letter in kept:
        assert (letter["kind"], letter["tenant_id"], letter["state"]) == ("unstorable", "shop", "open")
        assert "secret words" in letter["body"], "what could not be stored is kept whole"


def test_a_letter_that_cannot_be_kept_asks_for_the_webhook_again(world: World) -> None:
    letter_box = Breaking(world.made.letters, "record", TryAgain("throttled"))
    refused = (("{}", "a message without a usable id"),)
    done = accept(
        [batch(message(1), refused=refused), batch(number="nobody's")], RAW, needs(world, letters=letter_box)
    )
    assert (done.stored, done.unrouted, done.retry) == (1, 1, True)
    assert len(dispatch_jobs(world)) == 1


def test_a_queue_that_fails_asks_for_the_webhook_again_and_nothing_is_stored_twice(world: World) -> None:
    queue = Breaking(world.made.dispatch_queue, "put", TryAgain("3 messages were not queued"))
    assert accept([batch(message(1))], RAW, needs(world, queue=queue)).retry
    assert dispatch_jobs(world) == []
    assert not accept([batch(message(1))], RAW, needs(world)).retry
    [job] = dispatch_jobs(world)
    assert (job["message_id"], job["attempt"]) == ("wamid.1", 2)


def test_the_queue_takes_more_than_one_batch(world: World) -> None:
    customers = [message(n, contact=Contact(phone=f"628{n}")) for n in range(23)]
    assert not accept([batch(*customers)], RAW, needs(world)).retry
    assert len(dispatch_jobs(world)) == 23


def test_an_unrouted_webhook_is_kept_whole_and_once(world: World) -> None:
    for _ in range(2):
        done = accept([batch(message(1), number="nobody's")], RAW, needs(world))
        assert (done.unrouted, done.stored, done.retry) == (1, 0, False)
    [letter] = letters()
    assert (letter["kind"], letter["body"], letter["tenant_id"]) == ("unrouted", RAW.decode(), "")
    assert letter["expires_at"] == int(world.now) + 14 * 86_400


def test_a_large_letter_lies_in_the_bucket(world: World) -> None:
    raw = b"x" * 2_000_000
    accept([batch(message(1), number="nobody's")], raw, needs(world))
    [letter] = letters()
    assert world.made.documents.get(str(letter["object_key"])) == raw
    assert str(letter["object_key"]).startswith("dead-letters/")
    assert "body" not in letter


def test_what_could_not_be_read_is_kept_beside_what_could(world: World) -> None:
    done = accept(
        [batch(message(1), refused=(('{"id": 1}', "a message without a usable id"),))], RAW, needs(world)
    )
    assert (done.stored, done.refused, done.retry) == (1, 1, False)
    [letter] = letters()
    assert (letter["kind"], letter["body"]) == ("unreadable", '{"id": 1}')


def test_a_failed_status_is_settled_at_once(world: World) -> None:
    stored, task, turn_id = written(world)
    send(world, task, turn_id)
    data = callback_data(TurnRef(stored.conversation, turn_id), "a1-1")
    for name in (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED):
        update = StatusUpdate("wamid.out.1", name, world.now, data, 131026)
        done = accept([batch(statuses=(update,))], RAW, needs(world))
        assert (done.statuses, done.retry) == (1, False)
    [job] = settle_jobs(world)
    assert (job["cause"], job["turn_id"]) == ("failed", turn_id)


def test_edits_and_revokes_change_their_message_and_are_not_queued(world: World) -> None:
    accept([batch(message(1))], RAW, needs(world))
    dispatch_jobs(world)
    edit = message(2, "Halo!", kind=MessageKind.EDIT, target_id="wamid.1")
    done = accept([batch(edit)], RAW, needs(world))
    assert (done.stored, dispatch_jobs(world)) == (1, [])
    stored = world.made.inbound.stored(SHOP, NUMBER, "wamid.1")
    assert [line.text for line in lines(world, stored.conversation)] == ["Halo!"]


def test_echoes_take_over_and_reactions_are_only_kept(world: World) -> None:
    echo = message(1, "Saya bantu ya", kind=MessageKind.ECHO)
    reaction = message(2, "👍", kind=MessageKind.REACTION, target_id="wamid.out.1")
    done = accept([batch(reaction, echo)], RAW, needs(world))
    assert (done.stored, dispatch_jobs(world)) == (2, [])
    ref = world.made.inbound.stored(SHOP, NUMBER, "wamid.1").conversation
    assert world.head(ref).owner is Owner.PERSON


def test_a_changed_user_id_keeps_the_conversation_and_is_told_to_the_tenant(world: World) -> None:
    accept([batch(message(1, contact=Contact(user_id="ID.1")))], RAW, needs(world))
    notice = AccountNotice("user_id_update", "changed", "{}", old_user_id="ID.1", new_user_id="ID.2")
    assert not accept([batch(notices=(notice,))], RAW, needs(world)).retry
    accept([batch(message(2, contact=Contact(user_id="ID.2")))], RAW, needs(world))
    first, second = (world.made.inbound.stored(SHOP, NUMBER, f"wamid.{n}") for n in (1, 2))
    assert first.conversation == second.conversation
    [told] = [item for item in items_of("logs") if item["pk"] == "T#shop#AUDIT"]
    assert (told["event"], told["channel_key"]) == ("channel.user_id_update", NUMBER)


def test_an_accounts_notice_reaches_all_numbers_of_its_tenant(world: World) -> None:
    registry = boto3.resource("dynamodb").Table("registry")
    registry.put_item(Item={"pk": "CHANNEL#whatsapp_account#w1", "sk": "ROUTE", "tenant_id": "shop"})
    registry.update_item(
        Key={"pk": "TENANT#shop", "sk": "PROFILE"},
        UpdateExpression="SET phone_number_ids = :all",
        ExpressionAttributeValues={":all": [NUMBER, "second"]},
    )
    for number in (NUMBER, "second"):
        world.made.inbound.store(
            SHOP, Channel.WHATSAPP, number, message(1, contact=Contact(user_id="ID.1")), 1.8e9
        )
    notice = AccountNotice("user_id_update", "changed", "{}", old_user_id="ID.1", new_user_id="ID.2")
    done = accept([batch(notices=(notice,), number="", account_id="w1")], RAW, needs(world))
    assert (done.unrouted, done.retry) == (0, False)
    assert all(world.made.inbox.find(SHOP, number, "user:ID.2") for number in (NUMBER, "second"))


def test_notices_of_the_same_moment_are_all_kept(world: World) -> None:
    notices = tuple(AccountNotice("account_alerts", "x", json.dumps({"n": n})) for n in range(3))
    accept([batch(notices=notices)], RAW, needs(world))
    assert len([item for item in items_of("logs") if item["pk"] == "T#shop#AUDIT"]) == 3


def test_a_tenant_without_a_profile_does_not_hold_up_its_customers(world: World) -> None:
    boto3.resource("dynamodb").Table("registry").delete_item(Key={"pk": "TENANT#shop", "sk": "PROFILE"})
    notice = AccountNotice("account_update", "x", "{}")
    batches = [batch(message(1)), batch(notices=(notice,), number="", account_id="w1")]
    done = accept(batches, RAW, needs(world, tenant_of=lambda _: SHOP))
    assert (done.stored, done.refused, done.retry) == (1, 1, False)
    assert len(dispatch_jobs(world)) == 1


@pytest.mark.parametrize("length", [300, 512])
def test_what_is_stored_is_queued_however_long_its_id(world: World, length: int) -> None:
    done = accept([batch(message(1, provider_id="w" * length))], RAW, needs(world))
    assert (done.stored, done.refused, len(dispatch_jobs(world))) == (1, 0, 1)


def test_tenants_do_not_meet(world: World) -> None:
    boto3.resource("dynamodb").Table("registry").put_item(
        Item={"pk": "CHANNEL#whatsapp#bank number", "sk": "ROUTE", "tenant_id": "bank"}
    )
    accept([batch(message(1)), batch(message(1), number="bank number")], RAW, needs(world))
    assert {job["tenant_id"] for job in dispatch_jobs(world)} == {"shop", "bank"}
    heads = [item["pk"] for item in items_of("conversations") if item["sk"] == "HEAD"]
    assert sorted(pk.split("#C#")[0] for pk in heads) == ["T#bank", "T#shop"]
    assert world.made.inbox.list(TenantId("bank"), Owner.MACHINE, 10)[0].tenant == TenantId("bank")
