"""A WebSocket client for tests: wsproto (which the emulator brings) over a plain socket."""

from __future__ import annotations

import json
import socket
import time
import urllib.parse
from collections.abc import Mapping
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    CloseConnection,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)

CONNECT_TIMEOUT_S = 30.0  # a cold start on a busy machine included


class Refused(Exception):
    """The handshake was answered by this HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(f"refused with {status}")
        self.status = status


class WebSocket:
    """One connection. heard: every event so far, oldest first.

    Raises:
        Refused: see there.
    """

    def __init__(self, url: str, ticket: str, origin: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self.heard: list[Mapping[str, Any]] = []
        self.is_open = False
        self._text = ""
        self._status = 0
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=CONNECT_TIMEOUT_S)
        self._wire = WSConnection(ConnectionType.CLIENT)
        headers = [(b"Origin", origin.encode())] if origin else []
        target = f"{parts.path}?{urllib.parse.urlencode({'ticket': ticket})}"
        request = Request(host=parts.netloc, target=target, extra_headers=headers)
        self._socket.sendall(self._wire.send(request))
        self._until(lambda: self.is_open or bool(self._status), CONNECT_TIMEOUT_S)
        if not self.is_open:
            self._socket.close()
            raise Refused(self._status)

    def sends(self, frame: object) -> None:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        self._socket.sendall(self._wire.send(TextMessage(data=text)))

    def hears(self, kind: str, count: int = 1, within_s: float = 30.0) -> list[Mapping[str, Any]]:
        """All events of a kind, as soon as there are `count`."""
        self._until(lambda: len(self._of(kind)) >= count, within_s)
        assert len(self._of(kind)) >= count, f"no {count} of {kind}: {self.heard}"
        return self._of(kind)

    def rests(self, seconds: float) -> None:
        """Hears whatever comes within a time."""
        self._until(lambda: False, seconds)

    def closes(self) -> None:
        self._socket.sendall(self._wire.send(CloseConnection(code=1000)))
        self._until(lambda: not self.is_open, 5.0)
        self._socket.close()

    def breaks(self) -> None:
        """As a network that goes away: no word of farewell."""
        self._socket.close()
        self.is_open = False

    def _of(self, kind: str) -> list[Mapping[str, Any]]:
        return [event for event in self.heard if event["type"] == kind]

    def _until(self, holds: Any, within_s: float) -> None:
        until = time.monotonic() + within_s
        while not holds() and (left_s := until - time.monotonic()) > 0:
            self._socket.settimeout(left_s)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                return
            self._wire.receive_data(data or None)
            self._handle()
            if not data:
                return

    def _handle(self) -> None:
        for event in self._wire.events():
            if isinstance(event, AcceptConnection):
                self.is_open = True
            elif isinstance(event, RejectConnection):
                self._status = event.status_code
            elif isinstance(event, CloseConnection):
                self.is_open = False
                return
            elif isinstance(event, Ping):
                self._socket.sendall(self._wire.send(event.response()))
            elif isinstance(event, TextMessage):
                self._text += event.data
                if event.message_finished:
                    self.heard.append(json.loads(self._text))
                    self._text = ""
