"""API Gateway's WebSocket API, as far as it meets our function: its events, and `@connections` over HTTP."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3

from sahut.domain.conversation import Owner
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import Part, Turn, TurnState
from sahut.ports.conversations import Fence
from sahut.runtime.socket_events import socket_handler
from sahut.stages.speak import speak
from tests.handlers.conftest import SHOP
from tests.handlers.edge.conftest import ORIGIN, Edge

STAGE = "/dev"


@dataclass
class Gateway:
    """Open connections and what each was sent. slow_s: how long every push takes."""

    url: str = ""
    open: dict[str, list[Any]] = field(default_factory=dict)
    slow_s: float = 0.0
    status: int = 200

    def take(self, path: str, body: bytes) -> tuple[int, str]:
        """(status, error type) of `POST /dev/@connections/{id}`."""
        time.sleep(self.slow_s)
        prefix = f"{STAGE}/@connections/"
        connection_id = urllib.parse.unquote(path.removeprefix(prefix))
        if not path.startswith(prefix) or len(body) > 128 * 1024:
            return 400, "BadRequestException"
        if self.status != 200:
            return self.status, "InternalServerError"
        if connection_id not in self.open:
            return 410, "GoneException"
        self.open[connection_id].append(json.loads(body))
        return 200, ""


@contextmanager
def gateway() -> Iterator[Gateway]:
    """Serves `@connections` on loopback."""
    served = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, error = served.take(self.path, body)
            self.send_response(status)
            if error:
                self.send_header("x-amzn-ErrorType", error)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_port}{STAGE}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()


@dataclass
class Sockets:
    """The real handler, called as API Gateway calls it."""

    edge: Edge
    gateway: Gateway

    def ticket(self, visitor: Mapping[str, str], **headers: str) -> str:
        answer = self.edge.call("POST", "/v1/chat/tickets", None, {"Origin": ORIGIN, **visitor, **headers})
        assert answer.status == 201, answer.body
        return str(answer.json["ticket"])

    def connects(self, ticket: str, connection_id: str = "c1=", origin: str = ORIGIN) -> int:
        """The status of the handshake; with 200 the connection is open."""
        headers = {"Host": "x", **({"Origin": origin} if origin else {})}
        event = _event("CONNECT", connection_id) | {"headers": headers}
        event["queryStringParameters"] = {"ticket": ticket} if ticket else None
        status = self._invoke(event)
        if status == 200:
            self.gateway.open[connection_id] = []
        return status

    def opens(self, visitor: Mapping[str, str], connection_id: str = "c1=") -> None:
        assert self.connects(self.ticket(visitor), connection_id) == 200

    def sends(self, frame: object, connection_id: str = "c1=") -> Sequence[Any]:
        """What came back at once."""
        seen = len(self.gateway.open.get(connection_id, ()))
        text = frame if isinstance(frame, str) else json.dumps(frame)
        assert self._invoke(_event("MESSAGE", connection_id) | {"body": text}) == 200
        return self.gateway.open.get(connection_id, [])[seen:]

    def leaves(self, connection_id: str = "c1=") -> None:
        del self.gateway.open[connection_id]
        assert self._invoke(_event("DISCONNECT", connection_id)) == 200

    def heard(self, connection_id: str = "c1=") -> list[Any]:
        return self.gateway.open[connection_id]

    def _invoke(self, event: dict[str, Any]) -> int:
        answer = socket_handler()(event, None)
        assert set(answer) == {"statusCode"}  # a body would be sent by some gateways, and by others not
        return int(answer["statusCode"])


def _event(kind: str, connection_id: str) -> dict[str, Any]:
    routes = {"CONNECT": "$connect", "DISCONNECT": "$disconnect", "MESSAGE": "$default"}
    return {
        "requestContext": {
            "routeKey": routes[kind],
            "eventType": kind,
            "connectionId": connection_id,
            "stage": "dev",
            "apiId": "a-1",
            "requestId": "r-1",
        },
        "isBase64Encoded": False,
    }


@contextmanager
def socketing(edge: Edge) -> Iterator[Sockets]:
    """The world's functions, with an address to push to."""
    made = edge.world.made
    with gateway() as served:
        made.settings = dataclasses.replace(made.settings, sockets_url=served.url)
        yield Sockets(edge, served)


def conversation(edge: Edge) -> ConversationRef:
    """The only one of the shop that the machine has."""
    (ref,) = edge.world.made.inbox.list(SHOP, Owner.MACHINE, 10)
    return ref


def reply(edge: Edge, ref: ConversationRef, *texts: str, turn_id: str = "t1") -> None:
    """The machine answers as delivery does, part by part."""
    made = edge.world.made
    parts = {f"r1-{n}": Part(f"r1-{n}", text, order=n) for n, text in enumerate(texts, start=1)}
    task = edge.world.task(ref)
    turn = Turn(TurnRef(ref, turn_id), TurnState.OPEN, task.epoch, (), 0, edge.world.now, parts=parts)
    made.turns.open_spoken(turn)
    boto3.resource("dynamodb").Table("conversations").update_item(
        Key={"pk": f"T#shop#C#{ref.conversation_id}", "sk": "HEAD"},
        UpdateExpression="SET open_turn_id = :turn",
        ExpressionAttributeValues={":turn": turn_id},
    )
    for number, part in enumerate(parts.values(), start=1):
        head = made.turns.conversation(ref)
        fence = Fence(Owner.MACHINE, task.epoch, "machine", head.channel_key, edge.world.now, 0)
        speak(head, turn, part, fence, number == len(parts), made.voice)


def told(event: Mapping[str, Any]) -> tuple[int, str]:
    return event["id"], event["message"]["text"]


def numbers(event: Mapping[str, Any]) -> list[int]:
    return [each["cursor"] for each in event["messages"]]
