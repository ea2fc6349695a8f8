"""Who a piece of data belongs to. No key, query or object path can be built without a TenantId."""

import re
from dataclasses import dataclass

_TENANT_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
# Names of folders that stand beside the tenants' in a bucket.
_RESERVED = frozenset({"knowledge", "dead-letters", "work", "versions", "evaluation"})


@dataclass(frozen=True, slots=True)
class TenantId:
    """An organisation. Lower-case letters, digits and dashes, 1 to 40 characters.

    Raises:
        ValueError: the text is no tenant id (it could otherwise escape its key prefix), or a reserved one.
    """

    value: str

    def __post_init__(self) -> None:
        if not _TENANT_ID.fullmatch(self.value):
            raise ValueError("a tenant id is 1-40 lower-case letters, digits or dashes")
        if self.value in _RESERVED:
            raise ValueError(f"no tenant may be called {self.value}")

    def __str__(self) -> str:
        return self.value


@dataclass(frozen=True, slots=True)
class ConversationRef:
    """One conversation of one tenant: the address of all that is stored about it."""

    tenant: TenantId
    conversation_id: str


@dataclass(frozen=True, slots=True)
class TurnRef:
    """One turn of one conversation."""

    conversation: ConversationRef
    turn_id: str
