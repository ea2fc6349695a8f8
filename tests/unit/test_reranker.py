"""The reranker's client against a server that behaves as badly as it is told."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from sahut.adapters.rerankers.http import HttpReranker
from sahut.domain.errors import NotFound, Refused, TryAgain
from sahut.domain.profile import RerankerChoice, reranker_of
from tests.unit.graph_server import (
    Behaviour,
    GraphServer,
    answers,
    graph_server,
    hangs_up,
    resets,
    stalls,
    trickles,
)

KEY = "sk-secret-key"
TEXTS = ("about parcels", "about prices", "about hours")
JINA = """{"results": [{"index": 2, "relevance_score": 0.9}, {"index": 0, "relevance_score": -1},
    {"index": 1, "relevance_score": 0.5}], "usage": {"total_tokens": 9}}"""
TEI = '[{"index": 2, "score": 0.9}, {"index": 0, "score": -1}, {"index": 1, "score": 0.5}]'


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server() as made:
        yield made


def reranker(
    url: str, kind: str = "jina", api_key: Callable[[], str] = lambda: KEY, timeout_s: float = 2.0
) -> HttpReranker:
    return HttpReranker(url, "small", api_key, timeout_s, kind)


@pytest.mark.parametrize(
    ("kind", "answer", "asked"),
    [
        ("jina", JINA, {"model": "small", "query": "ongkir?", "documents": list(TEXTS), "top_n": 3}),
        ("tei", TEI, {"query": "ongkir?", "texts": list(TEXTS), "truncate": True}),
    ],
)
def test_scores_come_in_the_order_of_the_texts(
    server: GraphServer, kind: str, answer: str, asked: dict[str, object]
) -> None:
    server.will(answers(answer))
    assert reranker(server.url + "/", kind).scores("ongkir?", TEXTS) == (-1.0, 0.5, 0.9)
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/v23.0/rerank")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert json.loads(request.body) == asked


def test_a_server_without_a_key_is_sent_none(server: GraphServer) -> None:
    server.will(answers(TEI))
    reranker(server.url, "tei", api_key=lambda: "").scores("ongkir?", TEXTS)
    assert "authorization" not in server.requests[0].headers


def test_nothing_found_is_nothing_asked(server: GraphServer) -> None:
    assert reranker(server.url).scores("ongkir?", ()) == ()
    assert server.requests == []


def scored(*indexes: object, score: str = "1.0") -> str:
    each = ", ".join(f'{{"index": {index}, "score": {score}}}' for index in indexes)
    return f"[{each}]"


@pytest.mark.parametrize(
    "answer",
    [
        "", "null", "{}", "[]", "no json", JINA,
        scored(0, 1), scored(0, 1, 1), scored(0, 1, 2, 2), scored(1, 2, 3), scored(0, 1, -1),
        scored(0, 1, '"2"'), scored(0, 1, "2.5"), scored(0, 1, "true"),
        scored(0, 1, 2, score="NaN"), scored(0, 1, 2, score="1e999"), scored(0, 1, 2, score="null"),
        scored(0, 1, 2, score='"1.0"'),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_score_every_text_once_is_refused(server: GraphServer, answer: str) -> None:
    server.will(answers(answer))
    with pytest.raises(Refused):
        reranker(server.url, "tei").scores("ongkir?", TEXTS)


@pytest.mark.parametrize("answer", [TEI, '{"results": null}', '{"results": [{"index": 0, "score": 1}]}'])
def test_the_other_dialect_is_refused(server: GraphServer, answer: str) -> None:
    server.will(answers(answer))
    with pytest.raises(Refused):
        reranker(server.url).scores("ongkir?", TEXTS)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (answers("{}", 429), TryAgain),
        (answers("{}", 500), TryAgain),
        (answers("{}", 503), TryAgain),
        (answers(f'{{"detail": "{KEY} ongkir?"}}', 401), Refused),
        (answers("{}", 400), Refused),
        (answers("{}", 302, Location="http://127.0.0.1:9/"), Refused),
        (answers(b"[" + b" " * 1_100_000 + b"]"), TryAgain),
        (hangs_up, TryAgain),
        (resets, TryAgain),
    ],
)
def test_what_can_pass_and_what_cannot(
    server: GraphServer, behaviour: Behaviour, error: type[Exception]
) -> None:
    server.will(behaviour)
    with pytest.raises(error) as raised:
        reranker(server.url).scores("ongkir?", TEXTS)
    assert KEY not in str(raised.value)
    assert "ongkir" not in str(raised.value)
    assert len(server.requests) == 1


def slow_key() -> str:
    time.sleep(1.5)
    return KEY


@pytest.mark.parametrize("behaviour", [stalls, trickles(b"HTTP/1.1 200 OK\r\n")])
def test_no_more_than_the_time_out_is_lost(server: GraphServer, behaviour: Behaviour) -> None:
    server.will(behaviour)
    began = time.monotonic()
    with pytest.raises(TryAgain):
        reranker(server.url, timeout_s=0.3).scores("ongkir?", TEXTS)
    assert time.monotonic() - began < 1.0


def test_the_time_for_the_key_counts(server: GraphServer) -> None:
    began = time.monotonic()
    with pytest.raises(TryAgain):
        reranker(server.url, api_key=slow_key, timeout_s=0.3).scores("ongkir?", TEXTS)
    assert time.monotonic() - began < 1.0
    assert server.requests == []


def test_a_key_that_is_missing_or_makes_no_header(server: GraphServer) -> None:
    def missing() -> str:
        raise NotFound("secret")

    with pytest.raises(Refused):
        reranker(server.url, api_key=missing).scores("ongkir?", TEXTS)
    with pytest.raises(TryAgain) as raised:
        reranker(server.url, api_key=lambda: f"{KEY}\n").scores("ongkir?", TEXTS)
    assert KEY not in str(raised.value)


def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TryAgain):
        reranker(f"http://127.0.0.1:{port}").scores("ongkir?", TEXTS)


def test_a_choice_as_configuration_names_it() -> None:
    assert reranker_of({}) is None
    assert reranker_of({"kind": "tei", "base_url": "http://tei:8080"}) == RerankerChoice(
        "tei", "http://tei:8080", timeout_s=2.0
    )
    whole = {"kind": "jina", "base_url": "https://x/v1", "model": "m", "key_name": "models/r", "timeout_s": 1}
    assert reranker_of(whole) == RerankerChoice("jina", "https://x/v1", "m", "models/r", 1.0)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "cohere"}, {"base_url": ""}, {"base_url": "ftp://x"}, {"base_url": "http://x:port"},
     {"timeout_s": 0}, {"timeout_s": 60}],
)  # fmt: skip
def test_a_choice_that_can_never_work(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"."):
        reranker_of({"kind": "jina", "base_url": "http://x"} | wrong)
