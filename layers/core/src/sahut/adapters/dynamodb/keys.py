"""Every key of every table. A tenant's keys can't be built without its TenantId.

The only keys without a tenant are the routes (a connection's is one), which are how a tenant is found
at all.
"""

from dataclasses import dataclass
from datetime import date

from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef


@dataclass(frozen=True, slots=True)
class Key:
    pk: str
    sk: str

    def as_item(self) -> dict[str, str]:
        return {"pk": self.pk, "sk": self.sk}


def _conversation(ref: ConversationRef) -> str:
    return f"T#{ref.tenant}#C#{ref.conversation_id}"


def head(ref: ConversationRef) -> Key:
    return Key(_conversation(ref), "HEAD")


def line(ref: ConversationRef, number: int) -> Key:
    """Positions are zero-padded so that the sort key's order is the timeline's."""
    return Key(_conversation(ref), f"LINE#{number:012d}")


def turn(ref: TurnRef) -> Key:
    return Key(_conversation(ref.conversation), f"TURN#{ref.turn_id}")


def ticket(ref: TurnRef) -> Key:
    return Key(_conversation(ref.conversation), f"TICKET#{ref.turn_id}")


def alias(tenant: TenantId, channel_key: str, name: str) -> Key:
    return Key(f"T#{tenant}#A#{channel_key}#{name}", "ALIAS")


def inbox(tenant: TenantId, owner: str) -> str:
    """Partition of the GSI `inbox`: it only lists, nothing is decided by it."""
    return f"T#{tenant}#{owner}"


def once_message(tenant: TenantId, channel_key: str, provider_id: str) -> Key:
    return Key(f"T#{tenant}#M#{channel_key}#{provider_id}", "MESSAGE")


def once_sent(tenant: TenantId, channel_key: str, provider_id: str) -> Key:
    return Key(f"T#{tenant}#M#{channel_key}#{provider_id}", "SENT")


def socket_ticket(tenant: TenantId, sha256_hex: str) -> Key:
    return Key(f"T#{tenant}#SOCKET_TICKET#{sha256_hex}", "TICKET")


def socket_route(connection_id: str) -> Key:
    """Whose connection it is: API Gateway tells no more than its id."""
    return Key(f"SOCKET#{connection_id}", "ROUTE")


def socket(ref: ConversationRef, at_ms: int, connection_id: str) -> Key:
    """A connection of a conversation. Zero-padded, so that the newest are one query away."""
    return Key(_conversation(ref), f"SOCKET#{at_ms:015d}#{connection_id}")


def waiting_socket(tenant: TenantId, channel_key: str, name: str, at_ms: int, connection_id: str) -> Key:
    """A connection of a contact who has no conversation yet; name: their alias."""
    return Key(alias(tenant, channel_key, name).pk, f"SOCKET#{at_ms:015d}#{connection_id}")


def circuits(tenant: TenantId) -> str:
    """Partition of the states of a tenant's endpoints."""
    return f"T#{tenant}#CIRCUITS"


def profile(tenant: TenantId) -> Key:
    return Key(f"TENANT#{tenant}", "PROFILE")


def models(tenant: TenantId) -> Key:
    return Key(f"TENANT#{tenant}", "MODELS")


def tool(tenant: TenantId, name: str) -> Key:
    return Key(f"TENANT#{tenant}", f"TOOL#{name}")


def default_models() -> Key:
    """What holds for tenants that chose nothing themselves."""
    return Key("DEFAULTS", "MODELS")


def live_version(ref: KnowledgeRef) -> Key:
    """The pointer: which version of a knowledge base is live."""
    return Key(f"TENANT#{ref.tenant}", f"KB#{ref.name}")


def _knowledge(ref: KnowledgeRef) -> str:
    return f"TENANT#{ref.tenant}#KB#{ref.name}"


def knowledge_settings(ref: KnowledgeRef) -> Key:
    return Key(_knowledge(ref), "SETTINGS")


def knowledge_build(ref: KnowledgeRef) -> Key:
    """Whether a build is wanted, and which one runs."""
    return Key(_knowledge(ref), "BUILD")


def evaluation_set(ref: KnowledgeRef) -> Key:
    return Key(_knowledge(ref), "EVALUATION")


def document(ref: KnowledgeRef, document_id: str) -> Key:
    return Key(_knowledge(ref), f"DOCUMENT#{document_id}")


def fetched_page(ref: KnowledgeRef, page_id: str) -> Key:
    return Key(_knowledge(ref), f"PAGE#{page_id}")


def version(ref: KnowledgeRef, version_id: str) -> Key:
    return Key(_knowledge(ref), f"VERSION#{version_id}")


def activation(ref: KnowledgeRef, at_ms: int) -> Key:
    """Zero-padded, so that the newest before a moment is one query away."""
    return Key(_knowledge(ref), f"ACTIVATION#{at_ms:015d}")


def knowledge_base_of(tenant: TenantId, name: str) -> Key:
    """In the list of all knowledge bases, which the schedule walks."""
    return Key("KNOWLEDGE", f"T#{tenant}#{name}")


def all_knowledge_bases() -> tuple[Key, Key]:
    """The first and the last key that the list may have."""
    return Key("KNOWLEDGE", "T#"), Key("KNOWLEDGE", "T#~")


def channel_route(channel: str, channel_key: str) -> Key:
    return Key(f"CHANNEL#{channel}#{channel_key}", "ROUTE")


def account_route(account_id: str) -> Key:
    """Of a WhatsApp Business Account, for webhooks that name no number."""
    return Key(f"CHANNEL#whatsapp_account#{account_id}", "ROUTE")


def api_key_route(key_sha256_hex: str) -> Key:
    return Key(f"APIKEY#{key_sha256_hex}", "ROUTE")


def letter(letter_id: str) -> Key:
    return Key("LETTERS", f"LETTER#{letter_id}")


def turn_spending(ref: TurnRef) -> Key:
    return Key(_conversation(ref.conversation), f"SPENT#{ref.turn_id}")


def day_spending(tenant: TenantId, day: date, shard: int) -> Key:
    """shard: one digit. A day of UTC."""
    return Key(f"T#{tenant}#SPENT", f"DAY#{day.isoformat()}#{shard}")


def spending_reached(tenant: TenantId, day: date) -> Key:
    """Which shares of the day's limit somebody was told of."""
    return Key(f"T#{tenant}#SPENT", f"REACHED#{day.isoformat()}")


def audit(tenant: TenantId, at_ms: int, event_id: str) -> Key:
    return Key(f"T#{tenant}#AUDIT", f"{at_ms:015d}#{event_id}")
