"""What models cost is counted once for each time that they are asked, and the day's limit stops them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.model_items import models_item
from sahut.adapters.dynamodb.table import Write
from sahut.adapters.dynamodb.turns import TurnStore
from sahut.contracts.tasks import GenerateResult
from sahut.domain.budget import WhenSpent, nano_usd
from sahut.domain.errors import Outdated, TryAgain
from sahut.domain.models import Models, Scenario
from sahut.domain.spending import Account, Spending, Usage
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.runtime import compose, metrics
from sahut.runtime.fuse import CACHE_S, Fuse
from sahut.stages.generate import Generating, generate
from tests.handlers.answering import Scene, ScriptedModel, ask, candidate
from tests.handlers.conftest import SHOP, World
from tests.handlers.steps import for_threads, items_of

QUESTION = "What does a CHAPS payment cost?"
GOOD, BAD = "A CHAPS payment costs £20. [1]", "A CHAPS payment costs £21. [1]"
SATISFIED = json.dumps({"unsupported": [], "answers_question": True})
ACCOUNT = Account("default", "answer", "small")


def model(name: str, *scripts: str | Exception, **more: object) -> ScriptedModel:
    more = {"price_in_usd_per_mtok": 1.0, "price_out_usd_per_mtok": 4.0, **more}
    return ScriptedModel(candidate(name, **more), [[script] for script in scripts])


def scene_of(world: World, *models: ScriptedModel, judge: ScriptedModel | None = None) -> Scene:
    scene = ask(world, QUESTION, *models, *([judge] if judge else []))
    scene.listening = False
    scene.scenarios = {Scenario.ANSWER: tuple(each.candidate.name for each in models)}
    if judge:
        scene.scenarios[Scenario.JUDGE] = (judge.candidate.name,)
    return scene


def today(world: World) -> date:
    return datetime.fromtimestamp(world.now, UTC).date()


def spent_today(world: World, tenant: TenantId = SHOP) -> Spending:
    day = today(world)
    return world.made.spending.days(tenant, day, day).get(day, Spending({}))


def book(world: World, usd: float, run: str = "r", turn_id: str = "t", conversation: str = "c") -> None:
    turn = TurnRef(ConversationRef(SHOP, conversation), turn_id)
    world.made.spending.add(turn, run, {ACCOUNT: Usage(1, 10, 5, nano_usd(usd))}, world.now)


# ── counted ───────────────────────────────────────────────────────────────────────────────────────
def test_all_that_was_asked_is_counted_also_what_came_to_nothing(world: World) -> None:
    foreign = model("foreign", "Biaya pembayaran CHAPS adalah £20 untuk Anda. [1]")
    scene = scene_of(world, foreign, model("small", GOOD), judge=model("judge", SATISFIED))
    assert scene.generate().model == "small"
    counted = spent_today(world)
    assert {(each.scenario, each.model) for each in counted.by} == {
        ("answer", "foreign"), ("answer", "small"), ("judge", "judge")
    }  # fmt: skip
    ledger = scene.ledger()
    assert (counted.total.tokens_in, counted.total.tokens_out) == (ledger["tokens_in"], ledger["tokens_out"])
    assert counted.total.nano_usd == nano_usd(float(str(ledger["price_usd"]))) > 0
    assert (counted.total.calls, counted.turns) == (3, 1)
    assert world.made.spending.of_conversation(scene.task.conversation) == counted


def test_who_asks_no_model_writes_nothing(world: World) -> None:
    scene = scene_of(world, model("down"))
    assert scene.generate().model == "extractive"
    assert not [each for each in items_of("logs") if "SPENT" in each["pk"]]
    assert not [each for each in items_of("conversations") if each["sk"].startswith("SPENT")]


@pytest.mark.parametrize("said", [GOOD, BAD], ids=["safe", "unsafe"])
def test_a_repeated_call_asks_nobody_and_counts_nothing(world: World, said: str) -> None:
    small = model("small", said, said)
    scene = scene_of(world, small)
    first = scene.generate()
    counted = spent_today(world)
    assert scene.generate() == first
    assert (len(small.asked), spent_today(world)) == (1, counted)


def test_a_newer_attempt_asks_again_and_that_is_counted(world: World) -> None:
    small = model("small", BAD, BAD)
    scene = scene_of(world, small)
    scene.generate()
    scene.task = world.task(scene.task.conversation, "m1")
    scene.generate()
    counted = spent_today(world)
    assert (len(small.asked), counted.total.calls, counted.turns) == (2, 2, 1)


def test_what_an_outdated_attempt_spent_is_counted(world: World) -> None:
    small = model("small")
    scene = scene_of(world, small)
    small.scripts = [[lambda: world.made.turns.next_epoch(scene.task.conversation), GOOD]]
    with pytest.raises(Outdated):
        scene.generate()
    assert spent_today(world).total.calls == 1


class Crashing(TurnStore):
    """The function dies before the answer is stored, once."""

    died = False

    def record_answer(self, *arguments: Any) -> None:
        if not self.died:
            self.died = True
            raise TryAgain("died")
        super().record_answer(*arguments)


def test_after_a_crash_between_the_count_and_the_record_each_asking_is_counted(world: World) -> None:
    small = model("small", GOOD, GOOD)
    scene = scene_of(world, small)
    needs = replace(scene.needs(), turns=Crashing(world.made.tables, "conversations"))
    task = world.turn_task(scene.task, scene.turn_id)
    with pytest.raises(TryAgain):
        generate(task, needs)
    assert generate(task, needs).safe
    counted = spent_today(world)
    assert (len(small.asked), counted.total.calls, counted.turns) == (2, 2, 1)
    generate(task, needs)
    assert spent_today(world) == counted


def test_a_booking_that_is_repeated_counts_once(world: World) -> None:
    for _ in range(3):
        book(world, 0.5, "run-1")
    book(world, 0.25, "run-2")
    book(world, 0.25, "run-2")
    counted = spent_today(world)
    assert (counted.total, counted.turns) == (Usage(2, 20, 10, nano_usd(0.75)), 1)


def test_bookings_at_once_lose_nothing_and_count_nothing_twice(world: World) -> None:
    """Eight runs of two turns, each booked twice, all at once."""
    for_threads(world)
    runs = [(f"run-{n}", f"t{n % 2}") for n in range(8)] * 2
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda run: book(world, 0.1, *run), runs))
    counted = spent_today(world)
    assert (counted.total, counted.turns) == (Usage(8, 80, 40, nano_usd(0.8)), 2)
    assert world.made.spending.of_conversation(ConversationRef(SHOP, "c")) == counted


def test_two_calls_at_once_that_both_asked_are_both_counted(world: World) -> None:
    for_threads(world)
    small = model("small", GOOD, GOOD)
    scene = scene_of(world, small)
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: scene.generate(), range(2)))
    assert [each.safe for each in results] == [True, True]
    counted = spent_today(world)
    assert (counted.total.calls, counted.turns) == (len(small.asked), 1)


def test_days_are_utcs_and_tenants_are_apart(world: World) -> None:
    first = today(world)
    book(world, 1.0, "a", conversation="c1")
    book(world, 1.0, "b", conversation="c2")
    world.now += 86_400
    book(world, 0.5, "c", conversation="c1")
    days = world.made.spending.days(SHOP, first, today(world))
    assert {day.isoformat(): spent.total.nano_usd / 1e9 for day, spent in days.items()} == {
        first.isoformat(): 2.0, today(world).isoformat(): 0.5
    }  # fmt: skip
    assert world.made.spending.days(SHOP, first, first)[first].turns == 2
    assert world.made.spending.days(TenantId("bank"), first, today(world)) == {}


# ── the fuse ──────────────────────────────────────────────────────────────────────────────────────
def limited(world: World, scene: Scene, when_spent: WhenSpent | None = None) -> Generating:
    """The scene's models in the tenant's registry, with a limit of 1 US dollar a day."""
    chosen = {
        what: tuple(scene.models[name].candidate for name in names) for what, names in scene.scenarios.items()
    }
    item = models_item(Models(chosen, daily_limit_usd=1.0, when_spent=when_spent))
    world.made.tables.write(Write("registry", keys.models(SHOP), put=item))
    needs = compose.generate(world.made)
    writing = replace(needs.writing, chat_of=lambda tenant, candidate: scene.models[candidate.name])
    return replace(needs, writing=writing, listening=lambda head: False)


def answered(world: World, scene: Scene, needs: Generating) -> tuple[GenerateResult, list[str]]:
    """The result, and who was asked."""
    result = generate(world.turn_task(scene.task, scene.turn_id), needs)
    return result, [name for name, each in scene.models.items() if each.asked]


def trio(world: World) -> Scene:
    big = model("big", GOOD, price_in_usd_per_mtok=10.0)
    return scene_of(world, big, model("small", GOOD), judge=model("judge", SATISFIED))


@pytest.mark.parametrize(
    ("spent_usd", "when_spent", "writer", "asked", "rung"),
    [
        (0.8, None, "big", ["big"], "no_judge"),
        (0.9, WhenSpent.PERSON, "small", ["small"], "cheapest"),
        (1.0, None, "extractive", [], "extractive"),
    ],
)
def test_the_ladder_is_what_a_turn_meets(
    world: World, spent_usd: float, when_spent: WhenSpent | None, writer: str, asked: Sequence[str], rung: str
) -> None:
    scene = trio(world)
    needs = limited(world, scene, when_spent)
    book(world, spent_usd)
    result, who = answered(world, scene, needs)
    assert (result.safe, result.model, who) == (True, writer, asked)
    assert scene.ledger()["rung"] == rung


def test_when_all_is_spent_a_person_answers_if_the_tenant_says_so(world: World) -> None:
    scene = trio(world)
    needs = limited(world, scene, WhenSpent.PERSON)
    book(world, 1.0)
    result, who = answered(world, scene, needs)
    assert (result.safe, result.reason, who) == (False, "cost_fuse", [])
    ledger = scene.ledger()
    assert (ledger["rung"], ledger["verdict_reason"]) == ("person", "the day's limit is spent")


def test_how_soon_spending_is_seen(world: World) -> None:
    """A function's own at once, others' five seconds later; and the next day of UTC begins anew."""
    scene = trio(world)
    needs = limited(world, scene)

    def rung() -> str:
        return needs.writing.models_of(SHOP).rung.value

    assert rung() == "everything"
    book(world, 0.95)  # another function
    world.now += CACHE_S - 0.1
    assert rung() == "everything"
    world.now += 0.1
    assert rung() == "cheapest"
    book(world, 0.05, "r2")
    needs.booking.booked(scene.ref)
    assert rung() == "extractive"
    world.now += 86_400 - world.now % 86_400 - 1
    assert rung() == "extractive"
    world.now += 1
    assert rung() == "everything"


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    metrics.flush()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "_aws" in line]
    counted = [(name, line[name]) for line in lines for name in line if name.startswith("DailyLimit")]
    return sorted(name for name, values in counted for _ in values)


def test_each_share_of_the_limit_is_told_once_a_day(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "Sahut")
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "generation")
    scene = trio(world)
    limited(world, scene)
    metrics.flush()  # what earlier tests counted
    capsys.readouterr()
    fuses = [Fuse(world.made.registry.models, world.made.spending, world.made.clock) for _ in range(2)]

    def after(usd: float, run: str) -> list[str]:
        book(world, usd, run)
        for fuse in fuses * 2:  # two functions, and each looks again
            fuse.booked(scene.ref)
        return told(capsys)

    assert after(0.49, "1") == []
    assert after(0.01, "2") == ["DailyLimit50"]
    assert after(0.6, "3") == ["DailyLimit100", "DailyLimit80"]
    assert after(0.6, "4") == []
    world.now += 86_400
    assert after(0.81, "5") == ["DailyLimit50", "DailyLimit80"]
