"""The registry of models over HTTP, through the real handler and into the real tables."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import boto3
import pytest

from sahut.adapters.dynamodb.registry import Registry
from sahut.domain.models import EXTRACTIVE, Provider, Scenario
from tests.handlers.conftest import SHOP, World
from tests.handlers.edge.conftest import SHOP_KEY, Edge, Reply
from tests.handlers.steps import items_of

PATH = "/v1/config/models"
ADMIN, BANK_ADMIN = "an admin's key of the shop", "an admin's key of the bank"
SMALL = {"provider": "openai", "name": "small", "model": "gpt-small", "key": "models/small"}
LOCAL = {"provider": "openai_compatible", "name": "local", "model": "llama", "base_url": "https://1.1.1.1/v1"}


@pytest.fixture(autouse=True)
def admins(edge: Edge) -> None:
    registry = boto3.resource("dynamodb").Table("registry")
    for tenant, key in (("shop", ADMIN), ("bank", BANK_ADMIN)):
        digest = hashlib.sha256(key.encode()).hexdigest()
        route = {"pk": f"APIKEY#{digest}", "sk": "ROUTE", "tenant_id": tenant}
        registry.put_item(Item=route | {"role": "admin", "name": "boss"})


def read(edge: Edge, key: str = ADMIN) -> Reply:
    return edge.call("GET", PATH, None, {"X-Api-Key": key})


def put(edge: Edge, body: object, key: str = ADMIN, seen: str | None = None) -> Reply:
    """seen: the ETag to send; None: that of what holds now."""
    etag = read(edge, key).headers["etag"] if seen is None else seen
    return edge.call("PUT", PATH, body, {"X-Api-Key": key} | ({"If-Match": etag} if etag else {}))


def answering(*candidates: object) -> dict[str, Any]:
    return {"scenarios": {"answer": list(candidates)}}


def defaults(**scenarios: list[dict[str, Any]]) -> None:
    registry = boto3.resource("dynamodb").Table("registry")
    registry.put_item(Item={"pk": "DEFAULTS", "sk": "MODELS", "scenarios": dict(scenarios)})


def audit() -> list[dict[str, Any]]:
    return [each for each in items_of("logs") if each.get("event") == "models.changed"]


def test_a_tenant_that_chose_nothing_has_the_defaults(edge: Edge) -> None:
    defaults(judge=[{"provider": "openai", "name": "judge", "model": "m"}])
    shown = read(edge)
    assert shown.status == 200
    assert shown.json["own"] == {
        "scenarios": {}, "ceiling_usd_per_turn": 0.0, "daily_limit_usd": 0.0, "by": ""
    }  # fmt: skip
    assert {name: each["source"] for name, each in shown.json["scenarios"].items()} == dict.fromkeys(
        ("route", "answer", "judge", "summarise", "transcribe", "see"), "default"
    )
    assert [each["name"] for each in shown.json["scenarios"]["judge"]["candidates"]] == ["judge"]
    assert [each["provider"] for each in shown.json["scenarios"]["answer"]["candidates"]] == ["extractive"]


def test_what_is_put_holds_over_the_defaults(edge: Edge, world: World) -> None:
    defaults(
        answer=[{"provider": "openai", "name": "default", "model": "m"}],
        judge=[{"provider": "openai", "name": "judge", "model": "m"}],
    )
    body = answering(SMALL | {"price_in_usd_per_mtok": 0.4, "languages": ["id", "en"]}, LOCAL) | {
        "daily_limit_usd": 5,
        "when_spent": "person",
    }
    done = put(edge, body)
    assert done.status == 200, done.body
    assert done.json["scenarios"]["answer"]["source"] == "tenant"
    assert done.json["scenarios"]["judge"]["source"] == "default"
    assert (done.json["daily_limit_usd"], done.json["when_spent"]) == (5, "person")
    models = Registry(world.made.tables, "registry", world.made.clock).models(SHOP)
    first, second, last = models.of(Scenario.ANSWER)
    assert (first.provider, first.key, first.languages) == (Provider.OPENAI, "models/small", ("id", "en"))
    assert first.price_usd(1_000_000, 0) == pytest.approx(0.4)
    assert (second.base_url, last) == ("https://1.1.1.1/v1", EXTRACTIVE)
    assert [each.name for each in models.of(Scenario.JUDGE)] == ["judge"]


def test_what_is_shown_as_own_can_be_put_back(edge: Edge) -> None:
    put(edge, answering(SMALL, LOCAL, {"provider": "extractive"}) | {"daily_limit_usd": 2.5})
    before = read(edge).json
    assert put(edge, before["own"]).json == before


def test_an_empty_list_asks_nobody_where_the_default_would(edge: Edge) -> None:
    defaults(judge=[{"provider": "openai", "name": "judge", "model": "m"}])
    assert put(edge, {"scenarios": {"judge": []}}).json["scenarios"]["judge"] == {
        "source": "tenant", "candidates": []
    }  # fmt: skip


def test_warm_functions_follow_within_thirty_seconds(edge: Edge, world: World) -> None:
    warm = world.made.registry
    assert warm.models(SHOP).of(Scenario.ANSWER) == (EXTRACTIVE,)
    assert put(edge, answering(SMALL)).status == 200
    world.now += 30
    assert [each.name for each in warm.models(SHOP).of(Scenario.ANSWER)] == ["small", "extractive"]


def test_a_change_names_what_it_has_seen(edge: Edge) -> None:
    seen = read(edge).headers["etag"]
    assert put(edge, answering(SMALL), seen="").problem["status"] == 428
    assert put(edge, answering(SMALL), seen=seen).status == 200
    refused = put(edge, answering(LOCAL), seen=seen)
    assert refused.problem["status"] == 412
    assert [each["name"] for each in read(edge).json["own"]["scenarios"]["answer"]] == ["small"]


def test_of_two_changes_at_once_one_wins(edge: Edge, world: World) -> None:
    store = world.made.model_registry
    own, revision, _ = store.read(SHOP)
    assert put(edge, answering(SMALL)).status == 200
    with pytest.raises(Exception, match="meanwhile"):
        store.put(SHOP, own, revision, "the slower one", world.now)
    assert len(audit()) == 1


def test_the_audit_tells_who_changed_what(edge: Edge) -> None:
    put(edge, answering(SMALL) | {"by": "ana"})
    put(edge, answering(LOCAL))
    first, second = sorted(audit(), key=lambda each: each["revision"])
    assert [first["by"], second["by"]] == ["ana", "boss"]
    assert second["was"]["scenarios"]["answer"][0]["name"] == "small"
    assert second["became"]["scenarios"]["answer"][0]["name"] == "local"
    assert {first["pk"], second["pk"]} == {"T#shop#AUDIT"}


def test_tenants_are_apart(edge: Edge) -> None:
    put(edge, answering(SMALL))
    assert read(edge, BANK_ADMIN).json["own"]["scenarios"] == {}


@pytest.mark.parametrize("key", [SHOP_KEY, "nobody's", ""], ids=["backend", "unknown", "none"])
def test_only_admins_may(edge: Edge, key: str) -> None:
    expected = 403 if key == SHOP_KEY else 401
    assert read(edge, key).problem["status"] == expected
    assert put(edge, answering(SMALL), key, "x").problem["status"] == expected


def test_what_cannot_work_is_refused_by_field(edge: Edge) -> None:
    """tests/unit/test_models_api.py has all the rules."""
    refused = put(edge, answering(SMALL, SMALL | {"name": "b", "timeout_s": 46}) | {"daily_limit_usd": -1})
    assert refused.problem["status"] == 422
    fields = [each["field"] for each in refused.json["errors"]]
    assert fields == ["body.scenarios.answer.1.timeout_s", "body.daily_limit_usd"]
    assert read(edge).json["own"]["scenarios"] == {}


def test_a_secret_is_never_told_back(edge: Edge) -> None:
    secret = "sk-live-1234"
    refused = put(edge, answering(SMALL | {"key": secret}))
    assert refused.problem["status"] == 422
    assert secret not in refused.body
    assert secret not in json.dumps(items_of("registry") + items_of("logs"), default=str)


PRIVATE = ("http://127.0.0.1:11434/v1", "http://localhost/v1", "http://10.0.0.7/v1", "http://[::1]/v1",
           "http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/")  # fmt: skip


def test_private_addresses_need_the_installations_consent(edge: Edge, world: World) -> None:
    private = [LOCAL | {"base_url": address, "name": f"n{n}"} for n, address in enumerate(PRIVATE)]
    refused = put(edge, {"scenarios": {"answer": [SMALL], "judge": private}})
    assert refused.problem["status"] == 422
    assert refused.json["errors"] == [
        {"field": f"body.scenarios.judge.{n}.base_url", "problem": "the host is not on the public internet"}
        for n in range(len(PRIVATE))
    ]
    object.__setattr__(world.made.settings, "model_addresses", "any")
    assert put(edge, {"scenarios": {"judge": private}}).status == 200
