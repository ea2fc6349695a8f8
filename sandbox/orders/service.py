"""The service itself: GET and DELETE of an order, as openapi.json describes them.

Strict: it wants its key, and an Idempotency-Key with every request; a repeated one gets the same answer.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import yaml

OPENAPI = Path(__file__).parent / "openapi.json"
_PATH = re.compile(r"/v1/orders/(\d{1,12})")
_CANCELLABLE, _CANCELLED = "sedang diproses", "dibatalkan"

Order = dict[str, str]
Reply = tuple[int, Mapping[str, object]]


@dataclass
class Orders:
    """by_number: what is known. asked: (method, number, idempotency key) of what came with the right key."""

    by_number: dict[str, Order]
    key: str
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    _replies: dict[str, Reply] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def reply(self, method: str, path: str, authorization: str, idempotency_key: str) -> Reply:
        if path == "/openapi.json" and method == "GET":
            return 200, json.loads(OPENAPI.read_text())
        if authorization != f"Bearer {self.key}":
            return 401, {"detail": "a valid key is needed"}
        found = _PATH.fullmatch(path)
        if found is None or not idempotency_key:
            return 400, {"detail": "no such operation, or no Idempotency-Key"}
        with self._lock:
            self.asked.append((method, found[1], idempotency_key))
            known = self._replies.get(idempotency_key)
            return known or self._replies.setdefault(idempotency_key, self._do(method, found[1]))

    def _do(self, method: str, number: str) -> Reply:
        order = self.by_number.get(number)
        if order is None:
            return 404, {"detail": f"pesanan {number} tidak ditemukan"}
        if method == "GET":
            return 200, order
        if order["status"] != _CANCELLABLE:
            return 409, {"detail": f"pesanan {number} {order['status']}, jadi tidak bisa dibatalkan"}
        order["status"] = _CANCELLED
        return 200, order


def load(file: Path, key: str) -> Orders:
    rows = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Orders({row["nomor"]: {name: str(value) for name, value in row.items()} for row in rows}, key)


def server(orders: Orders, port: int) -> ThreadingHTTPServer:
    """Bound to loopback; whoever gets it serves."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET")

        def do_DELETE(self) -> None:
            self._answer("DELETE")

        def _answer(self, method: str) -> None:
            sent = self.headers
            status, body = orders.reply(
                method, self.path, sent.get("Authorization", ""), sent.get("Idempotency-Key", "")
            )
            content = json.dumps(body, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Quiet: what was asked is in Orders.asked."""

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


@contextmanager
def serving(orders: Orders) -> Iterator[str]:
    """In this process, on a free port; its address."""
    with server(orders, 0) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}"
        finally:
            running.shutdown()
            thread.join()
