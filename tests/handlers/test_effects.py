"""Tools that change something: asked first, done once, and only for a clear yes to exactly that."""

from __future__ import annotations

import pytest

from sahut.domain.errors import Refused, TryAgain
from sahut.domain.handover import HandoverReason
from sahut.domain.tool_use import CONFIRM_WITHIN_S, ToolOutcome
from sahut.ports.tools import ToolReply
from sahut.runtime import compose
from sahut.stages.gather import gather
from sahut.stages.route import route
from tests.handlers.answering import write
from tests.handlers.conftest import World
from tests.handlers.tools import AskingModel, FakeTool, Shop, call

PLEASE = "Please cancel my order 4711."
QUESTION = "Shall I do this: Cancel order (order id 4711)? Reply yes or no."
CANCELLED = "order: 4711\nstatus: cancelled"


def asked(world: World, *more: object, tool: FakeTool | None = None) -> Shop:
    """A customer who was asked whether to cancel."""
    model = AskingModel([[call("cancel_order")], *more])  # type: ignore[list-item]  # steps, as the test says
    shop = Shop(world, model, tool or FakeTool(CANCELLED))
    assert shop.answers(PLEASE).safe
    return shop


def test_the_customer_is_asked_first_in_our_words(world: World) -> None:
    shop = asked(world)
    assert QUESTION in shop.text
    assert shop.tool.called == []
    assert shop.uses == ()
    pending = world.head(shop.scene.task.conversation).pending
    assert pending is not None
    assert (pending.name, pending.arguments) == ("cancel_order", '{"order_id": "4711"}')


def test_a_clear_yes_does_it_once(world: World) -> None:
    shop = asked(world)
    pending = world.head(shop.scene.task.conversation).pending
    assert pending is not None
    result = shop.answers("iya kak")
    assert result.safe
    (done,) = shop.tool.called
    assert (done.arguments, done.key) == ({"order_id": "4711"}, pending.pending_id)
    assert "Cancel order (order id 4711)" in shop.text
    (cited,) = shop.turn.answer_parts[0].citations
    assert cited.document_id == "tool:cancel_order"
    assert world.head(shop.scene.task.conversation).pending is None
    assert len(shop.model.asked) == 1  # no model says that something was done


def test_a_clear_no_drops_it(world: World) -> None:
    shop = asked(world)
    assert shop.says("gak usah") == "declined"
    assert shop.run().safe
    assert shop.deliver() == "answered"
    assert shop.answers("yes").safe is True  # small talk by now
    assert shop.tool.called == []


def test_anything_else_drops_it_and_is_answered_as_usual(world: World) -> None:
    shop = asked(world, "NO_ANSWER")
    assert shop.says("yes, but which order is it?") == "answer"
    assert world.head(shop.scene.task.conversation).pending is None
    assert shop.tool.called == []


def test_a_yes_after_a_quarter_of_an_hour_is_too_late(world: World) -> None:
    shop = asked(world)
    world.now += CONFIRM_WITHIN_S + 1
    assert shop.says("yes") != "confirmed"
    assert world.head(shop.scene.task.conversation).pending is None


def test_a_person_who_takes_over_drops_it(world: World) -> None:
    shop = asked(world)
    ref = shop.scene.task.conversation
    world.made.ownership.take_over(ref, world.now, "op")
    assert world.head(ref).pending is None
    world.made.ownership.release(ref, world.now, "op")
    assert shop.says("yes") != "confirmed"
    assert shop.tool.called == []


def test_a_person_who_takes_over_between_yes_and_doing_stops_it(world: World) -> None:
    shop = asked(world)
    assert shop.says("yes") == "confirmed"
    (call_id,) = shop.write().calls
    world.made.ownership.take_over(shop.scene.task.conversation, world.now, "op")
    assert shop.use(call_id).outcome == "failed"
    assert shop.tool.called == []
    result = shop.write(1)
    assert (result.safe, result.reason) == (False, "tool_failed")


def test_a_hand_over_drops_it(world: World) -> None:
    shop = asked(world)
    shop.says("I want to speak to a person")
    shop.hand_over(HandoverReason.ASKED_FOR_PERSON)
    assert world.head(shop.scene.task.conversation).pending is None


def test_repeated_states_do_it_once(world: World) -> None:
    shop = asked(world)
    assert shop.says("yes") == "confirmed"
    assert route(shop.task(), compose.route(world.made)).lane == "confirmed"
    first = shop.write()
    assert shop.write() == first
    for _ in range(3):
        assert shop.use(first.calls[0]).outcome == "done"
    assert shop.write(first.tool_round).safe
    assert len(shop.tool.called) == 1


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (TryAgain("too slow"), ToolOutcome.UNCERTAIN),
        (Refused("401"), ToolOutcome.FAILED),
        (ToolReply(False, "already shipped"), ToolOutcome.REFUSED),
    ],
    ids=["uncertain", "refused", "says no"],
)
def test_what_did_not_go_through_is_a_persons(
    world: World, fault: Exception | ToolReply, outcome: ToolOutcome
) -> None:
    shop = asked(world, tool=FakeTool(fault))
    shop.says("yes")
    result = shop.run()
    assert (result.safe, result.reason) == (False, "tool_failed")
    assert shop.uses[0].outcome is outcome
    assert len(shop.tool.called) == 1


def test_a_call_whose_function_died_is_never_made_again(world: World) -> None:
    class Died(BaseException):
        pass

    shop = asked(world, tool=FakeTool(CANCELLED))
    shop.says("yes")
    (call_id,) = shop.write().calls

    def die() -> None:
        raise Died

    shop.tool.during = die
    with pytest.raises(Died):
        shop.use(call_id)
    assert shop.use(call_id).outcome == "uncertain"
    assert len(shop.tool.called) == 1


def test_only_one_question_is_open(world: World) -> None:
    again = [call("cancel_order", '{"order_id": "4712"}')]
    shop = asked(world, again)
    assert shop.answers("Cancel order 4712 instead.").safe
    shop.answers("yes")
    assert [each.arguments for each in shop.tool.called] == [{"order_id": "4712"}]


def test_a_yes_that_was_written_before_the_question_arrived_is_none(world: World) -> None:
    shop = Shop(world, AskingModel([[call("cancel_order")], "NO_ANSWER"]), FakeTool(CANCELLED))
    shop.says(PLEASE)
    assert shop.run().safe
    task = write(world, "ok", "m9")
    assert gather(task, world.gathering()).outcome == "gathered"
    shop.scene.task = task
    assert route(shop.task(), compose.route(world.made)).lane != "confirmed"


def test_words_after_the_yes_do_not_do_it_twice(world: World) -> None:
    shop = asked(world)
    shop.says("yes")
    assert shop.run().safe
    task = write(world, "thanks", "m9")
    assert gather(task, world.gathering()).outcome == "gathered"
    shop.scene.task = task
    assert route(shop.task(), compose.route(world.made)).lane == "confirmed"
    assert shop.run().safe
    assert len(shop.tool.called) == 1
    assert shop.turn.round == 2


def test_an_effect_beside_a_look_up_is_asked_for_and_nothing_else_happens(world: World) -> None:
    shop = Shop(world, AskingModel([[call(), call("cancel_order")]]), FakeTool(CANCELLED))
    assert shop.answers(PLEASE).safe
    assert QUESTION in shop.text
    assert shop.tool.called == []


def test_the_question_holds_what_the_model_wrote_and_no_marks(world: World) -> None:
    sly = [call("cancel_order", '{"order_id": "4[1] x"}')]
    shop = Shop(world, AskingModel([sly]), FakeTool(CANCELLED))
    assert shop.answers(PLEASE).safe
    assert "(order id 4(1) x)" in shop.text
