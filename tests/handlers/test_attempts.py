"""What repeated, overtaken and half-dead attempts may do to a turn: nothing that a customer could notice."""

from __future__ import annotations

import pytest

from sahut.contracts.tasks import DeliverOutcome, GatherOutcome
from sahut.domain.errors import ChannelRefused, Conflict, NotFound, Outdated, TryAgain, Uncertain
from sahut.domain.handover import HandoverReason
from sahut.domain.message import MessageKind
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import Part, PartState, TurnState, answer_part_id
from sahut.runtime import compose
from sahut.stages import claiming
from sahut.stages.gather import gather
from sahut.stages.hand_over import give_to_person
from sahut.stages.operate import release, take_over
from sahut.stages.webchat import visible
from tests.handlers.conftest import SHOP, World
from tests.handlers.steps import (
    claimed,
    lines,
    operating,
    send,
    settle_jobs,
    write_answer,
    written,
)


def words(world: World, ref: ConversationRef) -> list[str]:
    """What people see of a conversation."""
    return [line.text for line in lines(world, ref) if visible(line)]


# ── the answer is stored once ─────────────────────────────────────────────────────────────────────
def test_a_writer_that_comes_second_does_not_make_a_part_ready_again(world: World) -> None:
    """A state gave up on its function, the next try answered, and now the first one wakes up."""
    stored, task, turn_id = written(world)
    world.sender.answers = [Uncertain("time-out")]
    assert send(world, task, turn_id) is DeliverOutcome.SETTLING
    other = [Part(answer_part_id(1, 1), "other words", order=1)]
    world.made.turns.record_answer(TurnRef(stored.conversation, turn_id), task.epoch, other, {"model": "b"})
    part = world.turn(stored.conversation, turn_id).answer_parts[0]
    assert (part.state, part.text) == (PartState.UNCERTAIN, "part 1 of round 1")


def test_a_writer_of_an_older_round_does_not_undo_a_newer_one(world: World) -> None:
    stored, task, turn_id = written(world)
    world.write("dan ke Bali?", "wamid.2")
    assert send(world, task, turn_id) is DeliverOutcome.NEWER
    gather(task, compose.gather(world.made))
    write_answer(world, task, turn_id, round_=1)
    assert world.turn(stored.conversation, turn_id).answer_parts == ()
    write_answer(world, task, turn_id, round_=2)
    write_answer(world, task, turn_id, round_=1)
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert [request.text for request in world.sender.sent] == ["part 1 of round 2"]


def test_a_writer_of_an_older_attempt_is_told_so(world: World) -> None:
    stored, task, turn_id = claimed(world)
    world.task(stored.conversation)
    with pytest.raises(Outdated):
        write_answer(world, task, turn_id)
    assert world.turn(stored.conversation, turn_id).parts == {}


# ── attempts ──────────────────────────────────────────────────────────────────────────────────────
def test_an_attempt_adopts_the_open_turn_and_no_other(world: World) -> None:
    stored, _, turn_id = claimed(world)
    for epoch in (2, 3):
        assert world.task(stored.conversation).epoch == epoch
        assert world.turn(stored.conversation, turn_id).epoch == epoch
    with pytest.raises(NotFound):
        world.made.turns.next_epoch(ConversationRef(SHOP, "nobody"))


def test_an_older_attempt_can_change_nothing(world: World) -> None:
    stored, task, turn_id = written(world)
    head, turn = world.made.turns.both(TurnRef(stored.conversation, turn_id))
    world.task(stored.conversation)
    before = (world.head(stored.conversation), world.turn(stored.conversation, turn_id))
    turns, ownership = world.made.turns, world.made.ownership
    with pytest.raises(Outdated):
        turns.finish(turn, task.epoch, TurnState.ANSWERED, "", world.now)
    with pytest.raises(Outdated):
        turns.record_passages(turn.ref, task.epoch, [], {"kb_version": "x"})
    with pytest.raises(Conflict):
        ownership.hand_over(head, turn, HandoverReason.FAILURE, "notice", world.now)
    with pytest.raises(Conflict):
        turns.claim(head, turn, [])
    with pytest.raises(Outdated):
        gather(task, compose.gather(world.made))
    assert (world.head(stored.conversation), world.turn(stored.conversation, turn_id)) == before


def test_a_turn_that_ended_outside_an_attempt_does_not_stay_open(world: World) -> None:
    """Settling finished a hand-over whose own attempt died: the next message must be claimable."""
    stored, _, turn_id = claimed(world)
    head, turn = world.made.turns.both(TurnRef(stored.conversation, turn_id))
    world.made.ownership.hand_over(head, turn, HandoverReason.FAILURE, "notice", world.now)
    head, turn = world.made.turns.both(turn.ref)
    give_to_person(head, turn, None, HandoverReason.FAILURE, compose.hand_over(world.made))
    assert world.head(stored.conversation).open_turn_id == ""
    release(stored.conversation, "ana", operating(world))
    world.write("ongkir ke Bali berapa?", "wamid.2")
    newer = world.task(stored.conversation)
    assert gather(newer, compose.gather(world.made)).outcome is GatherOutcome.GATHERED


def test_ending_another_turn_leaves_the_open_one_alone(world: World) -> None:
    stored, task, turn_id = written(world)
    world.sender.answers = [Uncertain("time-out")]
    send(world, task, turn_id)
    world.write("ongkir ke Bali berapa?", "wamid.2")
    second = gather(world.task(stored.conversation), compose.gather(world.made)).turn_id
    turn = world.turn(stored.conversation, turn_id)
    world.made.turns.finish(turn, None, TurnState.ANSWERED, "status_seen", world.now)
    assert world.head(stored.conversation).open_turn_id == second


# ── what was said and what was not ────────────────────────────────────────────────────────────────
def test_a_retried_part_stands_once_on_the_timeline(world: World) -> None:
    stored, task, turn_id = written(world)
    world.sender.answers = [ChannelRefused(130429, "rate"), TryAgain("not begun")]
    for _ in range(2):
        with pytest.raises(TryAgain):
            send(world, task, turn_id)
        assert words(world, stored.conversation) == [QUESTION_TEXT]
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert words(world, stored.conversation) == [QUESTION_TEXT, "part 1 of round 1"]


def test_refused_words_are_not_on_the_timeline(world: World) -> None:
    stored, task, turn_id = written(world, parts=2)
    world.sender.answers = [ChannelRefused(131026, "no")]
    assert send(world, task, turn_id) is DeliverOutcome.REFUSED
    assert words(world, stored.conversation) == [QUESTION_TEXT]
    assert dict(world.head(stored.conversation).in_flight) == {}


QUESTION_TEXT = "Berapa ongkos kirim ke Papua?"


def test_a_tenant_without_an_access_token_is_refused_at_once_and_alerted(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Certainly not sent: no reason to wait for a status, or to tell the customer that a reply got lost."""
    stored, task, turn_id = written(world)
    monkeypatch.delitem(world.made.__dict__, "sender_of")
    assert send(world, task, turn_id) is DeliverOutcome.REFUSED
    assert world.turn(stored.conversation, turn_id).answer_parts[0].state is PartState.REFUSED
    assert "needs the tenant's attention" in caplog.text
    assert settle_jobs(world) == []


# ── limits ────────────────────────────────────────────────────────────────────────────────────────
def test_a_burst_that_no_item_can_hold_becomes_several_turns(world: World) -> None:
    """65,536 characters of four bytes each are a message; two are more than DynamoDB's 400 KB."""
    letter = "\U0001f600" * 65_536
    stored = [world.write(letter, f"wamid.{n}") for n in range(2)]
    ref = stored[0].conversation
    for expected in ("wamid.0", "wamid.1"):
        task = world.task(ref)
        turn_id = gather(task, compose.gather(world.made)).turn_id
        assert [each.provider_id for each in world.turn(ref, turn_id).messages] == [expected]
        write_answer(world, task, turn_id)
        world.now += 30
        assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert not any(world.made.inbound.needs_dispatch(ref, each.line) for each in stored)


def test_a_newer_message_that_does_not_fit_waits_for_the_next_turn(world: World) -> None:
    stored, task, turn_id = written(world)
    late = world.write("\U0001f600" * 65_536, "wamid.2")
    assert send(world, task, turn_id) is DeliverOutcome.NEWER
    assert gather(task, compose.gather(world.made)).outcome is GatherOutcome.GATHERED
    assert len(world.turn(stored.conversation, turn_id).messages) == 1
    write_answer(world, task, turn_id, round_=2)
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert world.made.inbound.needs_dispatch(late.conversation, late.line)


def test_more_messages_than_a_claim_holds_are_claimed_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "MAX_CLAIM", 3)
    first, *_, last = [world.write(f"pesan {n}?", f"wamid.{n}") for n in range(5)]
    sizes = []
    for _ in range(2):
        task = world.task(first.conversation)
        turn_id = gather(task, compose.gather(world.made)).turn_id
        sizes.append(len(world.turn(first.conversation, turn_id).messages))
        write_answer(world, task, turn_id)
        world.now += 30
        send(world, task, turn_id)
    assert sizes == [3, 2]
    assert not world.made.inbound.needs_dispatch(first.conversation, last.line)


# ── release ───────────────────────────────────────────────────────────────────────────────────────
def test_an_answer_under_way_is_not_sent_after_take_over_and_release(world: World) -> None:
    """DESIGN §1: release advances a watermark, earlier messages are never answered by the machine."""
    stored, task, turn_id = written(world)
    needs = operating(world)
    take_over(stored.conversation, "ana", needs)
    release(stored.conversation, "ana", needs)
    assert send(world, task, turn_id) is DeliverOutcome.LEFT_TO_PERSON
    assert world.sender.sent == []


def test_a_revoked_message_is_not_answered_once_nothing_may_supersede(world: World) -> None:
    stored, task, turn_id = written(world)
    world.now += 21
    world.change(MessageKind.REVOKE, "wamid.1")
    assert send(world, task, turn_id) is DeliverOutcome.NEWER
    assert gather(task, compose.gather(world.made)).outcome is GatherOutcome.WITHDRAWN
    assert world.sender.sent == []
    assert world.head(stored.conversation).open_turn_id == ""
