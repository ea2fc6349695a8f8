"""A server for the sender's tests: records what came, then behaves as badly as it is told."""

import contextlib
import socket
import socketserver
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Behaviour = Callable[[socket.socket], None]


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class GraphServer:
    """behaviours: one for each request in turn; the last one stays."""

    url: str
    behaviours: list[Behaviour] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def will(self, *behaviours: Behaviour) -> None:
        self.behaviours[:] = behaviours

    def next_behaviour(self) -> Behaviour:
        return self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]


@contextlib.contextmanager
def graph_server(tls: ssl.SSLContext | None = None) -> Iterator[GraphServer]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            method, path, _ = self.rfile.readline().decode().split(" ", 2)
            headers: dict[str, str] = {}
            while (line := self.rfile.readline().decode().strip()) != "":
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            body = self.rfile.read(int(headers.get("content-length", "0")))
            server.requests.append(Request(method, path, headers, body))
            with contextlib.suppress(OSError):
                server.next_behaviour()(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket.socket, object]:
            plain, address = super().get_request()
            return (tls.wrap_socket(plain, server_side=True) if tls else plain), address

        def handle_error(self, *_: object) -> None:
            pass  # a client that breaks off is what is tested

    with Server(("127.0.0.1", 0), Handler) as listening:
        host = "localhost" if tls else "127.0.0.1"
        server = GraphServer(f"{'https' if tls else 'http'}://{host}:{listening.server_address[1]}/v23.0")
        threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        listening.shutdown()


def answers(body: bytes | str, status: int = 200, **headers: str) -> Behaviour:
    content = body.encode() if isinstance(body, str) else body
    named = {"Content-Length": str(len(content))} | {
        name.replace("_", "-"): each for name, each in headers.items()
    }
    lines = [
        f"HTTP/1.1 {status} Whatever",
        *(f"{name}: {each}" for name, each in named.items() if each),
        "",
        "",
    ]
    return sends("\r\n".join(lines).encode() + content)


def sends(raw: bytes) -> Behaviour:
    return lambda connection: connection.sendall(raw)


def both(first: Behaviour, second: Behaviour) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        first(connection)
        second(connection)

    return behave


def hangs_up(_: socket.socket) -> None:
    """Closes the connection without a word."""


def resets(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def pauses(seconds: float) -> Behaviour:
    return lambda _: time.sleep(seconds)


stalls = pauses(5)


def trickles(raw: bytes) -> Behaviour:
    """A byte every 50 ms: each single read is quick, the whole takes for ever."""

    def behave(connection: socket.socket) -> None:
        for byte in raw * 100:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)

    return behave
