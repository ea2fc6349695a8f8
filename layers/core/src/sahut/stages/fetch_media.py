"""Fetches the files of inbound messages into our own store: their ids expire after 7 days.

A file that can't be had never holds up its message: a person sees the message without it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from sahut.domain.conversation import Conversation
from sahut.domain.errors import SahutError
from sahut.domain.message import Channel
from sahut.ports.channel import ChannelSender
from sahut.ports.conversations import Line, Turns
from sahut.ports.work import ObjectStore


class Notes(Protocol):
    """Where a stage tells what happened. Texts and fields come from a closed set."""

    def media_missing(self, conversation_id: str, line: int, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class MediaFetcher:
    """senders: the channel of a tenant's number, made when it is needed."""

    turns: Turns
    objects: Callable[[], ObjectStore]
    sender_of: Callable[[Conversation], ChannelSender]
    notes: Notes

    def fetch(self, head: Conversation, lines: Sequence[Line]) -> None:
        if head.channel is not Channel.WHATSAPP:
            return
        for line in lines:
            if line.media.get("media_id") and not line.media.get("object_key"):
                try:
                    self._fetch(head, line)
                except SahutError as error:
                    self.notes.media_missing(head.ref.conversation_id, line.line, type(error).__name__)

    def _fetch(self, head: Conversation, line: Line) -> None:
        body, mime_type = self.sender_of(head).fetch_media(line.media["media_id"])
        name = sha256(line.provider_id.encode()).hexdigest()[:32]
        key = f"{head.ref.tenant}/media/{head.ref.conversation_id}/{name}"
        self.objects().put(key, body, mime_type)
        self.turns.media_fetched(head.ref, line.line, key)
