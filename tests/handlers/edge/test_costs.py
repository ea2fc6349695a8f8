"""What models cost, over HTTP."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sahut.domain.spending import Account, Usage
from sahut.domain.tenant import TurnRef
from tests.handlers.conftest import World
from tests.handlers.edge.conftest import BANK_KEY, SHOP_KEY, Edge, Reply

SMALL, JUDGE = Account("default", "answer", "small"), Account("default", "judge", "judge")


def get(edge: Edge, path: str = "", key: str = SHOP_KEY, **query: str) -> Reply:
    return edge.call("GET", f"/v1/costs{path}", None, {"X-Api-Key": key}, query)


def spend(world: World, turn_id: str, usage: dict[Account, Usage]) -> str:
    """One turn of one customer; returns the conversation."""
    ref = world.write("hello", f"wamid.{turn_id}").conversation
    world.made.spending.add(TurnRef(ref, turn_id), "run", usage, world.now)
    return ref.conversation_id


def today(world: World) -> date:
    return datetime.fromtimestamp(world.now, UTC).date()


def test_by_day_model_and_kind_of_work(edge: Edge, world: World) -> None:
    first = today(world)
    spend(world, "t1", {SMALL: Usage(1, 1000, 50, 1_200_000), JUDGE: Usage(1, 500, 10, 2_000_000)})
    spend(world, "t2", {SMALL: Usage(2, 1000, 50, 1_200_000)})
    world.now += 86_400
    spend(world, "t3", {SMALL: Usage(1, 10, 5, 500)})
    shown = get(edge, **{"from": first.isoformat(), "to": today(world).isoformat()}).json
    assert [(day["day"], day["turns"], day["usd"]) for day in shown["days"]] == [
        (first.isoformat(), 2, 0.0044), (today(world).isoformat(), 1, 0.000_000_5)
    ]  # fmt: skip
    assert shown["days"][0]["by"] == [
        {"agent": "default", "scenario": "answer", "model": "small",
         "usd": 0.0024, "tokens_in": 2000, "tokens_out": 100, "calls": 3},
        {"agent": "default", "scenario": "judge", "model": "judge",
         "usd": 0.002, "tokens_in": 500, "tokens_out": 10, "calls": 1},
    ]  # fmt: skip
    assert (shown["total"]["turns"], shown["total"]["tokens_in"]) == (3, 2510)
    assert shown["total"]["usd"] == pytest.approx(0.0044005)


def test_without_dates_it_is_today(edge: Edge, world: World) -> None:
    spend(world, "t1", {SMALL: Usage(1, 1, 1, 1)})
    world.now += 86_400
    assert get(edge).json["days"] == []
    spend(world, "t2", {SMALL: Usage(1, 1, 1, 1)})
    assert [day["day"] for day in get(edge).json["days"]] == [today(world).isoformat()]


def test_of_one_conversation(edge: Edge, world: World) -> None:
    conversation = spend(world, "t1", {SMALL: Usage(1, 1000, 50, 1_200_000)})
    spend(world, "t2", {JUDGE: Usage(1, 500, 10, 2_000_000)})
    shown = get(edge, f"/conversations/{conversation}").json
    assert (shown["turns"], shown["usd"], len(shown["by"])) == (2, 0.0032, 2)


def test_tenants_are_apart(edge: Edge, world: World) -> None:
    conversation = spend(world, "t1", {SMALL: Usage(1, 1, 1, 1)})
    assert get(edge, key=BANK_KEY).json["days"] == []
    assert get(edge, f"/conversations/{conversation}", key=BANK_KEY).problem["status"] == 404
    assert get(edge, key="").problem["status"] == 401


def test_a_span_has_an_order_and_an_end(edge: Edge, world: World) -> None:
    day = today(world)
    backwards = {"from": day.isoformat(), "to": (day - timedelta(1)).isoformat()}
    long = {"from": (day - timedelta(366)).isoformat(), "to": day.isoformat()}
    for query in (backwards, long, {"from": "yesterday"}):
        assert get(edge, **query).problem["status"] == 422
