"""Lists conversations by owner for people. Reads the GSI, so it may lag: nothing is decided by it."""

from __future__ import annotations

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.table import Tables
from sahut.adapters.dynamodb.wire import text_of
from sahut.domain.conversation import Owner
from sahut.domain.tenant import ConversationRef, TenantId


class InboxStore:
    def __init__(self, tables: Tables, conversations: str) -> None:
        self._tables = tables
        self._conversations = conversations

    def list(self, tenant: TenantId, owner: Owner, limit: int) -> list[ConversationRef]:
        """The conversations that `owner` has, the newest first."""
        partition = keys.inbox(tenant, owner.value)
        items = self._tables.query_index(self._conversations, "inbox", "inbox_pk", partition, limit)
        return [ConversationRef(tenant, text_of(item, "conversation_id")) for item in items]

    def find(self, tenant: TenantId, channel_key: str, alias: str) -> ConversationRef | None:
        """The conversation of the contact known as `alias` (`user:…`, `phone:…`)."""
        item = self._tables.get(self._conversations, keys.alias(tenant, channel_key, alias))
        return ConversationRef(tenant, text_of(item, "conversation_id")) if item else None
