"""Storing what customers write: once, in one conversation, whoever they are and however they come."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from sahut.domain.conversation import SESSION_SILENCE_S, WINDOW_S, Owner
from sahut.domain.errors import NotFound
from sahut.domain.message import Channel, Contact, InboundMessage, MessageKind
from sahut.domain.tenant import TenantId
from sahut.ports.conversations import Stored
from tests.handlers.conftest import NUMBER, SHOP, World
from tests.handlers.steps import claimed, for_threads, items_of, lines, send, write_answer

PHONE, OTHER_PHONE = "6281", "6282"
USER, OTHER_USER = "ID.1", "ID.2"


def store(world: World, contact: Contact, message_id: str, **changes: object) -> Stored:
    """A message of `contact`; changes: other fields of InboundMessage."""
    fields: dict[str, object] = {"kind": MessageKind.TEXT, "sent_at": world.now, "text": "halo", **changes}
    message = InboundMessage(provider_id=message_id, contact=contact, **fields)  # type: ignore[arg-type]
    return world.made.inbound.store(SHOP, Channel.WHATSAPP, NUMBER, message, world.now)


def test_a_message_is_stored_once_with_its_place_in_the_conversation(world: World) -> None:
    first = store(world, Contact(phone=PHONE), "wamid.1")
    second = store(world, Contact(phone=PHONE), "wamid.2")
    assert (first.line, first.attempt, first.needs_dispatch, first.duplicate) == (1, 1, True, False)
    assert second.conversation == first.conversation
    head = world.head(first.conversation)
    assert (head.line_seq, head.inbound_seq, head.owner, head.channel_key) == (2, 2, Owner.MACHINE, NUMBER)
    assert [(line.line, line.provider_id, line.author) for line in lines(world, first.conversation)] == [
        (1, "wamid.1", "customer"),
        (2, "wamid.2", "customer"),
    ]


def test_a_duplicate_changes_nothing_but_its_attempt(world: World) -> None:
    first = store(world, Contact(phone=PHONE), "wamid.1")
    before = (world.head(first.conversation), lines(world, first.conversation))
    again = [store(world, Contact(phone=PHONE), "wamid.1", text="changed on the way") for _ in range(3)]
    assert [each.attempt for each in again] == [2, 3, 4]
    assert all(each.duplicate and each.needs_dispatch and each.line == first.line for each in again)
    assert (world.head(first.conversation), lines(world, first.conversation)) == before


def test_the_same_provider_id_on_two_numbers_is_two_messages(world: World) -> None:
    message = InboundMessage("wamid.1", MessageKind.TEXT, Contact(phone=PHONE), world.now, "halo")
    refs = {
        world.made.inbound.store(tenant, Channel.WHATSAPP, number, message, world.now).conversation
        for tenant, number in ((SHOP, NUMBER), (SHOP, "other number"), (TenantId("bank"), NUMBER))
    }
    assert len(refs) == 3


@pytest.mark.parametrize("customers", [1, 2])
def test_first_messages_at_once_make_one_conversation_each(world: World, customers: int) -> None:
    for_threads(world)
    posts = 8
    together = Barrier(posts)

    def post(number: int) -> Stored:
        together.wait()
        who = number % customers
        return store(world, Contact(phone=f"628{who}", user_id=f"ID.{who}"), f"wamid.{number}")

    with ThreadPoolExecutor(posts) as pool:
        stored = list(pool.map(post, range(posts)))
    refs = {each.conversation for each in stored}
    assert len(refs) == customers
    for ref in refs:
        head = world.head(ref)
        assert (head.line_seq, head.inbound_seq) == (posts // customers, posts // customers)
        assert [line.line for line in lines(world, ref)] == list(range(1, head.line_seq + 1))
    assert len([item for item in items_of("conversations") if item["sk"] == "HEAD"]) == customers


def test_one_message_posted_twice_at_once_is_stored_once(world: World) -> None:
    for_threads(world)
    together = Barrier(4)

    def post(_: int) -> Stored:
        together.wait()
        return store(world, Contact(phone=PHONE), "wamid.1")

    with ThreadPoolExecutor(4) as pool:
        stored = list(pool.map(post, range(4)))
    assert sorted(each.duplicate for each in stored) == [False, True, True, True]
    assert {each.line for each in stored} == {1}
    assert world.head(stored[0].conversation).inbound_seq == 1


ALIAS_ROADS = [
    # who writes, one message each; all of them are one customer
    [Contact(phone=PHONE), Contact(phone=PHONE, user_id=USER), Contact(user_id=USER)],
    [Contact(user_id=USER), Contact(phone=PHONE, user_id=USER), Contact(phone=PHONE)],
    [Contact(user_id=USER), Contact(user_id=USER, username="ana")],
    [Contact(phone=PHONE), Contact(phone=PHONE, name="Ana")],
    [Contact(group_id="g1", phone=PHONE), Contact(group_id="g1", user_id=OTHER_USER)],
]


def test_a_customer_stays_one_conversation_under_any_name(world: World) -> None:
    for road, contacts in enumerate(ALIAS_ROADS):
        number = f"number of road {road}"
        refs = set()
        for place, contact in enumerate(contacts):
            message = InboundMessage(f"wamid.{place}", MessageKind.TEXT, contact, world.now, "halo")
            stored = world.made.inbound.store(SHOP, Channel.WHATSAPP, number, message, world.now)
            refs.add(stored.conversation)
        assert len(refs) == 1, contacts


def test_a_group_is_another_partner_than_its_members(world: World) -> None:
    alone = store(world, Contact(phone=PHONE), "wamid.1")
    in_group = store(world, Contact(phone=PHONE, group_id="g1"), "wamid.2")
    assert alone.conversation != in_group.conversation


def test_replies_go_to_where_the_customer_writes_from_now(world: World) -> None:
    """After a change of number the old one may be somebody else's."""
    first = store(world, Contact(phone=PHONE, user_id=USER, name="Ana"), "wamid.1")
    world.made.amendments.link_alias(SHOP, NUMBER, f"user:{USER}", f"user:{OTHER_USER}")
    world.now += 60
    moved = store(world, Contact(phone=OTHER_PHONE, user_id=OTHER_USER, name="Ana"), "wamid.2")
    assert moved.conversation == first.conversation
    contact = world.head(first.conversation).contact
    assert (contact.phone, contact.user_id) == (OTHER_PHONE, OTHER_USER)
    store(world, Contact(user_id=OTHER_USER), "wamid.3")
    assert world.head(first.conversation).contact.phone == OTHER_PHONE, "a hidden number is still the number"
    store(world, Contact(phone=PHONE, user_id=USER), "wamid.late", sent_at=world.now - 100)
    assert world.head(first.conversation).contact.phone == OTHER_PHONE, "a late message says nothing new"


NEW_ADDRESSES = [
    # known, then said by the next message, and so reached at
    ((PHONE, USER), ("", OTHER_USER), ("", OTHER_USER)),  # an id changes with its number
    ((PHONE, USER), (OTHER_PHONE, ""), (OTHER_PHONE, "")),
    ((PHONE, USER), (PHONE, ""), (PHONE, USER)),
    ((PHONE, USER), ("", USER), (PHONE, USER)),
    ((PHONE, ""), ("", OTHER_USER), (PHONE, OTHER_USER)),
    (("", USER), (PHONE, USER), (PHONE, USER)),
]


def test_an_address_that_changed_makes_the_other_one_stale(world: World) -> None:
    for row, (known, said, reached) in enumerate(NEW_ADDRESSES):
        number = f"number of row {row}"
        first = InboundMessage("wamid.1", MessageKind.TEXT, Contact(*known), world.now, "halo")
        second = replace(first, provider_id="wamid.2", contact=Contact(*said))
        ref = world.made.inbound.store(SHOP, Channel.WHATSAPP, number, first, world.now).conversation
        for added in second.contact.aliases:
            world.made.amendments.link_alias(SHOP, number, first.contact.aliases[0], added)
        assert world.made.inbound.store(SHOP, Channel.WHATSAPP, number, second, world.now).conversation == ref
        contact = world.head(ref).contact
        assert (contact.phone, contact.user_id) == reached, (known, said)


def test_an_echo_of_the_staff_means_that_a_person_took_over(world: World) -> None:
    first = store(world, Contact(phone=PHONE), "wamid.1")
    echo = store(world, Contact(phone=PHONE), "wamid.2", kind=MessageKind.ECHO, text="Sebentar ya")
    head = world.head(first.conversation)
    assert (head.owner, head.inbound_seq, echo.needs_dispatch) == (Owner.PERSON, 1, False)
    assert lines(world, first.conversation)[1].author == "staff_phone"
    assert world.made.inbox.list(SHOP, Owner.PERSON, 10) == [first.conversation]
    assert world.made.inbox.list(SHOP, Owner.MACHINE, 10) == []
    world.made.ownership.release(first.conversation, world.now, "ana")
    store(world, Contact(phone=PHONE), "wamid.2", kind=MessageKind.ECHO, text="Sebentar ya")
    assert world.head(first.conversation).owner is Owner.MACHINE, "its repetition is no second take-over"


def test_an_echo_to_a_new_customer_opens_the_persons_conversation_without_a_window(world: World) -> None:
    echo = store(world, Contact(phone=PHONE), "wamid.1", kind=MessageKind.ECHO, text="Pesanan Anda siap")
    head = world.head(echo.conversation)
    assert (head.owner, head.last_customer_at, head.window_open(world.now)) == (Owner.PERSON, 0.0, False)


def test_what_needs_no_answer_raises_nothing_and_is_not_queued(world: World) -> None:
    for kind in ("reaction", "system", "edit", "revoke", "echo"):
        stored = store(world, Contact(phone=PHONE), f"wamid.{kind}", kind=MessageKind(kind))
        assert not stored.needs_dispatch
        assert world.head(stored.conversation).inbound_seq == 0
        assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)


def test_the_window_counts_from_the_customers_own_clock_but_never_from_the_future(world: World) -> None:
    stored = store(world, Contact(phone=PHONE), "wamid.1", sent_at=world.now + 3600)
    assert world.head(stored.conversation).last_customer_at == world.now
    store(world, Contact(phone=PHONE), "wamid.2", sent_at=world.now - 3600)
    head = world.head(stored.conversation)
    assert head.last_customer_at == world.now, "a late message does not shorten the window"
    assert head.window_open(world.now + WINDOW_S - 1)
    assert not head.window_open(world.now + WINDOW_S)


def test_a_session_ends_after_a_day_of_silence_and_the_machine_says_again_what_it_is(world: World) -> None:
    stored, task, turn_id = claimed(world)
    started = world.head(stored.conversation).session_started_at
    write_answer(world, task, turn_id)
    send(world, task, turn_id)
    assert not world.head(stored.conversation).must_disclose
    world.now += SESSION_SILENCE_S - 1
    world.write("masih ada?", "wamid.2")
    assert world.head(stored.conversation).session_started_at == started
    world.now += SESSION_SILENCE_S + 1
    world.write("halo lagi", "wamid.3")
    head = world.head(stored.conversation)
    assert (head.session_started_at, head.must_disclose) == (world.now, True)


def test_a_message_revoked_before_it_came_does_not_make_an_answer_stale(world: World) -> None:
    stored, task, turn_id = claimed(world)
    write_answer(world, task, turn_id)
    world.change(MessageKind.REVOKE, "wamid.2")
    late = world.write("lupakan", "wamid.2")
    assert not late.needs_dispatch
    assert world.head(stored.conversation).inbound_seq == 1
    assert send(world, task, turn_id) == "answered"


def test_a_stored_message_is_found_again_only_by_its_own_tenant(world: World) -> None:
    stored = world.write("halo")
    again = world.made.inbound.stored(SHOP, NUMBER, "wamid.1")
    assert (again.conversation, again.attempt, again.needs_dispatch) == (stored.conversation, 2, True)
    for tenant, number, message_id in (
        (TenantId("bank"), NUMBER, "wamid.1"),
        (SHOP, "other", "wamid.1"),
        (SHOP, NUMBER, "wamid.9"),
    ):
        with pytest.raises(NotFound):
            world.made.inbound.stored(tenant, number, message_id)


ODD_IDS = [
    "wamid.HBgLNjI4MTE=\u00e9",
    "a#b|c",
    "' OR 1=1 --",
    "x" * 512,
    "\U0001f600" * 100,
    "MESSAGE",
    "../x",
]


def test_odd_message_ids_are_ids_like_any_other(world: World) -> None:
    stored = [store(world, Contact(phone=PHONE), each) for each in ODD_IDS]
    assert [each.line for each in stored] == list(range(1, len(ODD_IDS) + 1))
    assert all(store(world, Contact(phone=PHONE), each).duplicate for each in ODD_IDS)
