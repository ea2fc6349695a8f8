"""What the OpenSearch adapter asks and signs, and what it makes of answers from a server on loopback."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sahut.adapters.opensearch import OpenSearchServer, Tier, client_of
from sahut.domain.errors import NotFound, Refused, TryAgain
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.tenant import TenantId
from sahut.ports.passages import Query
from tests.contract.passages_suite import SHOP, entry

REF = KnowledgeRef(TenantId("shop"))
SECRET = "never in a log"
NOTHING_FOUND = {"status": 200, "hits": {"hits": []}}


def lines_of(sent: str) -> list[str]:
    """Of newline-delimited JSON: other line ends that Unicode has may stand in a question."""
    return sent.rstrip("\n").split("\n")


@dataclass
class Server:
    """status: of everything. items: statuses of a bulk's items in turn, then 201. body: of an _msearch.

    uncreated: why it creates no index; it has none then. slow_s: how long each answer takes.
    """

    url: str = ""
    status: int = 200
    uncreated: str = ""
    items: list[int] = field(default_factory=list)
    body: dict[str, Any] | None = None
    counted: int = 0
    slow_s: float = 0.0
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    authorization: list[str] = field(default_factory=list)

    def answer(self, path: str, sent: str) -> dict[str, Any]:
        lines = lines_of(sent)
        if path.endswith("/_msearch"):
            return self.body or {"responses": [NOTHING_FOUND] * (len(lines) // 2)}
        if path.endswith("/_bulk"):
            statuses = [self.items.pop(0) if self.items else 201 for _ in lines[1::2]]
            items = [{"index": {"status": each, "error": {"reason": SECRET}}} for each in statuses]
            return {"errors": any(each >= 300 for each in statuses), "items": items}
        return {"count": self.counted}


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
            path = self.path.partition("?")[0]
            server.asked.append((self.command, path, sent))
            threading.Event().wait(server.slow_s)
            server.authorization.append(self.headers.get("authorization", ""))
            answer, status = json.dumps(server.answer(path, sent)).encode(), server.status
            if server.uncreated and self.command in ("HEAD", "PUT"):
                status = 404 if self.command == "HEAD" else 400
                answer = json.dumps({"error": {"type": server.uncreated}, "status": status}).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _any  # noqa: N815 (the library's names)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(made)) as http:
        made.url = f"http://127.0.0.1:{http.server_address[1]}"
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield made
        http.shutdown()


def adapter(server: Server, tier: Tier = Tier.POOLED) -> OpenSearchServer:
    return OpenSearchServer(client_of(server.url, lambda: ""), tier, 3)


def find(server: Server, query: Query) -> None:
    adapter(server).open(REF, "v1", "test").find(query, 5)


def _filters(query: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the filter of each kind of query stands."""
    inner = query["query"]
    if "knn" in inner:
        return list(inner["knn"]["vector"]["filter"]["bool"]["filter"])
    return list(inner["bool"]["filter"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(max_size=60),
    vector=st.sampled_from([None, (1.0, 0.0, 0.0)]),
    tags=st.frozensets(st.text(min_size=1, max_size=5), max_size=2),
)
def test_no_query_leaves_out_tenant_base_and_version(
    server: Server, text: str, vector: tuple[float, ...] | None, tags: frozenset[str]
) -> None:
    server.asked.clear()
    find(server, Query(text, vector, ("more words",), tags))
    queries = [json.loads(line) for *_, sent in server.asked for line in lines_of(sent)[1::2]]
    assert len(queries) >= 1
    for query in queries:
        for own in ({"tenant": "shop"}, {"base": "default"}, {"version": "v1"}):
            assert {"term": own} in _filters(query)


def test_words_and_vector_go_in_one_round_trip(server: Server) -> None:
    find(server, Query("Papua", (1.0, 0.0, 0.0)))
    assert [path for _, path, _ in server.asked] == ["/sahut-pooled-3/_msearch"]


@pytest.mark.parametrize(
    ("status", "error"),
    [(400, Refused), (403, Refused), (404, NotFound), (408, TryAgain), (429, TryAgain), (500, TryAgain)],
)
def test_a_refused_request_says_only_its_status(server: Server, status: int, error: type[Exception]) -> None:
    server.status = status
    with pytest.raises(error) as raised:
        find(server, Query("rahasia"))
    assert type(raised.value) is error
    assert "rahasia" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "error"), [(400, Refused), (404, NotFound), (429, TryAgain), (503, TryAgain)]
)
def test_so_does_one_refused_search_of_several(server: Server, status: int, error: type[Exception]) -> None:
    server.body = {
        "responses": [NOTHING_FOUND, {"status": status, "error": {"reason": SECRET}}, NOTHING_FOUND]
    }
    with pytest.raises(error) as raised:
        find(server, Query("", (1.0, 0.0, 0.0)))
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (503, TryAgain)])
def test_a_passage_that_is_not_taken_fails_the_version_without_quoting_it(
    server: Server, status: int, error: type[Exception]
) -> None:
    server.items = [201, status]
    with pytest.raises(error) as raised:
        adapter(server).write(REF, "v1", [SHOP[0], entry(1, SECRET, (0.0, 1.0, 0.0))], "test", 3)
    assert SECRET not in str(raised.value)


def test_a_busy_server_is_asked_again_for_the_rest(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("opensearchpy.helpers.actions.time.sleep", waited.append)
    server.items, server.counted = [201, 429, 201], 3
    adapter(server).write(REF, "v1", SHOP[:3], "test", 3)
    bulks = [sent.count('"_id"') for _, path, sent in server.asked if path.endswith("/_bulk")]
    assert (bulks, waited) == ([3, 1], [1])


def test_a_version_that_is_not_all_there_is_not_written(server: Server) -> None:
    server.counted = 2
    with pytest.raises(TryAgain, match="2 of 3"):
        adapter(server).write(REF, "v1", SHOP[:3], "test", 3)


def test_an_index_that_cannot_be_made_is_not_written_into(server: Server) -> None:
    """A server without k-NN refuses the mapping, and would make one of its own for the first passage."""
    server.uncreated, server.counted = "mapper_parsing_exception", 3
    with pytest.raises(Refused):
        adapter(server).write(REF, "v1", SHOP[:3], "test", 3)
    assert not [path for _, path, _ in server.asked if path.endswith("/_bulk")]


def test_an_index_that_another_build_has_made_meanwhile_is_used(server: Server) -> None:
    server.uncreated, server.counted = "resource_already_exists_exception", 3
    adapter(server).write(REF, "v1", SHOP[:3], "test", 3)


@pytest.mark.parametrize("items", [[201, 400], []])
def test_nothing_stays_of_a_version_that_failed(server: Server, items: list[int]) -> None:
    server.items, server.counted = items, 1
    with pytest.raises((Refused, TryAgain)):
        adapter(server, Tier.DEDICATED).write(REF, "v1", SHOP[:2], "test", 3)
    assert server.asked[-1][:2] == ("DELETE", "/sahut.shop.default.v1")


def test_writing_may_take_longer_than_a_question(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sahut.adapters.opensearch.client.TIMEOUT_S", 0.2)
    server.slow_s, server.counted = 0.5, 3
    adapter(server).write(REF, "v1", SHOP[:3], "test", 3)
    with pytest.raises(TryAgain):
        find(server, Query("Papua"))


@pytest.mark.parametrize(
    ("slow_s", "status", "most"),
    [(3.0, 200, 1), (0.8, 200, 2), (0.8, 503, 2)],
    ids=["no answer", "two round trips", "busy, asked twice"],
)
def test_a_question_ends_in_time_over_all_round_trips_and_tries(
    server: Server, monkeypatch: pytest.MonkeyPatch, slow_s: float, status: int, most: int
) -> None:
    monkeypatch.setattr("sahut.adapters.opensearch.client.FIND_WITHIN_S", 2.0)
    hit = {"_score": 1.0, "_source": {"number": 1, "passage": asdict(SHOP[0].passage)}}
    words = {"status": 200, "hits": {"hits": [hit]}}  # not among the nearest: its cosine is asked for
    server.body = {"responses": [NOTHING_FOUND, NOTHING_FOUND, NOTHING_FOUND, words]}
    server.slow_s, server.status = slow_s, status
    began = time.monotonic()
    with pytest.raises(TryAgain):
        find(server, Query("Papua", (1.0, 0.0, 0.0)))
    assert time.monotonic() - began < 3.0
    assert 1 <= len(server.asked) <= most


def test_a_question_ends_in_time_though_nothing_takes_the_connection(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sahut.adapters.opensearch.client.FIND_WITHIN_S", 1.0)
    with socket.socket() as deaf, ExitStack() as waiting:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(3):  # more than it keeps waiting; the kernel answers no other
            caller = waiting.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        server.url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(TryAgain):
            find(server, Query("Papua"))
        assert 0.5 < time.monotonic() - began < 3.0


def test_a_version_is_dropped_from_the_pool_by_tenant_base_and_version(server: Server) -> None:
    adapter(server).drop(REF, "v1")
    ((method, path, sent),) = server.asked
    assert (method, path) == ("POST", "/sahut-pooled-3/_delete_by_query")
    own = ({"tenant": "shop"}, {"base": "default"}, {"version": "v1"})
    assert json.loads(sent)["query"]["bool"]["filter"] == [{"term": each} for each in own]


def test_the_password_is_asked_for_only_with_a_user_name(server: Server) -> None:
    client_of(server.url, lambda: pytest.fail("asked")).count()
    client_of(server.url.replace("//", "//reader@"), lambda: "geheim").count()
    assert server.authorization == ["", "Basic cmVhZGVyOmdlaGVpbQ=="]


@pytest.mark.parametrize(("host", "service"), [("es.amazonaws.com", "es"), ("aoss.amazonaws.com", "aoss")])
def test_requests_to_amazon_are_signed(host: str, service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    client = client_of(f"https://kb.ap-southeast-1.{host}", lambda: pytest.fail("asked"), "ap-southeast-1")
    sign = client.transport.connection_pool.connections[0].http_auth
    signed = sign("GET", f"https://kb.ap-southeast-1.{host}/_count", None)
    assert f"/ap-southeast-1/{service}/aws4_request" in signed["Authorization"]
