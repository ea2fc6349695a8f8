"""The sandbox's small parts: names, throttling rules, citations, remembered vectors, seeds."""

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from sandbox.build import sources_digest
from sandbox.customer import Reply
from sandbox.endpoints import (
    Endpoints,
    GraphApiEndpoints,
    SeededTenant,
    WhatsAppEndpoints,
    write_whole,
)
from sandbox.knowledge import RememberingEmbedder
from sandbox.tenants import load_tenants
from sandbox.throttling import Rules, folder_of
from sandbox.workers import logical_id_of

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = sorted(path.name for path in (ROOT / "functions").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_function_has_one_name_everywhere(folder: str) -> None:
    assert folder_of(f"my-stack-{logical_id_of(folder)}-0AB1") == folder


def test_throttling_follows_its_file(tmp_path: Path) -> None:
    path = tmp_path / "throttle.json"
    rules = Rules(path)
    assert not rules.strikes("lambda", "delivery")
    path.write_text(json.dumps({"lambda": {"fraction": 1.0, "functions": ["delivery"]}}))
    assert rules.strikes("lambda", "delivery")
    assert not rules.strikes("lambda", "gathering")
    assert not rules.strikes("dynamodb")
    path.write_text(json.dumps({"dynamodb": {"fraction": 1.0}}))
    os.utime(path, ns=(0, time.time_ns() + 10**9))
    assert rules.strikes("dynamodb")
    path.unlink()
    assert not rules.strikes("dynamodb")


def test_the_citations_of_a_reply() -> None:
    reply = Reply("Two days [1].\n\n[1] Delivery\n[2] Fees", 0.5)
    assert reply.citations == ["[1] Delivery", "[2] Fees"]
    assert Reply("Dua hari. [1]\n\nSumber: [1] A > B · [2] C", 0.5).citations == ["[1] A > B · [2] C"]
    assert Reply("No idea.", 0.5).citations == []


def test_endpoints_json_is_the_documented_contract(tmp_path: Path) -> None:
    tenant = SeededTenant("shop", "Shop", "sk", "1", "wc")
    endpoints = Endpoints(
        "http://a",
        "http://w",
        "http://p",
        "http://e",
        "sahut",
        WhatsAppEndpoints("http://h", "s", "v"),
        GraphApiEndpoints("http://g", "http://o"),
        (tenant,),
    )
    path = tmp_path / "endpoints.json"
    write_whole(path, endpoints.to_json())
    assert json.loads(path.read_text()) == {
        "api_url": "http://a",
        "webchat_url": "http://w",
        "phone_url": "http://p",
        "aws_endpoint_url": "http://e",
        "stack_name": "sahut",
        "whatsapp": {"webhook_url": "http://h", "app_secret": "s", "verify_token": "v"},
        "graph_api": {"base_url": "http://g", "outbox_url": "http://o"},
        "tenants": [
            {
                "tenant_id": "shop",
                "name": "Shop",
                "api_key": "sk",
                "phone_number_id": "1",
                "webchat_key": "wc",
            }
        ],
    }
    assert list(tmp_path.iterdir()) == [path]


class CountingEmbedder:
    name = "counting"
    dimensions = 1

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_query(self, text: str) -> list[float]:
        return [float(len(text))]

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        self.embedded += texts
        return [[float(len(text))] for text in texts]


def test_a_passage_is_embedded_once(tmp_path: Path) -> None:
    inner = CountingEmbedder()
    embedder = RememberingEmbedder(inner, tmp_path / "vectors.sqlite")
    assert embedder.embed_passages(["a", "bb"]) == [[1.0], [2.0]]
    assert embedder.embed_passages(["bb", "ccc", "a"]) == [[2.0], [3.0], [1.0]]
    assert inner.embedded == ["a", "bb", "ccc"]


def test_the_two_tenants_are_complete_and_apart() -> None:
    tenants = load_tenants()
    assert [tenant.tenant_id for tenant in tenants] == ["toko-melati", "northwind-bank"]
    for field in ("phone_number_id", "webchat_key", "api_key", "access_token"):
        assert len({getattr(tenant, field) for tenant in tenants}) == 2
    assert all(len(tenant.documents) >= 10 for tenant in tenants)


def test_the_build_follows_the_content_of_its_sources(tmp_path: Path) -> None:
    for folder in ("layers", "functions/a", "statemachines"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "template.yaml").write_text("a: 1")
    source = tmp_path / "functions" / "a" / "handler.py"
    source.write_text("x = 1")
    before = sources_digest(tmp_path)
    (tmp_path / "functions" / "a" / "__pycache__").mkdir()
    (tmp_path / "functions" / "a" / "__pycache__" / "handler.pyc").write_text("noise")
    source.touch()
    assert sources_digest(tmp_path) == before
    source.write_text("x = 2")
    assert sources_digest(tmp_path) != before
