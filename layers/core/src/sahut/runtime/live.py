"""What connected browsers see at once: each message as it is published, and who has the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sahut.domain.message import Channel
from sahut.ports.push import PushEvent
from sahut.runtime.log_events import Event, log

if TYPE_CHECKING:
    from sahut.domain.conversation import Conversation
    from sahut.ports.conversations import Line
    from sahut.ports.push import Push
    from sahut.runtime.message_views import LinkOf


class PushNotes:
    def push_failed(self, why: str) -> None:
        log(Event.PUSH_FAILED, why=why)


class Live:
    """Best effort, after the write: what it can't show, the client reads by its line."""

    def __init__(self, push: Push | None, link_of: LinkOf) -> None:
        self._push = push
        self._link_of = link_of

    def message(self, head: Conversation, line: Line, pending: bool) -> None:
        """Shows a line that was just stored. pending: more of the same reply follows."""
        from sahut.domain.errors import SahutError
        from sahut.runtime.message_views import message_json

        if self._push is None:
            return
        try:
            view = message_json(line, head.ref.tenant, self._link_of)
        except SahutError as error:  # the key that signs links can't be read now
            log(Event.PUSH_FAILED, why=str(error))
            return
        body = {"message": view, "owner": head.owner.value, "pending": pending}
        self._push.push(head.ref, PushEvent("message", line.line, body))

    def owner(self, head: Conversation) -> None:
        """Shows who has the conversation now."""
        if self._push is not None and head.channel is Channel.WEBCHAT:
            self._push.push(head.ref, PushEvent("owner", body={"owner": head.owner.value}))
