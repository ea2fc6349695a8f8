"""An answer goes out while it is written: each claim checked first, stored as said, stopped in time."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sahut.contracts.tasks import DeliverOutcome
from sahut.domain.errors import TryAgain
from sahut.domain.message import Channel, Contact, InboundMessage, MessageKind
from sahut.domain.turn import TurnState
from sahut.runtime import compose
from sahut.stages.generate import generate
from sahut.stages.hand_over import hand_over
from sahut.stages.operate import take_over
from tests.handlers.answering import SITE, Scene, ScriptedModel, ask, candidate
from tests.handlers.conftest import SHOP, World
from tests.handlers.steps import operating, send

QUESTION = "What does a CHAPS payment cost, and a letter of reference?"
FIRST, SECOND = "A CHAPS payment costs £20. [1] ", "A letter of reference costs £12 [2]."
SAYS_MACHINE = "I'm the automated assistant of Shop. Ask for a person at any time.\n\n"


def model(*script: object, name: str = "small", **more: object) -> ScriptedModel:
    return ScriptedModel(candidate(name, **more), [script])  # type: ignore[list-item]


def test_claims_go_out_one_by_one_and_what_is_stored_is_what_was_said(world: World) -> None:
    seen: list[list[tuple[str, str]]] = []
    scene: Scene
    scene = ask(
        world, QUESTION, model(FIRST[:9], FIRST[9:], "A", lambda: seen.append(scene.read()), SECOND[1:])
    )
    assert scene.generate().safe
    said = [("machine", SAYS_MACHINE + "A CHAPS payment costs £20. [1]")]
    assert seen[0][1:] == said, "the first claim was there while the second was being written"
    assert scene.read()[1:] == [*said, ("machine", "A letter of reference costs £12 [2].")]
    turn = world.made.turns.turn(scene.ref)
    assert (turn.state, turn.streaming) == (TurnState.ANSWERED, False)
    assert [[each.title for each in part.citations] for part in turn.answer_parts] == [
        ["Fees > Payments"],
        ["Fees > Letters"],
    ]
    assert send(world, scene.task, scene.turn_id) is DeliverOutcome.ANSWERED, "nothing is left to send"
    assert len(scene.read()) == 3


def test_json_is_released_as_its_text(world: World) -> None:
    whole = json.dumps({"outcome": "answer", "text": f"{FIRST}{SECOND}"})
    scene = ask(
        world, QUESTION, model(*(whole[at : at + 5] for at in range(0, len(whole), 5)), structured=True)
    )
    assert scene.generate().safe
    assert [text for _, text in scene.read()[1:]] == [SAYS_MACHINE + FIRST.strip(), SECOND]


def test_claims_of_a_reply_that_is_no_answer_are_never_seen(world: World) -> None:
    whole = json.dumps({"outcome": "no_answer", "text": f"{FIRST}{SECOND}"})
    scene = ask(
        world, QUESTION, model(*(whole[at : at + 5] for at in range(0, len(whole), 5)), structured=True)
    )
    assert scene.generate().reason == "no_evidence"
    assert len(scene.read()) == 1


def test_nobody_is_looking_so_the_finished_text_is_sent(world: World) -> None:
    scene = ask(world, QUESTION, model(FIRST, SECOND))
    scene.listening = False
    assert scene.generate().safe
    assert len(scene.read()) == 1
    assert send(world, scene.task, scene.turn_id) is DeliverOutcome.ANSWERED
    assert scene.read()[1:] == [("machine", SAYS_MACHINE + FIRST + SECOND)]


@pytest.mark.parametrize(
    "bad",
    [
        "A letter of reference costs £99 [2]. ",
        "Cards melt in the warm sun of Papua [3]. ",
        "It is free [9]. ",
        "See https://evil.example/x [1]. ",
    ],
)
def test_a_claim_that_fails_ends_it_and_a_person_gets_the_rest(world: World, bad: str) -> None:
    unread = "It arrives the same day. [1] Bye."
    scene = ask(world, QUESTION, model(FIRST, bad, unread))
    result = scene.generate()
    assert (result.safe, result.reason) == (False, "broken_off")
    assert [text for _, text in scene.read()[1:]] == [SAYS_MACHINE + FIRST.strip()]
    task = world.hand_over_task(scene.task, scene.turn_id, result.reason)
    assert hand_over(task, compose.hand_over(world.made)).state == "handed_over"
    notice = world.made.turns.turn(scene.ref).parts["notice"].text
    assert "broke off" in notice
    assert scene.ledger()["verdict"] == "unsafe"


def test_a_first_claim_that_fails_is_never_seen(world: World) -> None:
    scene = ask(world, QUESTION, model("A CHAPS payment costs £21. [1] ", SECOND))
    result = scene.generate()
    assert (result.safe, result.reason) == (False, "unsafe_answer")
    assert len(scene.read()) == 1


def test_a_person_takes_over_in_the_middle(world: World) -> None:
    def taken() -> None:
        take_over(scene.task.conversation, "rina", operating(world))

    scene = ask(
        world, QUESTION, model(FIRST, "A letter", taken, " of reference costs £12 [2]. ", "It", " ends.")
    )
    result = scene.generate()
    assert not result.safe
    assert [author for author, _ in scene.read()] == ["customer", "machine"]
    task = world.hand_over_task(scene.task, scene.turn_id, result.reason)
    assert hand_over(task, compose.hand_over(world.made)).state == "left_to_person"
    assert [author for author, _ in scene.read()] == ["customer", "machine"]


def test_a_person_takes_over_before_the_last_claim(world: World) -> None:
    def taken() -> None:
        take_over(scene.task.conversation, "rina", operating(world))

    scene = ask(world, QUESTION, model(FIRST, SECOND, taken))
    assert not scene.generate().safe
    assert len(scene.read()) == 2


def test_what_comes_after_the_first_claim_is_the_next_turn(world: World) -> None:
    scene = ask(world, QUESTION, model(FIRST, "A", lambda: store_only(world, "and cards?"), SECOND[1:]))
    assert scene.generate().safe
    assert [author for author, _ in scene.read()] == ["customer", "machine", "customer", "machine"]
    assert world.made.turns.turn(scene.ref).state is TurnState.ANSWERED


def test_what_comes_before_the_first_claim_starts_the_answer_anew(world: World) -> None:
    scene = ask(world, QUESTION, model(lambda: store_only(world, "and cards?"), FIRST, SECOND))
    assert scene.generate().safe
    assert len(scene.read()) == 2, "nothing went out"
    assert send(world, scene.task, scene.turn_id) is DeliverOutcome.NEWER


def test_a_model_that_dies_unheard_is_replaced(world: World) -> None:
    first = model("A CHAPS", TryAgain("cut"), name="first")
    scene = ask(world, QUESTION, first, model(FIRST, SECOND, name="second"))
    assert scene.generate().model == "second"
    assert [text for _, text in scene.read()[1:]] == [SAYS_MACHINE + FIRST.strip(), SECOND]


def test_a_model_that_dies_when_the_customer_reads_already_is_not(world: World) -> None:
    first = model(FIRST, "A letter", TryAgain("cut"), name="first")
    scene = ask(world, QUESTION, first, model(FIRST, SECOND, name="second"))
    assert scene.generate().reason == "broken_off"
    assert scene.models["second"].asked == []
    assert len(scene.read()) == 2


def test_a_worker_that_died_in_the_middle_is_not_begun_anew(world: World) -> None:
    class Killed(BaseException):
        pass

    scene = ask(world, QUESTION, model(FIRST, "A", Killed()))
    scene.models["small"].scripts[0] = (FIRST, "A", lambda: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        scene.generate()
    assert scene.generate().reason == "broken_off"
    assert send(world, scene.task, scene.turn_id) is DeliverOutcome.REFUSED
    assert len(scene.read()) == 2


def store_only(world: World, text: str) -> None:
    """A newer message, without a new dispatch attempt."""
    message = InboundMessage("m2", MessageKind.TEXT, Contact(user_id="v1"), world.now, text)
    world.made.inbound.store(SHOP, Channel.WEBCHAT, SITE, message, world.now)


def test_quotations_come_all_at_once_and_nobody_is_looked_for(world: World) -> None:
    scene = ask(world, QUESTION)
    needs = replace(scene.needs(), listening=lambda head: pytest.fail("the store was asked"))
    assert generate(world.turn_task(scene.task, scene.turn_id), needs).model == "extractive"
