"""Tickets and open connections of the WebSocket API.

A connection has two items: its route (API Gateway tells no more than its id) and its place among the
connections of its conversation, or of its visitor until they have written. DynamoDB removes old items
when it likes, so every reader looks at their time.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Item, Value, int_of, text_of
from sahut.domain.tenant import ConversationRef, TenantId
from sahut.ports.push import Connected, Ticket

TICKET_S = 30
# API Gateway ends a connection after two hours.
CONNECTION_S = 2 * 3600 + 600
# Nobody has more tabs; whoever opens more gets news by heartbeat in the oldest ones.
MOST_CONNECTIONS = 8

_LAST_MS = 999_999_999_999_999


class SocketStore:
    """See `sahut.ports.push.Connections`."""

    def __init__(self, tables: Tables, conversations: str, once: str) -> None:
        self._tables = tables
        self._conversations = conversations
        self._once = once

    def issue_ticket(self, ticket: Ticket, now: float) -> tuple[str, int]:
        """A new ticket's text, which is stored as a digest only, and when it expires."""
        text = f"{ticket.tenant}.{secrets.token_urlsafe(24)}"
        expires_at = int(now) + TICKET_S
        item: dict[str, Value] = {
            "channel_key": ticket.channel_key,
            "visitor_id": ticket.visitor_id,
            "any_origin": ticket.any_origin,
            "expires_at": expires_at,
        }
        self._tables.write(Write(self._once, _ticket_key(ticket.tenant, text), put=item))
        return text, expires_at

    def take_ticket(self, text: str, now: float) -> Ticket | None:
        try:
            tenant = TenantId(text.partition(".")[0])
        except ValueError:
            return None
        key = _ticket_key(tenant, text)
        item = self._tables.get(self._once, key)
        if item is None or int_of(item, "expires_at") < now:
            return None
        try:
            self._tables.write(Write(self._once, key, delete=True, condition="attribute_exists(pk)"))
        except ConditionFailed:
            return None  # somebody else used it between our two calls
        any_origin = item.get("any_origin") is True
        return Ticket(tenant, text_of(item, "channel_key"), text_of(item, "visitor_id"), any_origin)

    def add(self, connected: Connected, now: float) -> None:
        self._tables.write(self._route(connected, now), self._place(connected, now))

    def get(self, connection_id: str) -> Connected | None:
        item = self._tables.get(self._once, keys.socket_route(connection_id))
        return _connected(connection_id, item) if item else None

    def bind(self, connected: Connected, ref: ConversationRef, now: float) -> Connected:
        bound = replace(connected, ref=ref)
        self._tables.write(
            self._route(bound, now),
            self._place(bound, now),
            Write(self._conversations, _place_key(connected), delete=True),
        )
        return bound

    def waiting(self, tenant: TenantId, channel_key: str, visitor_id: str, now: float) -> Sequence[Connected]:
        first, last = (
            keys.waiting_socket(tenant, channel_key, f"user:{visitor_id}", at_ms, "")
            for at_ms in (0, _LAST_MS)
        )
        found = [text_of(item, "connection_id") for item in self._newest(first, last, now)]
        return [connected for each in found if (connected := self.get(each)) and connected.ref is None]

    def of(self, ref: ConversationRef, now: float) -> Sequence[str]:
        first, last = keys.socket(ref, 0, ""), keys.socket(ref, _LAST_MS, "")
        return [text_of(item, "connection_id") for item in self._newest(first, last, now)]

    def remove(self, connection_id: str) -> None:
        connected = self.get(connection_id)
        if connected is None:
            return
        self._tables.write(
            Write(self._once, keys.socket_route(connection_id), delete=True),
            Write(self._conversations, _place_key(connected), delete=True),
        )

    def _newest(self, first: keys.Key, last: keys.Key, now: float) -> list[Item]:
        found = self._tables.query(
            self._conversations, first.pk, first.sk, last.sk, limit=MOST_CONNECTIONS, newest_first=True
        )
        return [item for item in found if int_of(item, "expires_at") > now]

    def _route(self, connected: Connected, now: float) -> Write:
        item: dict[str, Value] = {
            "tenant_id": str(connected.tenant),
            "channel_key": connected.channel_key,
            "visitor_id": connected.visitor_id,
            "at_ms": connected.at_ms,
            "conversation_id": connected.ref.conversation_id if connected.ref else "",
            "expires_at": int(now) + CONNECTION_S,
        }
        return Write(self._once, keys.socket_route(connected.connection_id), put=item)

    def _place(self, connected: Connected, now: float) -> Write:
        item: dict[str, Value] = {
            "connection_id": connected.connection_id,
            "expires_at": int(now) + CONNECTION_S,
        }
        return Write(self._conversations, _place_key(connected), put=item)


def _ticket_key(tenant: TenantId, text: str) -> keys.Key:
    return keys.socket_ticket(tenant, sha256(text.encode()).hexdigest())


def _place_key(connected: Connected) -> keys.Key:
    if connected.ref is not None:
        return keys.socket(connected.ref, connected.at_ms, connected.connection_id)
    name = f"user:{connected.visitor_id}"
    return keys.waiting_socket(
        connected.tenant, connected.channel_key, name, connected.at_ms, connected.connection_id
    )


def _connected(connection_id: str, item: Item) -> Connected:
    tenant = TenantId(text_of(item, "tenant_id"))
    conversation_id = text_of(item, "conversation_id")
    return Connected(
        connection_id=connection_id,
        tenant=tenant,
        channel_key=text_of(item, "channel_key"),
        visitor_id=text_of(item, "visitor_id"),
        at_ms=int_of(item, "at_ms"),
        ref=ConversationRef(tenant, conversation_id) if conversation_id else None,
    )
