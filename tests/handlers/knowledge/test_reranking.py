"""Find passages with a tenant's reranker: on real stores and a real HTTP server."""

from __future__ import annotations

import json
from collections.abc import Iterator

import boto3
import pytest

from sahut.adapters.dynamodb.wire import Value, to_item
from sahut.domain.evidence import PASSAGES_WANTED
from sahut.ports.passages import Query
from sahut.runtime import compose
from sahut.runtime.log_events import Event
from sahut.stages.retrieve import retrieve
from tests.handlers.conftest import SHOP
from tests.handlers.knowledge.conftest import Library
from tests.handlers.steps import claimed, items_of
from tests.unit.graph_server import Behaviour, GraphServer, answers, graph_server, stalls

QUESTION = "batik shirt price"
DOCUMENTS = 10
KEY = "sk-secret-key"
# The index's last is the best, and its first the worst.
BACKWARDS = json.dumps([{"index": n, "score": n / 10} for n in range(DOCUMENTS)])


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server() as made:
        yield made


@pytest.fixture
def shelf(library: Library) -> Library:
    """Ten documents, each with the question's words among more and more others."""
    for n in range(DOCUMENTS):
        others = " ".join(f"word{n}x{each}" for each in range(5 + 5 * n))
        library.put(f"batik{n}.md", f"# Batik {n}\n\nThe price of a batik shirt is Rp{n}55.000. {others}")
    assert library.build() == "activated"
    boto3.client("ssm").put_parameter(
        Name=f"/sahut/test/tenants/{SHOP}/models/reranker", Value=KEY, Type="SecureString"
    )
    return library


def choose(reranker: Value) -> None:
    profile = {"pk": f"TENANT#{SHOP}", "sk": "PROFILE", "name": "Shop", "reranker": reranker}
    boto3.client("dynamodb").put_item(TableName="registry", Item=to_item(profile))


def found(library: Library) -> tuple[list[str], object]:
    """What a turn's record says after `retrieve`: its documents, best first, and the reranker's part."""
    library.world.now += 60  # the profile from before is forgotten
    stored, task, turn_id = claimed(library.world, QUESTION)
    result = retrieve(library.world.turn_task(task, turn_id), compose.retrieve(library.made))
    turn = library.world.turn(stored.conversation, turn_id)
    assert result.passages == len(turn.passages) == PASSAGES_WANTED
    [item] = [each for each in items_of("conversations") if "kb_version" in each]
    return [hit.passage.document_id for hit in turn.passages], item["reranker"]


def index_order(library: Library) -> list[str]:
    """All ten documents as the index orders them: by the searches that no reranker sees."""
    live = library.live
    assert live is not None
    knows = library.made.knowledge
    opened = knows.shelf.open(library.ref, live)
    query = Query(QUESTION, knows.vectors(QUESTION, opened.embedder))
    return [hit.passage.document_id for hit in opened.find(query, 30)]


def test_the_order_is_the_rerankers(shelf: Library, server: GraphServer) -> None:
    choose({"kind": "tei", "base_url": server.url, "key_name": "models/reranker"})
    server.will(answers(BACKWARDS))
    expected = index_order(shelf)[::-1]
    assert len(expected) == DOCUMENTS
    assert found(shelf) == (expected[:PASSAGES_WANTED], "used")
    [request] = server.requests
    assert request.headers["authorization"] == f"Bearer {KEY}"
    asked = json.loads(request.body)
    assert asked["query"] == QUESTION
    assert len(asked["texts"]) == DOCUMENTS
    assert all(text.startswith("Batik ") for text in asked["texts"])  # below its headings


def test_equal_scores_leave_the_order(shelf: Library, server: GraphServer) -> None:
    choose({"kind": "tei", "base_url": server.url})
    server.will(answers(json.dumps([{"index": n, "score": 0} for n in range(DOCUMENTS)])))
    assert found(shelf) == (index_order(shelf)[:PASSAGES_WANTED], "used")


def test_without_one_nobody_is_asked(shelf: Library, server: GraphServer) -> None:
    assert found(shelf) == (index_order(shelf)[:PASSAGES_WANTED], "")
    assert server.requests == []


@pytest.mark.parametrize(
    ("behaviour", "key_name"),
    [(answers("{}", 500), ""), (answers("[]"), ""), (stalls, ""), (answers(BACKWARDS), "models/missing")],
)
def test_a_failure_keeps_the_indexs_order_and_is_told(
    shelf: Library,
    server: GraphServer,
    caplog: pytest.LogCaptureFixture,
    behaviour: Behaviour,
    key_name: str,
) -> None:
    choose({"kind": "tei", "base_url": server.url, "key_name": key_name, "timeout_s": 0.5})
    server.will(behaviour)
    assert found(shelf) == (index_order(shelf)[:PASSAGES_WANTED], "failed")
    [record] = [each for each in caplog.records if each.__dict__.get("event") == Event.RERANKER_FAILED.name]
    assert record.__dict__["tenant_id"] == str(SHOP)
    assert QUESTION not in str(record.__dict__)
