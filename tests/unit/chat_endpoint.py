"""A chat-completions endpoint on loopback: sends exactly the bytes a test gives it, as slowly as told."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050}


def completion(text: str | None, finish: str = "stop", **more: object) -> bytes:
    """A whole reply, from servers that do not stream."""
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
    body = {"id": "x", "object": "chat.completion", "choices": [choice], "usage": USAGE, **more}
    return json.dumps(body).encode()


def event(data: object) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def delta(finish: str | None = None, **said: object) -> bytes:
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    return event({"id": "x", "object": "chat.completion.chunk", "choices": [choice], "usage": None})


def stream(*texts: str, finish: str = "stop", usage: Mapping[str, int] | None = USAGE) -> list[bytes]:
    """The pieces of a streamed reply, as OpenAI sends them."""
    told = [event({"id": "x", "choices": [], "usage": usage})] if usage else []
    words = [delta(content=text) for text in texts]
    return [delta(role="assistant", content=""), *words, delta(finish), *told, b"data: [DONE]\n\n"]


@dataclass(frozen=True, slots=True)
class Reply:
    """pieces: sent one by one, pause_s before each. breaks: there is no proper end.

    delay_s: before the headers. hangs_s: after the last piece.
    """

    pieces: list[bytes] = field(default_factory=list)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    pause_s: float = 0.0
    hangs_s: float = 0.0
    breaks: bool = False


@dataclass
class Endpoint:
    """reply: to all requests, unless `replies` has some left. asked: (path, headers, body)."""

    reply: Reply = field(default_factory=lambda: Reply(stream("A CHAPS payment costs £20. [3]")))
    replies: list[Reply] = field(default_factory=list)
    asked: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    hung_up: list[float] = field(default_factory=list)
    connections: set[int] = field(default_factory=set)
    url: str = ""

    def reset(self) -> None:
        self.reply, self.replies, self.asked, self.hung_up = Endpoint().reply, [], [], []

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.asked]


def _handler(endpoint: Endpoint) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            endpoint.connections.add(self.client_address[1])
            sent = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_json = headers.get("content-type", "").startswith("application/json")
            endpoint.asked.append((self.path, headers, json.loads(sent) if is_json else {"raw": sent}))
            reply = endpoint.replies.pop(0) if endpoint.replies else endpoint.reply
            time.sleep(reply.delay_s)
            try:
                self.answer(reply)
            except OSError:
                endpoint.hung_up.append(time.monotonic())
                self.close_connection = True

        def answer(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("content-type", "text/event-stream")
            self.send_header("transfer-encoding", "chunked")
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for piece in reply.pieces:
                time.sleep(reply.pause_s)
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
            time.sleep(reply.hangs_s)
            if reply.breaks:
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def endpoint_serving() -> Iterator[Endpoint]:
    """Serves until the block ends."""
    endpoint = Endpoint()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(endpoint))
    server.daemon_threads = True
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
