"""Frames to browsers, through API Gateway's @connections. Never raises for one that does not arrive."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from sahut.adapters.aws_errors import as_sahut_error, code_of
from sahut.domain.errors import SahutError
from sahut.domain.tenant import ConversationRef
from sahut.ports.push import Connections, PushEvent

# Of the client: one call takes a second at most, and is never repeated.
TIMEOUTS = {"connect_timeout": 0.4, "read_timeout": 0.6, "retries": {"total_max_attempts": 1}}
# Of all calls of one push: none begins later.
PUSH_BUDGET_S = 1.0


class ManagementClient(Protocol):
    """What we call of API Gateway's management API."""

    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> object: ...  # noqa: N803


class Notes(Protocol):
    def push_failed(self, why: str) -> None: ...


class SocketPush:
    """See `sahut.ports.push.Push` and `Reply`.

    client: made at first use, with TIMEOUTS. clock: seconds since the epoch.
    """

    def __init__(
        self,
        connections: Connections,
        client: Callable[[], ManagementClient],
        notes: Notes,
        clock: Callable[[], float],
    ) -> None:
        self._connections = connections
        self._client = client
        self._notes = notes
        self._clock = clock

    def push(self, ref: ConversationRef, event: PushEvent) -> int:
        began = time.monotonic()
        try:
            connection_ids = self._connections.of(ref, self._clock())
        except SahutError as error:
            self._notes.push_failed(str(error))
            return 0
        delivered = 0
        for connection_id in connection_ids:
            if time.monotonic() - began > PUSH_BUDGET_S:
                self._notes.push_failed("no time left for all connections")
                break
            delivered += self.send(connection_id, event)
        return delivered

    def send(self, connection_id: str, event: PushEvent) -> bool:
        try:
            return self._post(connection_id, frame_of(event))
        except SahutError as error:
            self._notes.push_failed(str(error))
            return False

    def _post(self, connection_id: str, frame: bytes) -> bool:
        """Raises SahutError: the connection did not take it, or its removal failed."""
        try:
            self._client().post_to_connection(ConnectionId=connection_id, Data=frame)
        except ClientError as error:
            if code_of(error) != "GoneException":
                raise as_sahut_error(error) from error
            self._connections.remove(connection_id)
            return False
        except BotoCoreError as error:
            raise as_sahut_error(error) from error
        return True


def frame_of(event: PushEvent) -> bytes:
    numbered = {"id": event.id} if event.id else {}
    told = {"type": event.type, **numbered, **event.body}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
