"""Hand-overs: one ticket, one notice, and never a person beside an answer that may be on its way."""

from __future__ import annotations

import pytest

from sahut.contracts.tasks import DeliverOutcome
from sahut.domain.conversation import Owner
from sahut.domain.errors import Conflict, Uncertain
from sahut.domain.handover import HandoverReason
from sahut.domain.tenant import TurnRef
from sahut.domain.turn import PartState, TurnState
from sahut.stages.operate import take_over
from tests.handlers.conftest import World
from tests.handlers.steps import claimed, give_up, operating, send, settle_jobs, tell, written


def test_a_reply_whose_fate_is_open_is_waited_for_whoever_asks(world: World) -> None:
    """The deadline may pass right after an uncertain send was recorded: no person, no notice yet."""
    stored, task, turn_id = written(world)
    world.sender.answers = [Uncertain("time-out")]
    send(world, task, turn_id)
    assert give_up(world, task, turn_id, "DeadlinePassed") == "settling"
    head = world.head(stored.conversation)
    assert (head.owner, head.ticket_id) == (Owner.MACHINE, "")
    assert world.turn(stored.conversation, turn_id).state is TurnState.SETTLING
    assert {job["turn_id"] for job in settle_jobs(world)} == {turn_id}


def test_a_begun_part_is_waited_for_and_a_complete_answer_is_an_answer(world: World) -> None:
    stored, task, turn_id = written(world)

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    world.sender.before = die
    with pytest.raises(Killed):
        send(world, task, turn_id)
    assert give_up(world, task, turn_id, "Permanent") == "settling"
    assert world.turn(stored.conversation, turn_id).answer_parts[0].state is PartState.UNCERTAIN


def test_a_hand_over_does_not_undo_an_outcome_that_came_meanwhile(world: World) -> None:
    stored, task, turn_id = written(world)
    world.sender.answers = [Uncertain("time-out")]
    send(world, task, turn_id)
    head, turn = world.made.turns.both(TurnRef(stored.conversation, turn_id))
    world.made.turns.finish(turn, None, TurnState.ANSWERED, "status_seen", world.now)
    with pytest.raises(Conflict):
        world.made.ownership.hand_over(head, turn, HandoverReason.DELIVERY_UNCERTAIN, "sorry", world.now)
    assert world.head(stored.conversation).owner is Owner.MACHINE


@pytest.mark.parametrize(
    ("reason", "told"),
    [("asked_for_person", "asked_for_person"), ("DeadlinePassed", "too_late"), ("", "failure")],
)
def test_the_ticket_says_why(world: World, reason: str, told: str) -> None:
    stored, task, turn_id = claimed(world)
    assert give_up(world, task, turn_id, reason) == "handed_over"
    assert world.turn(stored.conversation, turn_id).reason == told


def test_a_failure_before_anything_was_claimed_hands_the_message_over(world: World) -> None:
    stored = world.write("halo")
    task = world.task(stored.conversation)
    assert give_up(world, task, "", "Permanent") == "handed_over"
    head = world.head(stored.conversation)
    assert (head.owner, head.open_turn_id) == (Owner.WAITING, "")
    assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)
    assert give_up(world, task, "", "Permanent") == "withdrawn"


def test_a_second_hand_over_joins_the_ticket_without_a_second_notice(world: World) -> None:
    stored, task, turn_id = claimed(world)
    give_up(world, task, turn_id)
    world.write("halo?", "wamid.2")
    newer = world.task(stored.conversation)
    assert give_up(world, newer, "", "Permanent") == "handed_over"
    head = world.head(stored.conversation)
    assert (head.owner, head.ticket_id) == (Owner.WAITING, turn_id)
    assert world.hand_overs.names == [turn_id]


@pytest.mark.parametrize("silence", ["person", "window"])
def test_a_notice_is_dropped_when_it_may_not_go_out(world: World, silence: str) -> None:
    stored, task, turn_id = claimed(world)
    give_up(world, task, turn_id)
    if silence == "person":
        take_over(stored.conversation, "ana", operating(world))
    else:
        world.now += 24 * 3600
    assert tell(world, task, turn_id) is DeliverOutcome.DROPPED
    assert world.sender.sent == []


def test_an_uncertain_notice_is_never_repeated(world: World) -> None:
    _, task, turn_id = claimed(world)
    give_up(world, task, turn_id)
    world.sender.answers = [Uncertain("time-out")]
    assert tell(world, task, turn_id) is DeliverOutcome.SETTLING
    assert tell(world, task, turn_id) is DeliverOutcome.DROPPED
    assert world.sender.sent == []


def test_the_first_words_of_a_session_say_that_a_machine_writes_also_in_a_notice(world: World) -> None:
    stored, task, turn_id = claimed(world)
    give_up(world, task, turn_id)
    tell(world, task, turn_id)
    assert "otomatis" in world.sender.sent[0].text
    assert not world.head(stored.conversation).must_disclose
