"""One burst through gather and deliver on real stores: claims, fences, supersedes, ownership."""

from __future__ import annotations

import pytest

from sahut.contracts.tasks import DeliverOutcome, GatherOutcome
from sahut.domain.conversation import Owner
from sahut.domain.errors import ChannelRefused, Outdated, TryAgain, Uncertain
from sahut.domain.message import MessageKind
from sahut.domain.turn import NOTICE, Part, PartState, TurnState, answer_part_id
from sahut.runtime import compose
from sahut.stages.deliver import deliver
from sahut.stages.gather import gather
from sahut.stages.hand_over import hand_over
from sahut.stages.operate import release, take_over
from tests.handlers.conftest import World

QUESTION = "Berapa ongkos kirim ke Papua?"


def gathered(world: World, text: str = QUESTION):  # type: ignore[no-untyped-def]
    """A stored message, claimed as a turn, with a two-part answer written."""
    stored = world.write(text)
    task = world.task(stored.conversation)
    result = gather(task, compose.gather(world.made))
    assert result.outcome is GatherOutcome.GATHERED
    return stored, task, result.turn_id


def answered(world: World, parts: int = 1):  # type: ignore[no-untyped-def]
    stored, task, turn_id = gathered(world)
    write_answer(world, task, turn_id, parts)
    return stored, task, turn_id


def write_answer(world: World, task, turn_id: str, parts: int = 1, round_: int = 1) -> None:  # type: ignore[no-untyped-def]
    turn = world.turn_task(task, turn_id).turn
    answer = [
        Part(answer_part_id(round_, n), f"part {n} of round {round_}", order=n) for n in range(1, parts + 1)
    ]
    world.made.turns.record_answer(turn, task.epoch, answer, {})


def send(world: World, task, turn_id: str):  # type: ignore[no-untyped-def]
    return deliver(world.deliver_task(task, turn_id), compose.deliver(world.made)).outcome


def test_an_answer_goes_out_once_and_the_turn_ends(world: World) -> None:
    stored, task, turn_id = answered(world, parts=2)
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert [request.text for request in world.sender.sent] == ["part 1 of round 1", "part 2 of round 1"]
    head, turn = world.head(stored.conversation), world.turn(stored.conversation, turn_id)
    assert turn.state is TurnState.ANSWERED
    assert (head.open_turn_id, dict(head.in_flight), head.must_disclose) == ("", {}, False)
    assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert len(world.sender.sent) == 2


def test_a_second_attempt_makes_the_first_one_harmless(world: World) -> None:
    stored, task, turn_id = answered(world)
    newer = world.task(stored.conversation)
    with pytest.raises(Outdated):
        send(world, task, turn_id)
    with pytest.raises(Outdated):
        world.made.turns.record(world.turn_task(task, turn_id).turn, task.epoch, {"lane": "x"})
    with pytest.raises(Outdated):
        hand_over(world.hand_over_task(task, turn_id, "failure"), compose.hand_over(world.made))
    assert world.sender.sent == []
    resumed = gather(newer, compose.gather(world.made))
    assert (resumed.outcome, resumed.turn_id) == (GatherOutcome.WRITTEN, turn_id)
    assert send(world, newer, turn_id) is DeliverOutcome.ANSWERED
    assert len(world.sender.sent) == 1


def test_a_burst_is_one_turn(world: World) -> None:
    first = world.write("halo", "wamid.1")
    world.now += 0.1
    world.write("pesanan saya", "wamid.2")
    world.write("kapan sampai?", "wamid.3")
    result = gather(world.task(first.conversation), compose.gather(world.made))
    turn = world.turn(first.conversation, result.turn_id)
    assert turn.question == "halo\npesanan saya\nkapan sampai?"
    again = gather(world.task(first.conversation), compose.gather(world.made))
    assert (again.outcome, again.turn_id) == (GatherOutcome.GATHERED, result.turn_id)


def test_a_newer_message_supersedes_twice_and_then_waits_its_turn(world: World) -> None:
    stored, task, turn_id = answered(world)
    for round_ in (2, 3):
        world.write(f"dan lagi {round_}?", f"wamid.{round_}")
        assert send(world, task, turn_id) is DeliverOutcome.NEWER
        result = gather(task, compose.gather(world.made))
        assert (result.outcome, result.turn_id) == (GatherOutcome.GATHERED, turn_id)
        write_answer(world, task, turn_id, round_=round_)
    late = world.write("dan terakhir?", "wamid.9")
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert [request.text for request in world.sender.sent] == ["part 1 of round 3"]
    assert len(world.turn(stored.conversation, turn_id).messages) == 3
    assert world.made.inbound.needs_dispatch(late.conversation, late.line)


def test_after_twenty_seconds_nothing_supersedes(world: World) -> None:
    _, task, turn_id = answered(world)
    world.now += 21
    world.write("dan lagi?", "wamid.2")
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED


def test_all_revoked_ends_silently(world: World) -> None:
    stored, task, turn_id = answered(world)
    world.change(MessageKind.REVOKE, "wamid.1")
    assert send(world, task, turn_id) is DeliverOutcome.NEWER
    assert gather(task, compose.gather(world.made)).outcome is GatherOutcome.WITHDRAWN
    assert world.turn(stored.conversation, turn_id).state is TurnState.WITHDRAWN
    assert world.sender.sent == []


def test_an_edit_of_a_claimed_message_starts_another_round(world: World) -> None:
    stored, task, turn_id = answered(world)
    world.change(MessageKind.EDIT, "wamid.1", "Berapa ongkir ke Bali?")
    assert send(world, task, turn_id) is DeliverOutcome.NEWER
    gather(task, compose.gather(world.made))
    assert world.turn(stored.conversation, turn_id).question == "Berapa ongkir ke Bali?"


def test_a_revoke_that_overtakes_its_message_still_counts(world: World) -> None:
    world.change(MessageKind.REVOKE, "wamid.1")
    stored = world.write(QUESTION)
    assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)
    assert (
        gather(world.task(stored.conversation), compose.gather(world.made)).outcome is GatherOutcome.NOTHING
    )


def test_an_edit_that_overtakes_its_message_still_counts(world: World) -> None:
    world.change(MessageKind.EDIT, "wamid.1", "Berapa ongkir ke Bali?")
    stored = world.write(QUESTION)
    result = gather(world.task(stored.conversation), compose.gather(world.made))
    assert world.turn(stored.conversation, result.turn_id).question == "Berapa ongkir ke Bali?"


def test_take_over_before_the_fence_silences_the_machine(world: World) -> None:
    stored, task, turn_id = answered(world)
    take_over(stored.conversation, "ana", compose.operate(world.made))
    assert send(world, task, turn_id) is DeliverOutcome.LEFT_TO_PERSON
    assert world.sender.sent == []
    assert world.turn(stored.conversation, turn_id).state is TurnState.LEFT_TO_PERSON


def test_take_over_while_sending_finds_the_part_in_flight(world: World) -> None:
    stored, task, turn_id = answered(world)
    seen: list[int] = []
    world.sender.before = lambda: seen.append(
        len(world.made.ownership.take_over(stored.conversation, world.now, "ana").in_flight)
    )
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert seen == [1]
    assert dict(world.head(stored.conversation).in_flight) == {}


def test_messages_to_a_person_join_and_end_silently_and_release_forgets_them(world: World) -> None:
    stored = world.write(QUESTION)
    take_over(stored.conversation, "ana", compose.operate(world.made))
    result = gather(world.task(stored.conversation), compose.gather(world.made))
    assert result.outcome is GatherOutcome.LEFT_TO_PERSON
    unclaimed = world.write("masih di sana?", "wamid.2")
    release(stored.conversation, "ana", compose.operate(world.made))
    newer = world.write("ongkir ke Bali berapa?", "wamid.3")
    result = gather(world.task(stored.conversation), compose.gather(world.made))
    assert world.turn(stored.conversation, result.turn_id).question == "ongkir ke Bali berapa?"
    assert not world.made.inbound.needs_dispatch(unclaimed.conversation, unclaimed.line)
    assert world.made.inbound.needs_dispatch(newer.conversation, newer.line)


def test_an_uncertain_send_is_never_repeated(world: World) -> None:
    stored, task, turn_id = answered(world)
    world.sender.answers = [Uncertain("time-out")]
    assert send(world, task, turn_id) is DeliverOutcome.SETTLING
    turn = world.turn(stored.conversation, turn_id)
    assert turn.state is TurnState.SETTLING
    assert turn.answer_parts[0].state is PartState.UNCERTAIN
    assert not world.made.inbound.needs_dispatch(stored.conversation, stored.line)
    assert (
        gather(world.task(stored.conversation), compose.gather(world.made)).outcome is GatherOutcome.NOTHING
    )
    assert world.sender.sent == []


def test_a_crash_between_fence_and_record_is_uncertain(world: World) -> None:
    stored, task, turn_id = answered(world)

    class Killed(BaseException):
        pass

    def die() -> None:
        raise Killed

    world.sender.before = die
    with pytest.raises(Killed):
        send(world, task, turn_id)
    world.sender.before = lambda: None
    newer = world.task(stored.conversation)
    assert gather(newer, compose.gather(world.made)).outcome is GatherOutcome.WRITTEN
    assert send(world, newer, turn_id) is DeliverOutcome.SETTLING
    assert world.sender.sent == []


@pytest.mark.parametrize(("code", "state"), [(131026, PartState.REFUSED), (131047, PartState.REFUSED)])
def test_a_coded_refusal_hands_over(world: World, code: int, state: PartState) -> None:
    stored, task, turn_id = answered(world)
    world.sender.answers = [ChannelRefused(code, "no")]
    assert send(world, task, turn_id) is DeliverOutcome.REFUSED
    assert world.turn(stored.conversation, turn_id).answer_parts[0].state is state
    hand_over(world.hand_over_task(task, turn_id, "delivery_refused"), compose.hand_over(world.made))
    assert world.turn(stored.conversation, turn_id).state is TurnState.HANDED_OVER


def test_a_busy_channel_is_tried_again(world: World) -> None:
    stored, task, turn_id = answered(world)
    world.sender.answers = [ChannelRefused(130429, "rate")]
    with pytest.raises(TryAgain):
        send(world, task, turn_id)
    assert world.turn(stored.conversation, turn_id).answer_parts[0].state is PartState.READY
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert len(world.sender.sent) == 1


def test_hand_over_sets_owner_ticket_and_notice_in_one_write_and_tells_once(world: World) -> None:
    stored, task, turn_id = gathered(world)
    needs = compose.hand_over(world.made)
    assert hand_over(world.hand_over_task(task, turn_id, "no_evidence"), needs).state == "handed_over"
    hand_over(world.hand_over_task(task, turn_id, "no_evidence"), needs)
    head, turn = world.head(stored.conversation), world.turn(stored.conversation, turn_id)
    assert (head.owner, head.ticket_id, head.open_turn_id) == (Owner.WAITING, turn_id, "")
    assert turn.parts[NOTICE].state is PartState.READY
    assert world.hand_overs.names == [turn_id]
    notice = world.deliver_task(task, turn_id).model_copy(update={"part": "notice"})
    assert deliver(notice, compose.deliver(world.made)).outcome is DeliverOutcome.TOLD
    assert deliver(notice, compose.deliver(world.made)).outcome is DeliverOutcome.DROPPED
    assert len(world.sender.sent) == 1


def test_a_duplicate_is_queued_again_until_its_turn_is_settled(world: World) -> None:
    stored, task, turn_id = answered(world)
    again = world.write(QUESTION)
    assert (again.duplicate, again.needs_dispatch, again.attempt) == (True, True, 2)
    assert world.head(stored.conversation).inbound_seq == 1
    send(world, task, turn_id)
    assert world.write(QUESTION).needs_dispatch is False


def test_a_turn_that_ended_but_was_left_open_frees_the_conversation(world: World) -> None:
    stored, task, turn_id = answered(world)
    world.made.turns.record(world.turn_task(task, turn_id).turn, task.epoch, {"state": "handed_over"})
    later = world.write("Apakah bisa bayar pakai QRIS?", "wamid.2")
    result = gather(world.task(stored.conversation), compose.gather(world.made))
    assert result.outcome is GatherOutcome.GATHERED
    assert world.turn(stored.conversation, result.turn_id).question == "Apakah bisa bayar pakai QRIS?"
    assert later.line == world.turn(stored.conversation, result.turn_id).messages[0].line
