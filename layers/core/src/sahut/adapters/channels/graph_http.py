"""One HTTP exchange, which always knows whether anything can have reached the other side.

Why http.client and no pool: connecting and sending are apart here, so a failure before the first
byte is certain; a pooled connection that the other side has meanwhile dropped fails just like one
that took the message. The time bound covers the whole exchange, not each read of it. There are no
retries, no redirects and no proxies to switch off.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection, IncompleteRead
from socket import SHUT_RDWR, socket
from urllib.parse import SplitResult, urlsplit

from sahut.domain.errors import TryAgain, Uncertain

# A data centre that does not answer a SYN in 3 s won't; the rest of the time is for the call.
_CONNECT_S = 3.0
_CHUNK = 64 * 1024
# Answers of the Graph API have a few hundred bytes.
_ANSWER_LIMIT = 1024 * 1024

# What a broken, silent or garbled conversation raises, out of http.client and the layers below.
_BROKEN = (OSError, HTTPException, ValueError)


class TooLarge(Uncertain):
    """The answer is larger than the call's limit, so nobody knows what it would have said."""


@dataclass(frozen=True, slots=True)
class HttpCall:
    """url: absolute. limit: the largest body of the answer that is taken, in bytes."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None
    limit: int = _ANSWER_LIMIT


@dataclass(frozen=True, slots=True)
class HttpReply:
    """headers: names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Budget:
    """How long all calls of one errand may take together.

    seconds: from now. connect_s: of these, for making a connection. may_begin: asked once more when
    the connection stands, right before the first byte is sent.
    """

    seconds: float
    connect_s: float = _CONNECT_S
    may_begin: Callable[[], bool] = lambda: True
    _ends_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends_at = time.monotonic() + self.seconds

    def left(self) -> float:
        return self._ends_at - time.monotonic()

    def check(self) -> None:
        """Raises: TryAgain: the time is over, and nothing was sent."""
        if self.left() <= 0 or not self.may_begin():
            raise TryAgain("the time for the call was over before it began")


class Http:
    """Opens one connection per call. The TLS context is made at the first https call."""

    def __init__(self) -> None:
        self._tls: ssl.SSLContext | None = None

    def exchange(self, call: HttpCall, budget: Budget) -> HttpReply:
        """Sends `call` and returns the whole answer, whatever its status.

        Raises:
            TryAgain: certainly nothing was sent.
            Uncertain: something was sent, and no whole answer came in time (TooLarge: or ever).
        """
        budget.check()
        connection = self._connected(urlsplit(call.url), budget)
        try:
            budget.check()
            with _Watch(connection.sock, budget.left()) as watch:
                return _talk(connection, call, watch)
        finally:
            connection.close()

    def _connected(self, url: SplitResult, budget: Budget) -> HTTPConnection:
        timeout_s = min(_CONNECT_S, budget.connect_s, budget.left())
        connection = self._connection(url, timeout_s)
        try:
            connection.connect()
        except _BROKEN as error:
            connection.close()
            raise TryAgain(f"no connection: {type(error).__name__}") from None
        return connection

    def _connection(self, url: SplitResult, timeout_s: float) -> HTTPConnection:
        if url.scheme != "https":
            return HTTPConnection(url.hostname or "", url.port, timeout=timeout_s)
        self._tls = self._tls or ssl.create_default_context()
        return HTTPSConnection(url.hostname or "", url.port, timeout=timeout_s, context=self._tls)


class _Watch:
    """Ends a conversation when its time is over, even one that trickles byte by byte."""

    def __init__(self, connected: socket, seconds: float) -> None:
        self._socket = connected
        self.fired = False
        connected.settimeout(max(0.001, seconds))
        self._timer = threading.Timer(seconds, self._fire)
        self._timer.daemon = True

    def __enter__(self) -> _Watch:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _fire(self) -> None:
        self.fired = True
        with contextlib.suppress(OSError):
            socket.shutdown(self._socket, SHUT_RDWR)


def _talk(connection: HTTPConnection, call: HttpCall, watch: _Watch) -> HttpReply:
    url = urlsplit(call.url)
    target = f"{url.path}?{url.query}" if url.query else url.path
    try:
        connection.request(call.method, target, call.body, dict(call.headers))
        response = connection.getresponse()
        body = _read(response, call.limit)
    except _BROKEN as error:
        raise Uncertain(
            "no answer in time" if watch.fired else f"broken off: {type(error).__name__}"
        ) from None
    if watch.fired:
        raise Uncertain("no answer in time")
    return HttpReply(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def _read(response: HTTPResponse, limit: int) -> bytes:
    if (response.length or 0) > limit:
        raise TooLarge("the answer is too large")
    body = bytearray()
    while chunk := response.read(_CHUNK):
        body += chunk
        if len(body) > limit:
            raise TooLarge("the answer is too large")
    if response.length:  # the promised rest did not come
        raise IncompleteRead(b"")
    return bytes(body)
