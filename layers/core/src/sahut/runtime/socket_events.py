"""A Lambda handler for the WebSocket API: who connects, what they send, who leaves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sahut.runtime import metrics
from sahut.runtime.log_events import Event, log, place_of
from sahut.runtime.preload import preload

Json = dict[str, Any]

_TROUBLE = {"code": "not_available", "text": "Not available now; send it again."}


def socket_handler() -> Callable[[Json, object], Json]:
    """Answers with a status only: what a client is told goes through @connections, as every push does."""
    preload("sockets")

    def handler(event: Json, context: object) -> Json:
        asked = event["requestContext"]
        # Not its route: a frame may name any route there is.
        act = {"CONNECT": _connect, "DISCONNECT": _disconnect}.get(asked["eventType"], _message)
        try:
            return {"statusCode": act(str(asked["connectionId"]), event)}
        finally:
            metrics.flush()

    return handler


def _connect(connection_id: str, event: Json) -> int:
    from sahut.domain.errors import SahutError
    from sahut.runtime.bootstrap import needs_of
    from sahut.stages.sockets import Entry, enter

    ticket = str((event.get("queryStringParameters") or {}).get("ticket", ""))
    try:
        entry = enter(ticket, _origin(event.get("headers") or {}), connection_id, needs_of("sockets"))
    except SahutError as error:
        log(Event.SOCKET_FAILED, error=type(error).__name__, where=place_of(error))
        return 503
    if entry is not Entry.OPEN:
        log(Event.SOCKET_REFUSED, status=entry.value)
    return entry.value


def _origin(headers: Mapping[str, str]) -> str:
    return next((value for name, value in headers.items() if name.lower() == "origin"), "")


def _disconnect(connection_id: str, event: Json) -> int:
    from sahut.domain.errors import SahutError
    from sahut.runtime.bootstrap import composition

    try:
        composition().sockets.remove(connection_id)
    except SahutError as error:  # its time ends it, or the next push that finds it gone
        log(Event.SOCKET_FAILED, error=type(error).__name__, where=place_of(error))
    return 200


def _message(connection_id: str, event: Json) -> int:
    """Always 200: the connection stays, and its client was told what went wrong."""
    from sahut.ports.push import PushEvent
    from sahut.runtime.bootstrap import composition, needs_of
    from sahut.stages.sockets import hear

    # A frame of bytes comes as base64, which is no JSON of ours and answered as such.
    text = str(event.get("body") or "")
    try:
        hear(connection_id, text, needs_of("sockets"))
    except Exception as error:  # noqa: BLE001 - the border: one frame ends no connection
        log(Event.SOCKET_FAILED, error=type(error).__name__, where=place_of(error))
        composition().push.send(connection_id, PushEvent("error", body=_TROUBLE))
    return 200
