"""Recorded turns again: what would change is told, and nothing is sent or stored."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from sahut.contracts.tasks import DeliverOutcome
from sahut.domain.models import Models, Scenario
from sahut.runtime import cli_replay, compose
from sahut.runtime.cli_replay import lost_share, report_of, since
from sahut.stages.prompts import prompt, use_folder
from sahut.stages.replay import Replayed, Replaying, replay
from tests.handlers.answering import Scene, ScriptedModel, ask, candidate
from tests.handlers.conftest import SHOP, World
from tests.handlers.steps import give_up, send

QUESTION = "What does a CHAPS payment cost?"
GOOD = "A CHAPS payment costs £20. [1]"


def answered(world: World, said: str = GOOD, message_id: str = "m1") -> Scene:
    """A turn that was answered, or given to a person where the verdict was no."""
    scene = ask(world, QUESTION, ScriptedModel(candidate("old"), [[said]]), message_id=message_id)
    scene.listening = False
    if scene.generate().safe:
        assert send(world, scene.task, scene.turn_id) is DeliverOutcome.ANSWERED
    else:
        give_up(world, scene.task, scene.turn_id, "unsafe_answer")
    return scene


def again(world: World, *says: str, at: float = 0.0) -> list[Replayed]:
    new = ScriptedModel(candidate("new", price_in_usd_per_mtok=5.0), [[each] for each in says])
    models = Models({Scenario.ANSWER: (new.candidate,)})
    writing = compose.generate(world.made).writing
    needs = Replaying(
        turns=world.made.turns,
        writing=replace(writing, models_of=lambda _: models, chat_of=lambda *_: new),
        clock=world.made.clock,
        version=None,
        open=lambda ref, version: pytest.fail("no version was asked for"),
        query_vector=lambda text, embedder: None,
    )
    profile = world.made.registry.profile(SHOP)
    return [replay(each, profile, needs) for each in world.made.recorded_turns.since(SHOP, at)]


def everything() -> list[str]:
    return [
        repr(item)
        for table in ("conversations", "logs", "registry", "once")
        for item in boto3.resource("dynamodb").Table(table).scan()["Items"]
    ]


def test_the_same_words_change_nothing(world: World) -> None:
    answered(world)
    before = everything()
    (done,) = again(world, GOOD)
    assert done.changes == ()
    assert done.now.price_usd == pytest.approx(5 * done.recorded.seen.price_usd)
    assert everything() == before, "replaying stores nothing"


@pytest.mark.parametrize(
    ("said", "changes", "outcome"),
    [
        ("A CHAPS payment costs £20 and arrives the same day. [1]", ("text",), "answered"),
        ("A CHAPS payment costs £99. [1]", ("outcome", "reason", "text", "citations"), "handed_over"),
        ("CLARIFY Which one?", ("outcome", "text", "citations"), "asked_back"),
    ],
)
def test_what_would_change_is_told(world: World, said: str, changes: tuple[str, ...], outcome: str) -> None:
    answered(world)
    (done,) = again(world, said)
    assert (done.changes, done.now.outcome) == (changes, outcome)
    assert lost_share([done]) == (1.0 if done.now.outcome == "handed_over" else 0.0)


def test_a_turn_is_replayed_with_the_conversation_as_it_was(world: World) -> None:
    answered(world)
    answered(world, message_id="m2")
    first, second = again(world, GOOD, GOOD)
    assert {first.changes, second.changes} == {()}


def test_turns_that_went_to_a_person_may_be_answered_now(world: World) -> None:
    answered(world, "A CHAPS payment costs £99. [1]")
    (done,) = again(world, GOOD)
    assert (done.recorded.seen.outcome, done.now.outcome) == ("handed_over", "answered")
    report = json.loads(json.dumps(report_of([done])))
    assert (report["turns"], report["changed"], report["lost_share"]) == (1, 1, 0.0)
    assert report["outcomes"] == {"was": {"handed_over": 1}, "now": {"answered": 1}}


def test_only_turns_since_then(world: World) -> None:
    answered(world)
    assert again(world, at=world.now + 1) == []


def test_moments_as_people_write_them() -> None:
    assert since("36h", 1_000_000.0) == 1_000_000.0 - 36 * 3600
    assert since("2d", 1_000_000.0) == 1_000_000.0 - 2 * 86_400
    assert since("1970-01-02", 0.0) == 86_400.0
    assert since("1970-01-01T01:00+01:00", 5.0) == 0.0
    with pytest.raises(ValueError, match="yesterday"):
        since("yesterday", 0.0)


def test_other_prompts_can_be_tried(tmp_path: Path) -> None:
    ours = prompt("answer").label
    (tmp_path / "answer.md").write_text("<!-- version 99 -->\n\nSay {{tenant}}.")
    try:
        use_folder(tmp_path)
        assert prompt("answer").label == "answer@99"
        assert prompt("judge").version < 99
    finally:
        use_folder(tmp_path / "nothing")
    assert prompt("answer").label == ours


def test_a_candidate_that_nobody_knows_is_named(world: World) -> None:
    asked = argparse.Namespace(tenant="shop", since="1d", model="gpt-x", kb=None, prompts=None, limit=5)
    with pytest.raises(SystemExit, match=r"'gpt-x'; there are extractive"):
        cli_replay._run(world.made, asked)  # the command's own function
