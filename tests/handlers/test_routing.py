"""The tenant's own router: asked about ordinary questions, believed when sure, done without when down."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from sahut.adapters.dynamodb import keys
from sahut.domain.agent import Agent
from sahut.domain.errors import TryAgain
from sahut.domain.models import Candidate, Models, Provider, Scenario
from sahut.ports.intents import Intent
from sahut.runtime import compose
from sahut.stages.route import route
from tests.handlers.answering import Scene, ScriptedModel, ask, candidate
from tests.handlers.conftest import World

RASA = Candidate(Provider.RASA, "rasa", base_url="http://127.0.0.1:1", max_retries=0)
QUESTION = "Berapa ongkos kirim ke Papua?"


@dataclass
class Router:
    """Says one thing; an exception is raised."""

    says: Intent | Exception
    asked: list[str] = field(default_factory=list)

    def parse(self, text: str, deadline: float) -> Intent:
        self.asked.append(text)
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


def routed(scene: Scene, router: Router | ScriptedModel, agent: Agent | None = None) -> tuple[str, str]:
    """(lane, reason) with this router as the tenant's only one."""
    chosen = RASA if isinstance(router, Router) else router.candidate
    needs = compose.route(scene.world.made)
    intending = replace(
        needs.intending,
        models_of=lambda tenant: Models({Scenario.ROUTE: (chosen,)}),
        intents_of=lambda tenant, candidate: router,  # type: ignore[arg-type, return-value]
        chat_of=lambda tenant, candidate: router,  # type: ignore[arg-type, return-value]
    )
    profile = replace(needs.profile_of(scene.ref.conversation.tenant), agent=agent or Agent())
    needs = replace(needs, intending=intending, profile_of=lambda tenant: profile)
    result = route(scene.world.turn_task(scene.task, scene.turn_id), needs)
    return result.lane, result.reason


@pytest.mark.parametrize(
    ("intent", "expected"),
    [
        (Intent("talk_to_human", 0.9), ("person", "asked_for_person")),
        (Intent("greet", 0.9), ("smalltalk", "")),
        (Intent("ask_shipping", 0.9), ("answer", "")),
        (Intent("talk_to_human", 0.5), ("answer", "")),
        (Intent("", 0.0), ("answer", "")),
        (TryAgain("down"), ("answer", "")),
    ],
    ids=["person", "greeting", "own", "unsure", "none", "down"],
)
def test_what_a_router_says(world: World, intent: Intent | Exception, expected: tuple[str, str]) -> None:
    scene = ask(world, QUESTION)
    router = Router(intent)
    assert routed(scene, router) == expected
    assert router.asked == [QUESTION]
    item = world.made.tables.get("conversations", keys.turn(scene.ref))
    assert item is not None
    (attempt,) = json.loads(str(item["route_attempts"]))
    assert attempt["outcome"] == ("failed" if isinstance(intent, Exception) else "done")


def test_a_tenant_names_its_intents(world: World) -> None:
    agent = Agent(intents={"komplain": "person", "talk_to_human": "answer"})
    assert routed(ask(world, QUESTION), Router(Intent("komplain", 0.9)), agent)[0] == "person"
    assert (
        routed(ask(world, QUESTION, message_id="m2"), Router(Intent("talk_to_human", 0.9)), agent)[0]
        == "answer"
    )


def test_a_wish_for_a_person_needs_no_router(world: World) -> None:
    router = Router(Intent("ask_shipping", 1.0))
    assert routed(ask(world, "Saya mau bicara dengan orang"), router) == ("person", "asked_for_person")
    assert router.asked == []


@pytest.mark.parametrize(
    ("said", "lane"),
    [
        ('{"intent": "person", "confidence": 0.9}', "person"),
        ('{"intent": "answer", "confidence": 0.9}', "answer"),
        ('```json\n{"intent": "thanks", "confidence": 1}\n```', "smalltalk"),
        ("a person, I think", "answer"),
        ('{"intent": "person", "confidence": "high"}', "answer"),
    ],
)
def test_a_chat_model_may_route_too(world: World, said: str, lane: str) -> None:
    model = ScriptedModel(candidate("router", structured=True), [[said]])
    scene = ask(world, QUESTION)
    assert routed(scene, model)[0] == lane
    (asked,) = model.asked
    assert QUESTION in asked.messages[-1].content
    assert asked.output is not None


def test_without_a_router_nobody_is_asked(world: World) -> None:
    scene = ask(world, QUESTION)
    result = route(world.turn_task(scene.task, scene.turn_id), compose.route(world.made))
    assert result.lane == "answer"
    item = world.made.tables.get("conversations", keys.turn(scene.ref))
    assert item is not None
    assert "route_attempts" not in item
