"""One request to one address that was checked: bounded in time and in bytes, whatever the server claims.

Why http.client on a socket of our own, and not a client with a pool: the socket goes to the very IP address
that was checked while TLS and the Host header use the name; the time limit holds for the whole exchange,
also for a server that sends a byte a second; and what is decompressed is counted while it grows. It also
works alike whichever urllib3 a runtime of Lambda has. No redirects, no cookies, no credentials, no proxies.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import cast

from sahut.domain.web_sources import WebUrl
from sahut.ports.web import FailureReason, PageFailed, PageRefused, RefusalReason

# A host that doesn't answer a SYN in 5 s is down or far too busy.
_CONNECT_S = 5.0
# Between two reads; pages that a CMS has to make take a while to begin.
_SILENCE_S = 15.0
_CHUNK = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Answer:
    """headers: names in lower case. body: decompressed; after a `get` b'' unless the status is 200."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """reads: whether the body of an answer with this status is wanted."""

    method: str
    headers: Mapping[str, str]
    body: bytes | None = None
    reads: Callable[[int], bool] = lambda status: status == 200


class Exchange:
    """Opens one connection for each call. tls: None for the system's authorities."""

    def __init__(self, tls: ssl.SSLContext | None = None, silence_s: float = _SILENCE_S) -> None:
        self._tls = tls
        self._silence_s = silence_s

    def get(
        self,
        url: WebUrl,
        addresses: Sequence[str],
        headers: Mapping[str, str],
        limit_bytes: int,
        within_s: float,
    ) -> Answer:
        """As `send`, of a GET."""
        return self.send(url, addresses, Asked("GET", headers), limit_bytes, within_s)

    def send(
        self, url: WebUrl, addresses: Sequence[str], asked: Asked, limit_bytes: int, within_s: float
    ) -> Answer:
        """The answer of the first address that can be connected to.

        Raises:
            PageFailed: no whole answer. PageRefused: the body is larger than the limit.
        """
        ends_at = time.monotonic() + within_s
        try:
            with self._connected(url, addresses, ends_at) as connected:
                bounded = _BoundedSocket(connected, ends_at, self._silence_s)
                return _talk(url, bounded, asked, limit_bytes)
        except TimeoutError:
            raise PageFailed(FailureReason.TOO_SLOW, "the server did not answer in time") from None
        except ssl.SSLError as error:
            raise _insecure(error) from None
        except (OSError, HTTPException, ValueError, zlib.error) as error:
            broken = f"the connection broke off ({type(error).__name__})"
            raise PageFailed(FailureReason.BROKEN, broken) from None

    def _connected(self, url: WebUrl, addresses: Sequence[str], ends_at: float) -> socket.socket:
        plain = _first_connection(addresses, url.port, ends_at)
        if url.scheme != "https":
            return plain
        try:
            self._tls = self._tls or ssl.create_default_context()
            plain.settimeout(_at_most(_CONNECT_S, ends_at))  # of the whole handshake
            return self._tls.wrap_socket(plain, server_hostname=url.host)
        except BaseException:
            plain.close()
            raise


def _insecure(error: ssl.SSLError) -> PageFailed:
    if isinstance(error, ssl.SSLCertVerificationError):
        return PageFailed(FailureReason.INSECURE, "the server's certificate is not valid for this host")
    return PageFailed(FailureReason.INSECURE, "no secure connection could be made")


def _at_most(seconds: float, ends_at: float) -> float:
    """Raises: TimeoutError: nothing of the time is left."""
    left = ends_at - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return min(seconds, left)


def _first_connection(addresses: Sequence[str], port: int, ends_at: float) -> socket.socket:
    for address in addresses:
        try:
            return socket.create_connection((address, port), _at_most(_CONNECT_S, ends_at))
        except OSError:
            continue
    raise PageFailed(FailureReason.UNREACHABLE, "the server can't be reached")


class _BoundedSocket:
    """As much of a socket as http.client uses; each read waits no longer than is left of the time."""

    def __init__(self, connected: socket.socket, ends_at: float, silence_s: float) -> None:
        self._socket = connected
        self._ends_at = ends_at
        self._silence_s = silence_s

    def sendall(self, data: bytes) -> None:
        self._socket.settimeout(_at_most(self._silence_s, self._ends_at))
        self._socket.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self), _CHUNK)

    def recv_into(self, buffer: memoryview) -> int:
        self._socket.settimeout(_at_most(self._silence_s, self._ends_at))
        return self._socket.recv_into(buffer)

    def close(self) -> None:
        """http.client closes a connection before it has read an answer that ends with it."""


class _Reader(io.RawIOBase):
    def __init__(self, bounded: _BoundedSocket) -> None:
        self._bounded = bounded

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # Buffer has no name in 3.11
        return self._bounded.recv_into(buffer)


def _talk(url: WebUrl, bounded: _BoundedSocket, asked: Asked, limit_bytes: int) -> Answer:
    connection = HTTPConnection(url.host, url.port)
    connection.sock = cast(socket.socket, bounded)
    headers = {"Host": url.authority, "Accept-Encoding": "gzip", "Connection": "close", **asked.headers}
    connection.request(asked.method, url.target, asked.body, headers)
    response = connection.getresponse()
    found = {name.lower(): value for name, value in response.getheaders()}
    body = _body(response, found, limit_bytes) if asked.reads(response.status) else b""
    return Answer(response.status, found, body)


def _body(response: HTTPResponse, headers: Mapping[str, str], limit_bytes: int) -> bytes:
    """Raises: PageRefused: too large, before or after decompression."""
    if (response.length or 0) > limit_bytes:
        raise too_large(limit_bytes)
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise PageFailed(FailureReason.BROKEN, "the server compressed the page in a way nobody asked for")
    taken = Unpacked(limit_bytes, gzip=encoding.endswith("gzip"))
    while chunk := response.read1(_CHUNK):
        taken.add(chunk)
    if response.length:  # the promised rest did not come
        raise PageFailed(FailureReason.BROKEN, "the connection broke off before the end of the page")
    return taken.finished()


def too_large(limit_bytes: int) -> PageRefused:
    return PageRefused(RefusalReason.TOO_LARGE, f"it is larger than {limit_bytes // 2**20} MB")


class Unpacked:
    """A body as it grows, decompressed or as it came. Counts both what came and what became of it."""

    def __init__(self, limit_bytes: int, *, gzip: bool) -> None:
        self._limit = limit_bytes
        self._inflate = zlib.decompressobj(_GZIP) if gzip else None
        self._came = 0
        self._body = bytearray()

    def add(self, chunk: bytes) -> None:
        """Raises: PageRefused: that is too much now. zlib.error: this is no gzip."""
        self._came += len(chunk)
        if self._came > self._limit:
            raise too_large(self._limit)
        if self._inflate is None:
            self._body += chunk
            return
        while chunk:
            if self._inflate.eof:  # gzip files may follow one another
                self._inflate = zlib.decompressobj(_GZIP)
            # At most one byte more than is allowed ever lies in memory.
            self._body += self._inflate.decompress(chunk, self._limit + 1 - len(self._body))
            if len(self._body) > self._limit:
                raise too_large(self._limit)
            chunk = self._inflate.unconsumed_tail or self._inflate.unused_data

    def finished(self) -> bytes:
        """Raises: PageFailed: the compressed data ends too early."""
        if self._inflate is not None and self._came and not self._inflate.eof:
            raise PageFailed(FailureReason.BROKEN, "the compressed page ends too early")
        return bytes(self._body)
