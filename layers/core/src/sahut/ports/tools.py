"""Tools: who calls them, and where uses of them are kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sahut.domain.conversation import Conversation
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.tool_use import Pending, ToolOutcome, ToolUse
from sahut.domain.tools import Tool
from sahut.domain.turn import Turn
from sahut.ports.conversations import Scalar

# JSON, checked against the tool's schema.
Arguments = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class ToolCallRequest:
    """key: the same for every attempt of one call. deadline: seconds since the epoch."""

    tenant: TenantId
    tool: Tool
    arguments: Arguments
    key: str
    deadline: float


@dataclass(frozen=True, slots=True)
class ToolReply:
    """ok False: the tool was reached and says no, for certain, e.g. that there is no such order."""

    ok: bool
    text: str


class ToolCaller(Protocol):
    def call(self, request: ToolCallRequest) -> ToolReply:
        """One attempt.

        Raises:
            TryAgain: down, too slow, throttled; an effectful tool may have done its work all the same.
            Refused: it can't be called like this: the address is not allowed, a secret is missing.
        """
        ...


class ToolUses(Protocol):
    """See adapters/dynamodb/tool_uses.py for what each method promises."""

    def asked(
        self, ref: TurnRef, epoch: int, uses: Sequence[ToolUse], ledger: Mapping[str, Scalar]
    ) -> None: ...

    def came(self, ref: TurnRef, epoch: int, call_id: str, outcome: ToolOutcome, result: str) -> None: ...

    def begin(self, head: Conversation, turn: Turn, use: ToolUse, now: float) -> None: ...

    def ask_first(self, ref: ConversationRef, epoch: int, pending: Pending) -> None: ...

    def confirm(self, ref: ConversationRef, epoch: int, pending_id: str, turn_id: str) -> None: ...

    def drop(self, ref: ConversationRef, pending_id: str) -> None: ...
