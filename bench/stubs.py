"""What both sides talk to: an OpenAI-compatible model and Meta's Graph API, in one cheap server.

The stubs live in the process of the load generator, so that a reply is timed at the moment it is
received, without polling. The model always finds the first passage helpful and quotes it.
"""

import asyncio
import json
import time
from collections import defaultdict
from dataclasses import dataclass, field

from bench.http_server import Request, Response, serve
from sandbox.model_api import quote_first_passage

_OK_READ = Response(b'{"success":true}')
_UNKNOWN = Response(b'{"error":{"code":100,"message":"unknown path"}}', 404)


@dataclass(frozen=True, slots=True)
class Sent:
    """One message that the stub Graph API accepted. at: seconds of time.perf_counter."""

    at: float
    phone_number_id: str
    recipient: str
    body: str


@dataclass
class Stubs:
    """model_delay_s: how long the model thinks. model_calls, marked_read: what was asked of us."""

    model_delay_s: float = 0.0
    model_calls: int = 0
    marked_read: int = 0
    sent: list[Sent] = field(default_factory=list)
    last_prompt: str = ""
    port: int = 0
    _by_recipient: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    _waiting: dict[str, asyncio.Future[Sent]] = field(default_factory=dict)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server, self.port = await serve(self._handle)

    def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def replies_to(self, recipient: str) -> list[Sent]:
        return self._by_recipient.get(recipient, [])

    def expect_reply(self, recipient: str) -> "asyncio.Future[Sent]":
        """Resolves at the next message to this recipient. Ask before posting the question."""
        future: asyncio.Future[Sent] = asyncio.get_running_loop().create_future()
        self._waiting[recipient] = future
        return future

    async def _handle(self, request: Request) -> Response:
        path = request.path.split("?", 1)[0]
        if request.method == "POST" and path.endswith("/messages"):
            return self._accept_message(path, request.body)
        if request.method == "POST" and path.endswith("/chat/completions"):
            return await self._complete(request.body)
        return _UNKNOWN

    def _accept_message(self, path: str, body: bytes) -> Response:
        now = time.perf_counter()
        data = json.loads(body)
        if data.get("status") == "read":
            self.marked_read += 1
            return _OK_READ
        recipient = str(data.get("to") or data.get("recipient"))
        text = str(data.get("text", {}).get("body", ""))
        sent = Sent(now, path.split("/")[-2], recipient, text)
        self.sent.append(sent)
        self._by_recipient[recipient].append(sent)
        waiting = self._waiting.pop(recipient, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(sent)
        message_id = f"wamid.bench{len(self.sent)}"
        contact = {"input": recipient, "wa_id": recipient}
        document = {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": message_id}]}
        return Response(json.dumps(document).encode())

    async def _complete(self, body: bytes) -> Response:
        self.model_calls += 1
        data = json.loads(body)
        prompt = "\n".join(_text_of(message.get("content")) for message in data.get("messages", []))
        self.last_prompt = prompt
        if self.model_delay_s:
            await asyncio.sleep(self.model_delay_s)
        return Response(
            json.dumps(completion(quote_first_passage(prompt), data.get("model", "stub"))).encode()
        )


def completion(text: str, model: str) -> dict[str, object]:
    """A chat completion document. Token counts are estimates (4 characters a token)."""
    tokens = len(text) // 4
    return {
        "id": "chatcmpl-bench",
        "object": "chat.completion",
        "created": 1_790_000_000,
        "model": model,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 400, "completion_tokens": tokens, "total_tokens": 400 + tokens},
    }


def _text_of(content: object) -> str:
    """A message's content is a string or a list of typed parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""
