"""Settling: what became of a reply about which the channel was silent, or which it took back."""

from __future__ import annotations

import pytest

from sahut.contracts.jobs import SettleCause
from sahut.contracts.tasks import DeliverOutcome
from sahut.domain.conversation import Owner
from sahut.domain.errors import ChannelRefused, TryAgain, Uncertain
from sahut.domain.message import DeliveryStatus, StatusUpdate
from sahut.domain.tenant import TurnRef
from sahut.domain.turn import NOTICE, PartState, TurnState, callback_data
from sahut.runtime import compose
from sahut.stages.gather import gather
from sahut.stages.operate import take_over
from sahut.stages.settle import settle
from sahut.stages.uncertain import settle_job
from tests.handlers.conftest import NUMBER, SHOP, World
from tests.handlers.steps import give_up, operating, send, settle_jobs, tell, write_answer, written

UNCERTAIN, FAILED = SettleCause.UNCERTAIN, SettleCause.FAILED


def uncertain(world: World, parts: int = 1) -> TurnRef:
    """A turn whose first part went out, or not: the call timed out."""
    stored, task, turn_id = written(world, parts)
    world.sender.answers = [Uncertain("time-out")]
    assert send(world, task, turn_id) is DeliverOutcome.SETTLING
    return TurnRef(stored.conversation, turn_id)


def answered(world: World, parts: int = 1) -> TurnRef:
    stored, task, turn_id = written(world, parts)
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    return TurnRef(stored.conversation, turn_id)


def status(world: World, ref: TurnRef, name: DeliveryStatus, code: int = 0, part: str = "a1-1") -> None:
    update = StatusUpdate("wamid.x", name, world.now, callback_data(ref, part), code)
    world.made.amendments.status(SHOP, NUMBER, update)


def look(world: World, ref: TurnRef, cause: SettleCause = UNCERTAIN) -> tuple[TurnState, str]:
    settle(settle_job(ref, cause), compose.settle(world.made))
    turn = world.turn(ref.conversation, ref.turn_id)
    return turn.state, turn.reason


def test_an_uncertain_send_is_looked_at_later(world: World) -> None:
    ref = uncertain(world)
    assert [(job["turn_id"], job["cause"]) for job in settle_jobs(world)] == [(ref.turn_id, "uncertain")]


@pytest.mark.parametrize("name", [DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.READ])
def test_a_status_means_that_it_arrived(world: World, name: DeliveryStatus) -> None:
    ref = uncertain(world)
    status(world, ref, name)
    assert look(world, ref) == (TurnState.ANSWERED, "status_seen")
    assert world.head(ref.conversation).owner is Owner.MACHINE
    assert world.hand_overs.names == []


def test_silence_means_a_person_and_words_that_say_so(world: World) -> None:
    ref = uncertain(world)
    for _ in range(3):
        assert look(world, ref) == (TurnState.HANDED_OVER, "delivery_uncertain")
    head, turn = world.made.turns.both(ref)
    assert (head.owner, head.ticket_id) == (Owner.WAITING, ref.turn_id)
    assert "mungkin tidak sampai" in turn.parts[NOTICE].text
    assert turn.answer_parts[0].state is PartState.UNCERTAIN
    assert world.hand_overs.names == [ref.turn_id]
    assert world.sender.sent == []


@pytest.mark.parametrize(("code", "reason"), [(131026, "delivery_refused"), (131047, "window_closed")])
def test_a_failed_status_means_a_person(world: World, code: int, reason: str) -> None:
    ref = uncertain(world)
    status(world, ref, DeliveryStatus.FAILED, code)
    with pytest.raises(TryAgain):
        look(world, ref, FAILED)  # the look that is queued already decides
    assert look(world, ref) == (TurnState.HANDED_OVER, reason)
    assert look(world, ref, FAILED) == (TurnState.HANDED_OVER, reason)


def test_parts_that_never_went_out_are_a_persons_even_if_the_first_arrived(world: World) -> None:
    ref = uncertain(world, parts=2)
    status(world, ref, DeliveryStatus.DELIVERED)
    assert look(world, ref)[0] is TurnState.HANDED_OVER
    assert world.sender.sent == []


@pytest.mark.parametrize(("code", "reason"), [(131026, "delivery_refused"), (131047, "window_closed")])
def test_a_failure_after_the_answer_reopens_it_once(world: World, code: int, reason: str) -> None:
    ref = answered(world)
    status(world, ref, DeliveryStatus.FAILED, code)
    for _ in range(2):
        assert look(world, ref, FAILED) == (TurnState.HANDED_OVER, reason)
    assert world.head(ref.conversation).owner is Owner.WAITING
    assert world.hand_overs.names == [ref.turn_id]


def test_no_failure_no_reopening(world: World) -> None:
    ref = answered(world)
    assert look(world, ref, FAILED)[0] is TurnState.ANSWERED
    assert look(world, ref)[0] is TurnState.ANSWERED


def test_a_turn_that_is_being_worked_on_is_looked_at_again(world: World) -> None:
    stored, task, turn_id = written(world, parts=2)
    ref = TurnRef(stored.conversation, turn_id)
    world.sender.answers = []
    refuse_second(world)
    with pytest.raises(TryAgain):
        send(world, task, turn_id)
    status(world, ref, DeliveryStatus.FAILED, 131026)
    with pytest.raises(TryAgain):
        look(world, ref, FAILED)
    assert look(world, ref)[0] is TurnState.OPEN, "its own attempt queues another look"


def refuse_second(world: World) -> None:
    """The first part goes out, the second meets a busy channel."""

    def before() -> None:
        if world.sender.sent:
            world.sender.answers = [ChannelRefused(130429, "rate")]

    world.sender.before = before


def test_a_person_who_has_the_conversation_keeps_it_in_silence(world: World) -> None:
    ref = uncertain(world)
    take_over(ref.conversation, "ana", operating(world))
    assert look(world, ref)[0] is TurnState.LEFT_TO_PERSON
    assert world.head(ref.conversation).owner is Owner.PERSON
    assert NOTICE not in world.turn(ref.conversation, ref.turn_id).parts


def test_a_crash_between_the_steps_of_a_hand_over_is_made_good(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = uncertain(world)
    with monkeypatch.context() as broken:
        broken.setattr(world.hand_overs, "start", _unreachable)
        with pytest.raises(TryAgain):
            look(world, ref)
    assert world.turn(ref.conversation, ref.turn_id).state is TurnState.HANDING_OVER
    assert look(world, ref)[0] is TurnState.HANDED_OVER
    assert world.hand_overs.names == [ref.turn_id]


def _unreachable(_: TurnRef) -> None:
    raise TryAgain("state machines could not be reached")


def test_a_later_turn_is_left_to_the_person_as_well(world: World) -> None:
    """The machine was busy with the next question when the first reply turned out lost."""
    ref = uncertain(world)
    world.write("ongkir ke Bali berapa?", "wamid.2")
    task = world.task(ref.conversation)
    second = gather(task, compose.gather(world.made)).turn_id
    write_answer(world, task, second)
    look(world, ref)
    assert send(world, task, second) is DeliverOutcome.LEFT_TO_PERSON
    assert world.sender.sent == []
    assert give_up(world, task, second) == "left_to_person"
    assert tell(world, task, ref.turn_id) is DeliverOutcome.TOLD
