"""Writes replies on a connection, or breaks off in the ways that real ones do."""

import json
import select
import socket
import struct
import threading
import time
from collections.abc import Mapping
from http import HTTPStatus

_LOOK_EVERY_S = 0.02


class ClientLeft(Exception):
    """The other side closed, or the fake is being stopped: nothing more is to be written."""


class BrokenOff(Exception):
    """The fake itself closed the connection, as a fault told it."""


class Wire:
    """One reply. cut_after_bytes: the connection closes after so many bytes of its body."""

    def __init__(
        self, connection: socket.socket, stopping: threading.Event, cut_after_bytes: int | None = None
    ) -> None:
        self._connection = connection
        self._stopping = stopping
        self._left = cut_after_bytes

    def send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str]) -> None:
        """A whole reply, in one write."""
        head = _head(status, {"Content-Type": kind, "Content-Length": str(len(body)), **headers})
        self._write(head + self._cut(body))
        self._break_off_if_cut()

    def send_json(self, status: int, document: object, headers: Mapping[str, str]) -> None:
        self.send(status, json.dumps(document, ensure_ascii=False).encode(), "application/json", headers)

    def open_stream(self, headers: Mapping[str, str]) -> None:
        kind = "text/event-stream; charset=utf-8"
        self._write(_head(200, {"Content-Type": kind, "Transfer-Encoding": "chunked", **headers}))

    def event(self, data: str) -> None:
        body = f"data: {data}\n\n".encode()
        shown = self._cut(body)
        self._write(f"{len(body):x}\r\n".encode() + shown + (b"\r\n" if len(shown) == len(body) else b""))
        self._break_off_if_cut()

    def close_stream(self) -> None:
        self._write(b"0\r\n\r\n")

    def wait(self, seconds: float) -> None:
        """Raises ClientLeft as soon as there is nobody to wait for."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._stopping.is_set():
                raise ClientLeft
            ready, _, _ = select.select([self._connection], [], [], min(left, _LOOK_EVERY_S))
            if ready and not self._connection.recv(1, socket.MSG_PEEK):
                raise ClientLeft
            if ready:  # the next request, already: nothing to look for any more
                self._stopping.wait(min(left, _LOOK_EVERY_S))

    def reset(self) -> None:
        """RST instead of an answer."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()
        raise BrokenOff

    def _cut(self, body: bytes) -> bytes:
        if self._left is None:
            return body
        shown = body[: self._left]
        self._left -= len(shown)
        return shown

    def _break_off_if_cut(self) -> None:
        if self._left == 0:
            raise BrokenOff

    def _write(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise ClientLeft from error


def _head(status: int, headers: Mapping[str, str]) -> bytes:
    phrase = HTTPStatus(status).phrase if status in {*HTTPStatus} else "Unknown"
    lines = [f"HTTP/1.1 {status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
