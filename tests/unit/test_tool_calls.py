"""Tools over HTTP against a real server: where arguments go, what answers mean, whom nobody may call."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sahut.adapters.tools.http import HttpTools
from sahut.adapters.tools.text import readable
from sahut.adapters.web.exchange import Exchange
from sahut.domain.errors import Refused, TryAgain
from sahut.domain.tenant import TenantId
from sahut.domain.tools import HttpOperation, Place, Tool, ToolKind
from sahut.ports.tools import ToolCallRequest, ToolReply
from sandbox.orders.service import Orders, serving
from sandbox.orders.tools import tools

SHOP = TenantId("shop")


@dataclass
class Server:
    """Answers with `status` and `body`; keeps what came."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"ok": true}'
    came: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def serve(known: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            known.came.append((self.command, self.path, dict(self.headers), body))
            self.send_response(known.status)
            self.send_header("Content-Length", str(len(known.body)))
            self.end_headers()
            self.wfile.write(known.body)

        do_GET = do_POST = do_DELETE = _any  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        known.url = f"http://127.0.0.1:{running.server_address[1]}"
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield known
        running.shutdown()


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(Server()) as known:
        yield known


def caller(**changes: object) -> HttpTools:
    usual = HttpTools(Exchange(), lambda tenant, name: f"{tenant}:{name}", lambda: 0.0, "*", any_address=True)
    return replace(usual, **changes)  # type: ignore[arg-type]  # as the test says


def request(operation: HttpOperation, **arguments: object) -> ToolCallRequest:
    tool = Tool("t", "T", "d", {"type": "object"}, ToolKind.HTTP, http=operation)
    return ToolCallRequest(SHOP, tool, arguments, "key-1", 5.0)


def test_every_argument_goes_to_its_place(server: Server) -> None:
    operation = HttpOperation(
        "POST", f"{server.url}/v1/{{who}}/orders", {"lang": Place.QUERY, "shop": Place.HEADER},
        {"shop": "X-Shop"}, secret="tools/orders", secret_header="X-Key", secret_prefix="",
    )  # fmt: skip
    reply = caller().call(request(operation, who="a/../b?c", lang="id&x=1", shop="7", lines=[{"n": 1}]))
    ((method, path, headers, body),) = server.came
    assert (method, path) == ("POST", "/v1/a%2F..%2Fb%3Fc/orders?lang=id%26x%3D1")
    assert json.loads(body) == {"lines": [{"n": 1}]}
    assert (headers["X-Shop"], headers["X-Key"], headers["Idempotency-Key"]) == (
        "7",
        "shop:tools/orders",
        "key-1",
    )
    assert headers["Content-Type"] == "application/json"
    assert reply == ToolReply(True, "ok: true")


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_a_path_cannot_be_left(server: Server, value: str) -> None:
    with pytest.raises(Refused):
        caller().call(request(HttpOperation("GET", f"{server.url}/v1/orders/{{who}}"), who=value))
    assert server.came == []


def test_a_header_cannot_be_broken_out_of(server: Server) -> None:
    operation = HttpOperation("GET", f"{server.url}/v1", {"shop": Place.HEADER}, {"shop": "X-Shop"})
    with pytest.raises(Refused):
        caller().call(request(operation, shop="7\r\nX-Admin: yes"))
    assert server.came == []


@pytest.mark.parametrize(
    ("status", "becomes"),
    [(200, True), (201, True), (404, False), (409, False), (422, False), (401, Refused), (302, Refused),
     (400, Refused), (429, TryAgain), (500, TryAgain), (503, TryAgain)],
    ids=str,
)  # fmt: skip
def test_what_a_status_means(server: Server, status: int, becomes: bool | type[Exception]) -> None:
    server.status = status
    asked = request(HttpOperation("GET", f"{server.url}/v1"))
    if isinstance(becomes, bool):
        assert caller().call(asked).ok is becomes
    else:
        with pytest.raises(becomes):
            caller().call(asked)


def test_nobody_is_called_in_a_private_network(server: Server) -> None:
    asked = request(HttpOperation("GET", f"{server.url}/v1"))
    with pytest.raises(Refused, match="public internet"):
        caller(any_address=False).call(asked)
    name = request(HttpOperation("GET", "http://orders.example/v1"))
    with pytest.raises(Refused, match="public internet"):
        caller(any_address=False, resolver=lambda host, port: ["93.184.216.34", "10.0.0.1"]).call(name)
    assert server.came == []


def test_a_host_that_is_not_on_the_list_is_not_called(server: Server) -> None:
    with pytest.raises(Refused, match="not allowed"):
        caller(hosts="orders.example").call(request(HttpOperation("GET", f"{server.url}/v1")))
    assert server.came == []


def test_an_answer_that_is_too_large_is_none(server: Server) -> None:
    server.body = b"x" * 100
    with pytest.raises(Refused):
        caller().call(request(HttpOperation("GET", f"{server.url}/v1", max_bytes=64)))


def test_a_server_that_nobody_runs_may_come_back() -> None:
    with pytest.raises(TryAgain):
        caller().call(request(HttpOperation("GET", "http://127.0.0.1:9/v1")))


def test_json_reads_as_lines() -> None:
    assert readable({"a": {"b": "x"}, "c": [1, True], "d": None}) == "a.b: x\nc.1: 1\nc.2: true\nd: null"
    assert readable("plain") == "plain"


def test_the_order_service_is_called_as_its_document_says() -> None:
    orders = Orders({"4711": {"nomor": "4711", "status": "sedang diproses"}}, "k")
    with serving(orders) as url:
        status, cancel = tools(url)
        calling = caller(secret_of=lambda tenant, name: "k")

        def use(tool: Tool, number: str, key: str) -> ToolReply:
            return calling.call(ToolCallRequest(SHOP, tool, {"order_id": number}, key, 5.0))

        assert use(status, "4711", "1") == ToolReply(True, "nomor: 4711\nstatus: sedang diproses")
        assert use(status, "9", "2") == ToolReply(False, "detail: pesanan 9 tidak ditemukan")
        assert use(cancel, "4711", "3").text == use(cancel, "4711", "3").text  # the same call, answered again
        assert use(cancel, "4711", "4").ok is False
        with pytest.raises(Refused):
            caller(secret_of=lambda tenant, name: "wrong").call(
                ToolCallRequest(SHOP, status, {"order_id": "4711"}, "5", 5.0)
            )
