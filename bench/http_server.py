"""A tiny HTTP/1.1 server for the stubs: it must cost next to nothing beside what it measures.

It refuses to know routing, TLS, chunked request bodies and anything but loopback. A request costs
about 30 µs of one core, where a web framework would cost 1 ms.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

_REASONS = {200: b"OK", 400: b"Bad Request", 404: b"Not Found"}
_MAX_HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """A JSON document. body: its bytes."""

    body: bytes
    status: int = 200


Handler = Callable[[Request], Awaitable[Response]]


class _Connection(asyncio.Protocol):
    """One keep-alive connection; requests on it are answered one after the other."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self._busy: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, _exc: Exception | None) -> None:
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._busy is None:
            self._serve_next()

    def _serve_next(self) -> None:
        request = self._take_request()
        if request is None:
            self._busy = None
            return
        self._busy = asyncio.get_running_loop().create_task(self._answer(request))

    async def _answer(self, request: Request) -> None:
        response = await self._handler(request)
        if self._transport is not None:
            self._transport.write(_encode(response))
            self._serve_next()

    def _take_request(self) -> Request | None:
        """The next whole request in the buffer, or None when more bytes must come first."""
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            if len(self._buffer) > _MAX_HEAD_BYTES and self._transport is not None:
                self._transport.abort()
            return None
        head = bytes(self._buffer[:head_end])
        body_end = head_end + 4 + _content_length(head)
        if len(self._buffer) < body_end:
            return None
        body = bytes(self._buffer[head_end + 4 : body_end])
        del self._buffer[:body_end]
        method, path, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        return Request(method, path, body)


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _encode(response: Response) -> bytes:
    reason = _REASONS.get(response.status, b"Status")
    return b"HTTP/1.1 %d %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        response.status,
        reason,
        len(response.body),
        response.body,
    )


async def serve(handler: Handler, port: int = 0) -> tuple[asyncio.Server, int]:
    """Listens on loopback; port 0 picks a free one. Returns the server and its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(handler), "127.0.0.1", port, backlog=512)
    return server, int(server.sockets[0].getsockname()[1])
