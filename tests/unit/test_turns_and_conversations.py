"""Small rules of turns, conversations, tickets, tenants and profiles, as tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.conversation import SESSION_SILENCE_S, WINDOW_S, Conversation, session_start
from sahut.domain.handover import HandoverReason, reason_of
from sahut.domain.message import (
    AccountNotice,
    Channel,
    Contact,
    DeliveryStatus,
    InboundMessage,
    MessageKind,
    status_rank,
)
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import (
    NOTICE,
    ClaimedMessage,
    Part,
    Turn,
    TurnState,
    answer_part_id,
    callback_data,
    read_callback_data,
)
from sahut.runtime import stage_errors

NOW = 1_800_000_000.0
REF = ConversationRef(TenantId("shop"), "c1")
HEAD = Conversation(REF, Channel.WHATSAPP, "100", Contact(phone="6281"))


# ── conversations ─────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("channel", "silence_s", "is_open"),
    [
        (Channel.WHATSAPP, 0, True),
        (Channel.WHATSAPP, WINDOW_S - 0.1, True),
        (Channel.WHATSAPP, WINDOW_S, False),
        (Channel.WEBCHAT, WINDOW_S * 30, True),
    ],
)
def test_the_window_is_open_for_a_day_where_there_is_one(
    channel: Channel, silence_s: float, is_open: bool
) -> None:
    head = replace(HEAD, channel=channel, last_customer_at=NOW)
    assert head.window_open(NOW + silence_s) is is_open


@pytest.mark.parametrize(
    ("previous_at", "now", "started_at"),
    [
        (0.0, NOW, NOW),  # the first message ever
        (NOW - 1, NOW, NOW - 500),
        (NOW - SESSION_SILENCE_S, NOW, NOW - 500),
        (NOW - SESSION_SILENCE_S - 1, NOW, NOW),
    ],
)
def test_a_session_ends_after_a_day_of_silence(previous_at: float, now: float, started_at: float) -> None:
    assert session_start(previous_at, NOW - 500, now) == started_at


@pytest.mark.parametrize(
    ("started", "disclosed", "must"),
    [(10.0, 0.0, True), (10.0, 9.9, True), (10.0, 10.0, False), (10.0, 11.0, False)],
)
def test_each_session_hears_once_that_a_machine_writes(started: float, disclosed: float, must: bool) -> None:
    assert replace(HEAD, session_started_at=started, disclosed_at=disclosed).must_disclose is must


# ── turns ─────────────────────────────────────────────────────────────────────────────────────────
FINAL = {TurnState.ANSWERED, TurnState.HANDED_OVER, TurnState.LEFT_TO_PERSON, TurnState.WITHDRAWN}


@pytest.mark.parametrize("state", list(TurnState))
def test_a_turn_is_final_is_dispatched_or_is_settling(state: TurnState) -> None:
    assert state.final is (state in FINAL)
    assert state.needs_dispatch is (state in (TurnState.OPEN, TurnState.HANDING_OVER))
    assert [state.final, state.needs_dispatch, state is TurnState.SETTLING].count(True) == 1


def turn(**fields: Any) -> Turn:
    return Turn(TurnRef(REF, "t1"), TurnState.OPEN, 1, fields.pop("messages", ()), 1, NOW, **fields)


def test_the_answers_parts_are_this_rounds_in_sending_order() -> None:
    ids = ["a1-1", "a2-10", "a2-2", "a2-1", "a22-1", NOTICE]
    parts = {
        each: Part(each, each, order=int(each.rpartition("-")[2] or 0) if "-" in each else 0) for each in ids
    }
    assert [part.part_id for part in turn(parts=parts, round=2).answer_parts] == ["a2-1", "a2-2", "a2-10"]
    assert turn(parts={}, round=1).answer_parts == ()
    assert answer_part_id(2, 10) == "a2-10"


def test_the_question_is_the_burst_one_message_a_line() -> None:
    messages = (
        ClaimedMessage(1, "wamid.1", MessageKind.TEXT, "halo"),
        ClaimedMessage(2, "wamid.2", MessageKind.IMAGE, ""),
        ClaimedMessage(3, "wamid.3", MessageKind.TEXT, "ongkir?"),
    )
    assert turn(messages=messages).question == "halo\nongkir?"
    assert (turn(messages=messages).last_message_id, turn().last_message_id) == ("wamid.3", "")


IDS = st.text(st.characters(exclude_characters="|", exclude_categories=["Cs"]), min_size=1, max_size=60)


@given(IDS, IDS, IDS)
def test_callback_data_comes_back_as_it_went(conversation_id: str, turn_id: str, part_id: str) -> None:
    ref = TurnRef(ConversationRef(TenantId("shop"), conversation_id), turn_id)
    assert read_callback_data(callback_data(ref, part_id)) == (conversation_id, turn_id, part_id)


def test_our_own_callback_data_is_shorter_than_whatsapp_allows() -> None:
    ref = TurnRef(ConversationRef(TenantId("shop"), "c" * 80), "t" * 80)
    assert len(callback_data(ref, answer_part_id(99, 99))) <= 512


@given(st.text(max_size=600))
def test_foreign_callback_data_is_nothing_or_three_names(text: str) -> None:
    read = read_callback_data(text)
    assert read is None or (all(read) and "|".join(read) == text)


@pytest.mark.parametrize("text", ["", "|", "||", "a|b", "a||c", "|b|c", "a|b|", "a|b|c|d", "{}"])
def test_what_is_not_ours_is_nothing(text: str) -> None:
    assert read_callback_data(text) is None


# ── hand-overs ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("reason", list(HandoverReason))
def test_a_reason_is_read_as_itself(reason: HandoverReason) -> None:
    assert reason_of(reason.value) is reason


@pytest.mark.parametrize("error", [each.__name__ for each in stage_errors.ALL])
def test_every_error_of_the_workflow_is_a_failure_but_lateness(error: str) -> None:
    expected = HandoverReason.TOO_LATE if error == "DeadlinePassed" else HandoverReason.FAILURE
    assert reason_of(error) is expected


@pytest.mark.parametrize("text", ["", "States.Timeout", "Lambda.Unknown", "NO_EVIDENCE", "x" * 300])
def test_whatever_else_is_a_failure(text: str) -> None:
    assert reason_of(text) is HandoverReason.FAILURE


# ── tenants ───────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("value", ["a", "toko-melati", "0", "a" * 40])
def test_a_tenant_id_is_plain(value: str) -> None:
    assert str(TenantId(value)) == value


@pytest.mark.parametrize("value", ["", "A", "a#b", "a/b", "a b", "-a", "a" * 41, "a\n", "ä", "a\x00", "../a"])
def test_no_tenant_id_leaves_its_prefix(value: str) -> None:
    with pytest.raises(ValueError, match="tenant id") as raised:
        TenantId(value)
    assert not value.strip() or value not in str(raised.value) or len(value) < 3


# ── messages ──────────────────────────────────────────────────────────────────────────────────────
SILENT = {"reaction", "system", "edit", "revoke", "echo"}


@pytest.mark.parametrize("kind", list(MessageKind))
def test_what_customers_say_starts_a_turn_and_the_rest_does_not(kind: MessageKind) -> None:
    message = InboundMessage("wamid.1", kind, Contact(phone="6281"), NOW)
    assert message.starts_turn is (kind.value not in SILENT)


def test_statuses_have_one_order() -> None:
    order = [DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ, DeliveryStatus.PLAYED]
    assert [status_rank(each) for each in order] == [1, 2, 3, 4]
    assert status_rank(DeliveryStatus.FAILED) == 0


@pytest.mark.parametrize(
    ("contact", "aliases"),
    [
        (Contact(phone="6281"), ("phone:6281",)),
        (Contact(user_id="ID.1"), ("user:ID.1",)),
        (Contact(phone="6281", user_id="ID.1"), ("user:ID.1", "phone:6281")),
        (Contact(phone="6281", user_id="ID.1", group_id="g"), ("group:g",)),
        (Contact(username="ana", name="Ana"), ()),
    ],
)
def test_a_contact_is_found_by_its_addresses(contact: Contact, aliases: tuple[str, ...]) -> None:
    assert contact.aliases == aliases


@pytest.mark.parametrize(
    ("ids", "links"),
    [
        ({}, ()),
        ({"phone": "1", "new_user_id": "B"}, ()),
        (
            {"phone": "1", "old_user_id": "A", "new_user_id": "B"},
            (("user:A", "user:B"), ("phone:1", "user:B")),
        ),
        ({"phone": "2", "old_phone": "1"}, (("phone:1", "phone:2"),)),
    ],
)
def test_a_changed_id_links_the_new_name_to_the_known_one(
    ids: dict[str, str], links: tuple[tuple[str, str], ...]
) -> None:
    found = set(AccountNotice("user_id_update", "", "", **ids).links)
    assert set(links) <= found
    assert all(known != added and not known.endswith(":") for known, added in found)
    assert bool(found) is bool(links)
