"""What travels through the queues."""

from enum import StrEnum
from typing import Literal

from pydantic import Field

from sahut.contracts.tasks import Contract
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef


class DispatchJob(Contract):
    """Bring this message into a final turn. line: its position in the conversation's timeline."""

    v: Literal[1] = 1
    tenant_id: str = Field(max_length=80)
    conversation_id: str = Field(max_length=80)
    message_id: str = Field(max_length=600)
    line: int = Field(ge=1)
    attempt: int = Field(ge=1)

    @property
    def conversation(self) -> ConversationRef:
        return ConversationRef(TenantId(self.tenant_id), self.conversation_id)

    @property
    def correlation_id(self) -> str:
        return self.message_id


class SettleCause(StrEnum):
    """UNCERTAIN: nobody knows whether a part arrived. FAILED: the channel said so afterwards."""

    UNCERTAIN = "uncertain"
    FAILED = "failed"


class SettleJob(Contract):
    v: Literal[1] = 1
    tenant_id: str = Field(max_length=80)
    conversation_id: str = Field(max_length=80)
    turn_id: str = Field(max_length=80)
    cause: SettleCause

    @property
    def turn(self) -> TurnRef:
        return TurnRef(ConversationRef(TenantId(self.tenant_id), self.conversation_id), self.turn_id)

    @property
    def correlation_id(self) -> str:
        return self.turn_id
