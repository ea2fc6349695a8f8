"""What changes a stored message or a sent part later: in any order, repeated, and before its time."""

from __future__ import annotations

import itertools

import pytest

from sahut.contracts.jobs import SettleCause
from sahut.domain.message import (
    Contact,
    DeliveryStatus,
    InboundMessage,
    MessageKind,
    StatusUpdate,
    status_rank,
)
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import NOTICE, TurnState, callback_data
from sahut.ports.conversations import Line
from sahut.runtime import compose
from sahut.stages.gather import gather
from sahut.stages.settle import settle
from sahut.stages.uncertain import settle_job
from tests.handlers.conftest import NUMBER, SHOP, World
from tests.handlers.steps import claimed, give_up, lines, send, tell, write_answer, written

EDIT, REVOKE = MessageKind.EDIT, MessageKind.REVOKE
FAILED = DeliveryStatus.FAILED


def line_of(world: World, message_id: str = "wamid.1") -> Line:
    stored = world.made.inbound.stored(SHOP, NUMBER, message_id)
    return next(line for line in lines(world, stored.conversation) if line.line == stored.line)


def status(
    world: World, name: DeliveryStatus, turn: TurnRef, part: str = "a1-1", code: int = 0
) -> TurnRef | None:
    update = StatusUpdate("wamid.out.1", name, world.now, callback_data(turn, part), code)
    return world.made.amendments.status(SHOP, NUMBER, update)


# ── edits and revokes ─────────────────────────────────────────────────────────────────────────────
def test_the_newest_edit_wins_in_any_order_also_before_its_message(world: World) -> None:
    steps = ("message", "first", "second", "third")
    for number, order in enumerate(itertools.permutations(steps)):
        message_id = f"wamid.{number}"
        for step in order:
            if step == "message":
                world.write("as it was", message_id)
            else:
                world.change(EDIT, message_id, step, at=world.now + steps.index(step))
        assert line_of(world, message_id).text == "third", order


@pytest.mark.parametrize("revoked_after_s", [2.0, 1.0, 0.5], ids=["later", "same second", "skewed clock"])
def test_a_revoke_is_final_whenever_it_comes(world: World, revoked_after_s: float) -> None:
    """Meta's timestamps are whole seconds, so an edit and a revoke may carry the same one."""
    for number, order in enumerate(itertools.permutations(("message", "edit", "revoke"))):
        message_id = f"wamid.{number}"
        for step in order:
            if step == "message":
                world.write("as it was", message_id)
            elif step == "edit":
                world.change(EDIT, message_id, "edited", at=world.now + 1)
            else:
                world.change(REVOKE, message_id, at=world.now + revoked_after_s)
        stored = world.made.inbound.stored(SHOP, NUMBER, message_id)
        assert (line_of(world, message_id).revoked, stored.needs_dispatch) == (True, False), order


def test_repeated_changes_count_once(world: World) -> None:
    stored, _, turn_id = claimed(world)
    world.write("dan satu lagi", "wamid.2")
    for _ in range(3):
        world.change(EDIT, "wamid.1", "edited", at=world.now + 1)
    assert world.head(stored.conversation).inbound_seq == 3  # two messages, one edit
    for _ in range(3):
        world.change(REVOKE, "wamid.1", at=world.now + 2)
    head = world.head(stored.conversation)
    assert (head.inbound_seq, head.open_turn_live, head.open_turn_id) == (4, 0, turn_id)


def test_a_change_raises_nothing_when_no_answer_is_under_way(world: World) -> None:
    stored = world.write("halo")
    world.change(EDIT, "wamid.1", "unclaimed yet", at=world.now + 1)
    assert world.head(stored.conversation).inbound_seq == 1
    task = world.task(stored.conversation)
    turn_id = gather(task, compose.gather(world.made)).turn_id
    write_answer(world, task, turn_id)
    send(world, task, turn_id)
    world.change(EDIT, "wamid.1", "answered already", at=world.now + 2)
    world.change(REVOKE, "wamid.1", at=world.now + 3)
    assert world.head(stored.conversation).inbound_seq == 1
    assert world.turn(stored.conversation, turn_id).state is TurnState.ANSWERED
    assert line_of(world).revoked


def test_another_tenants_message_of_the_same_id_stays_as_it_is(world: World) -> None:
    world.write("halo")
    foreign = InboundMessage("x", REVOKE, Contact(phone="6281"), world.now + 9, target_id="wamid.1")
    world.made.amendments.amend(TenantId("bank"), NUMBER, foreign, world.now)
    world.made.amendments.amend(SHOP, "another number", foreign, world.now)
    assert not line_of(world).revoked


# ── statuses ──────────────────────────────────────────────────────────────────────────────────────
FORWARD = (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ)


def test_statuses_only_go_forward(world: World) -> None:
    orders = [*itertools.permutations(FORWARD), (*FORWARD, *FORWARD), FORWARD[2:]]
    stored, task, turn_id = written(world, parts=len(orders))
    send(world, task, turn_id)
    ref = TurnRef(stored.conversation, turn_id)
    for part, order in enumerate(orders):
        highest = 0
        for name in order:
            assert status(world, name, ref, f"a1-{part + 1}") is None
            highest = max(highest, status_rank(name))
            assert world.turn(*ref_of(ref)).answer_parts[part].status_rank == highest, order


def ref_of(ref: TurnRef) -> tuple[ConversationRef, str]:
    return ref.conversation, ref.turn_id


def test_a_failure_reopens_the_outcome_and_keeps_how_far_it_came(world: World) -> None:
    stored, task, turn_id = written(world)
    send(world, task, turn_id)
    ref = TurnRef(stored.conversation, turn_id)
    status(world, DeliveryStatus.DELIVERED, ref)
    assert status(world, FAILED, ref, code=131026) == ref
    part = world.turn(stored.conversation, turn_id).answer_parts[0]
    assert (part.failed_code, part.status_rank) == (131026, status_rank(DeliveryStatus.DELIVERED))
    assert status(world, FAILED, ref, code=131047) == ref, "its first copy may not have been queued"
    assert world.turn(stored.conversation, turn_id).answer_parts[0].failed_code == 131026
    settle(settle_job(ref, SettleCause.FAILED), compose.settle(world.made))
    assert world.turn(*ref_of(ref)).state is TurnState.HANDED_OVER
    assert status(world, FAILED, ref, code=131026) is None, "once: a person has it now"


def test_a_failure_without_a_code_is_a_failure(world: World) -> None:
    stored, task, turn_id = written(world)
    send(world, task, turn_id)
    ref = TurnRef(stored.conversation, turn_id)
    assert status(world, FAILED, ref) == ref
    assert world.turn(stored.conversation, turn_id).answer_parts[0].failed_code != 0


def test_a_failed_notice_reopens_nothing(world: World) -> None:
    stored, task, turn_id = claimed(world)
    give_up(world, task, turn_id)
    tell(world, task, turn_id)
    assert status(world, FAILED, TurnRef(stored.conversation, turn_id), NOTICE, 131026) is None


def test_a_status_finds_its_part_by_the_channels_id_alone(world: World) -> None:
    stored, task, turn_id = written(world)
    send(world, task, turn_id)
    update = StatusUpdate("wamid.out.1", DeliveryStatus.READ, world.now)
    assert world.made.amendments.status(SHOP, NUMBER, update) is None
    part = world.turn(stored.conversation, turn_id).answer_parts[0]
    assert part.status_rank == status_rank(DeliveryStatus.READ)
    failed = StatusUpdate("wamid.out.1", FAILED, world.now, error_code=131026)
    assert world.made.amendments.status(SHOP, NUMBER, failed) == TurnRef(stored.conversation, turn_id)


def note_delivered(world: World, ref: TurnRef) -> None:
    assert status(world, DeliveryStatus.DELIVERED, ref) is None


def test_a_status_that_comes_before_the_answer_of_the_call_is_kept(world: World) -> None:
    stored, task, turn_id = written(world)
    ref = TurnRef(stored.conversation, turn_id)
    world.sender.before = lambda: note_delivered(world, ref)
    send(world, task, turn_id)
    part = world.turn(stored.conversation, turn_id).answer_parts[0]
    assert (part.state, part.status_rank) == ("sent", status_rank(DeliveryStatus.DELIVERED))


FOREIGN = ["", "a|b|c", "|||", "other system's data", "x" * 512, "a|b"]


def test_a_status_of_somebody_elses_message_is_nothing(world: World) -> None:
    for data, name in itertools.product(FOREIGN, (DeliveryStatus.SENT, FAILED)):
        update = StatusUpdate("wamid.x", name, world.now, data)
        assert world.made.amendments.status(SHOP, NUMBER, update) is None


def test_a_status_changes_nothing_of_another_tenant(world: World) -> None:
    stored, task, turn_id = written(world)
    send(world, task, turn_id)
    data = callback_data(TurnRef(stored.conversation, turn_id), "a1-1")
    for update in (
        StatusUpdate("wamid.out.1", FAILED, world.now, data, 131026),
        StatusUpdate("wamid.out.1", FAILED, world.now, "", 131026),
    ):
        assert world.made.amendments.status(TenantId("bank"), NUMBER, update) is None
    assert world.turn(stored.conversation, turn_id).answer_parts[0].failed_code == 0


# ── names of a contact ────────────────────────────────────────────────────────────────────────────
def test_linking_needs_a_known_name_and_never_moves_a_taken_one(world: World) -> None:
    link = world.made.amendments.link_alias
    assert not link(SHOP, NUMBER, "user:ID.1", "user:ID.2")
    first = world.write("halo", "wamid.1", phone="6281")
    other = world.write("halo", "wamid.2", phone="6282")
    assert link(SHOP, NUMBER, "phone:6281", "user:ID.2")
    assert link(SHOP, NUMBER, "phone:6282", "user:ID.2")
    assert world.made.inbox.find(SHOP, NUMBER, "user:ID.2") == first.conversation
    assert world.made.inbox.find(SHOP, NUMBER, "phone:6282") == other.conversation
    assert world.made.inbox.find(TenantId("bank"), NUMBER, "phone:6281") is None
