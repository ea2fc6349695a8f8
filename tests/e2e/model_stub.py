"""A strict OpenAI-compatible endpoint on loopback, which says what a test tells it to. It does not stream."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sahut.domain.models import Candidate, Provider

KEY, MODEL = "sk-e2e", "stub-1"
_PATH = "/v1/chat/completions"
_FIELDS = {"model", "messages", "stream", "stream_options", "max_tokens"}

# The last message of a request in, the completion's text out; an int is an HTTP status.
Say = Callable[[str], str | int]


@dataclass
class ModelStub:
    """asked: the bodies of all requests that were well-formed. refused: why others were not."""

    base_url: str
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def candidate(self) -> Candidate:
        return Candidate(
            Provider.COMPATIBLE,
            "stub",
            model=MODEL,
            base_url=self.base_url,
            key="models/stub",
            timeout_s=5.0,
            price_in_usd_per_mtok=1.0,
            price_out_usd_per_mtok=2.0,
        )

    @property
    def secrets(self) -> dict[str, str]:
        return {"models/stub": KEY}

    def problem(self, path: str, authorization: str, body: Mapping[str, Any]) -> str:
        """What a real endpoint would object to; '' when nothing."""
        if path != _PATH:
            return f"path {path}"
        if authorization != f"Bearer {KEY}":
            return "authorization"
        if body.get("model") != MODEL or not set(body) <= _FIELDS:
            return f"fields {sorted(body)}"
        roles = [message.get("role") for message in body.get("messages", [])]
        return "" if roles[:1] == ["system"] and roles[-1:] == ["user"] else f"roles {roles}"


@contextmanager
def model_stub(say: Say) -> Iterator[ModelStub]:
    """Serves until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            problem = stub.problem(self.path, self.headers.get("Authorization", ""), body)
            if problem:
                stub.refused.append(problem)
                self.answer(400, {"error": {"message": problem}})
                return
            stub.asked.append(body)
            said = say(body["messages"][-1]["content"])
            if isinstance(said, int):
                self.answer(said, {"error": {"message": "as the test says"}})
            else:
                self.answer(200, completion(said))

        def answer(self, status: int, content: Mapping[str, Any]) -> None:
            raw = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub = ModelStub(f"http://127.0.0.1:{server.server_port}/v1")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()


def completion(text: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "chatcmpl-e2e",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1000, "completion_tokens": 50, "total_tokens": 1050},
    }
