"""A tenant's tools over HTTP, through the real handler and into the real tables."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import boto3
import pytest

from tests.handlers.conftest import SHOP, World
from tests.handlers.edge.conftest import SHOP_KEY, Edge, Reply
from tests.handlers.steps import items_of

PATH = "/v1/config/tools"
ADMIN, BANK_ADMIN = "an admin's key of the shop", "an admin's key of the bank"
HTTP = {"method": "GET", "url": "https://1.1.1.1/orders/{order_id}", "secret": "tools/orders"}
STATUS: dict[str, Any] = {
    "kind": "http",
    "title": "Order status",
    "description": "Where an order is.",
    "parameters": {
        "type": "object",
        "properties": {"order_id": {"type": "string"}},
        "required": ["order_id"],
    },
    "http": HTTP,
}


@pytest.fixture(autouse=True)
def admins(edge: Edge) -> None:
    registry = boto3.resource("dynamodb").Table("registry")
    for tenant, key in (("shop", ADMIN), ("bank", BANK_ADMIN)):
        digest = hashlib.sha256(key.encode()).hexdigest()
        route = {"pk": f"APIKEY#{digest}", "sk": "ROUTE", "tenant_id": tenant}
        registry.put_item(Item=route | {"role": "admin", "name": "boss"})


def call(edge: Edge, method: str, name: str = "", body: object = None, key: str = ADMIN) -> Reply:
    return edge.call(method, f"{PATH}/{name}" if name else PATH, body, {"X-Api-Key": key})


def test_a_tool_is_stored_shown_and_deleted(edge: Edge, world: World) -> None:
    put = call(edge, "PUT", "order_status", STATUS)
    assert (put.status, put.json["name"], put.json["http"]["url"]) == (200, "order_status", HTTP["url"])
    assert call(edge, "GET", "order_status").json == put.json
    assert [each["name"] for each in call(edge, "GET").json["tools"]] == ["order_status"]
    assert [each.name for each in world.made.tool_registry.of(SHOP)] == ["order_status"]
    assert call(edge, "DELETE", "order_status").status == 204
    assert call(edge, "GET", "order_status").problem["status"] == 404
    assert call(edge, "DELETE", "order_status").problem["status"] == 404
    told = [each["became"] for each in items_of("logs") if each.get("event") == "tools.changed"]
    assert len(told) >= 1


def test_another_tenant_sees_nothing_of_it(edge: Edge) -> None:
    call(edge, "PUT", "order_status", STATUS)
    assert call(edge, "GET", key=BANK_ADMIN).json == {"tools": []}
    assert call(edge, "GET", "order_status", key=BANK_ADMIN).status == 404


def test_only_admins_may(edge: Edge) -> None:
    assert call(edge, "GET", key=SHOP_KEY).status == 403
    assert call(edge, "PUT", "order_status", STATUS, key=SHOP_KEY).status == 403


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "python"}, "body.kind"),
        ({"description": ""}, "body.description"),
        (
            {"parameters": {"type": "object", "properties": {"x": {"type": "a"}}}},
            "body.parameters.properties.x.type",
        ),
        ({"http": HTTP | {"secret": "sk-1234567890"}}, "body.http.secret"),
        ({"http": HTTP | {"url": "https://127.0.0.1/{order_id}"}}, "body.http.url"),
        ({"http": HTTP | {"url": "https://169.254.169.254/{order_id}"}}, "body.http.url"),
        ({"http": HTTP | {"method": "POST"}}, "body.effectful"),
        ({"timeout_s": 11}, "body.timeout_s"),
        ({"colour": "red"}, "body.colour"),
        ({"openapi": {"document": {}, "operation_id": "x"}}, "body.openapi"),
        ({"title": "Look [1]"}, "body.title"),
    ],
    ids=range(11),
)
def test_what_is_wrong_names_its_field(edge: Edge, change: dict[str, Any], field: str) -> None:
    refused = call(edge, "PUT", "order_status", STATUS | change).problem
    assert refused["status"] == 422
    assert field in [each["field"] for each in refused["errors"]]
    assert call(edge, "GET").json == {"tools": []}


def test_a_host_that_is_not_on_the_list_is_refused(edge: Edge, world: World) -> None:
    world.made.settings = replace(world.made.settings, tool_hosts="orders.example")
    refused = call(edge, "PUT", "order_status", STATUS).problem
    assert refused["errors"][0]["field"] == "body.http.url"


def test_a_name_that_a_model_could_not_say_is_refused(edge: Edge) -> None:
    assert call(edge, "PUT", "Order-Status", STATUS).status == 422


def test_there_is_an_end_to_how_many(edge: Edge) -> None:
    for number in range(20):
        assert call(edge, "PUT", f"tool_{number}", STATUS).status == 200
    assert call(edge, "PUT", "one_more", STATUS).problem["status"] == 409
    assert call(edge, "PUT", "tool_0", STATUS).status == 200
