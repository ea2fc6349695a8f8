"""News to browsers that are connected now. Best effort: what does not arrive is read again by its line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from sahut.domain.tenant import ConversationRef, TenantId

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None


@dataclass(frozen=True, slots=True)
class PushEvent:
    """One frame: `{"type": type, "id": id, **body}`.

    id: the line of the timeline that the event tells of, 0 (and left out) for none. A client that saw
    everything up to id - 1 has missed nothing. body: JSON, at most 128 KB (API Gateway's limit).
    """

    type: str
    id: int = 0
    body: Mapping[str, Json] = field(default_factory=dict)


class Push(Protocol):
    def push(self, ref: ConversationRef, event: PushEvent) -> int:
        """Sends an event to every connection of a conversation; how many took it.

        Raises nothing of the channel or the store: a push that fails is logged, and its client reads
        the timeline again. Takes a second or two at most, however many connections hang.
        """
        ...


class Reply(Protocol):
    def send(self, connection_id: str, event: PushEvent) -> bool:
        """Sends an event to one connection; False when it is gone or did not take it."""
        ...


@dataclass(frozen=True, slots=True)
class Connected:
    """Who is at the other end of a connection.

    ref: their conversation, None until they have written. at_ms: when they connected.
    """

    connection_id: str
    tenant: TenantId
    channel_key: str
    visitor_id: str
    at_ms: int
    ref: ConversationRef | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a ticket stands for. any_origin: it was given to a backend with the tenant's API key."""

    tenant: TenantId
    channel_key: str
    visitor_id: str
    any_origin: bool


class Connections(Protocol):
    """Tickets and open connections. Everything here ends by itself when its time is over."""

    def take_ticket(self, text: str, now: float) -> Ticket | None:
        """What a ticket stands for, once: None when it was used, has expired or is none of ours."""
        ...

    def add(self, connected: Connected, now: float) -> None: ...

    def get(self, connection_id: str) -> Connected | None: ...

    def bind(self, connected: Connected, ref: ConversationRef, now: float) -> Connected:
        """The connection belongs to a conversation from now on."""
        ...

    def waiting(self, tenant: TenantId, channel_key: str, visitor_id: str, now: float) -> Sequence[Connected]:
        """Connections of a visitor who has not written yet."""
        ...

    def of(self, ref: ConversationRef, now: float) -> Sequence[str]:
        """Ids of a conversation's newest connections, the newest first."""
        ...

    def remove(self, connection_id: str) -> None: ...
