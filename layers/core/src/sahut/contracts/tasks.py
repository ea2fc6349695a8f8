"""What travels between the states of the workflow: ids and small decisions, never customer text.

Version 1 of every contract. A field may be added with a default; anything else is a new version.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.tool_use import MAX_CALLS_PER_ROUND, MAX_ROUNDS

_ID = Field(min_length=1, max_length=80)
_OPTIONAL_ID = Field(default="", max_length=80)
# Of our own making (domain/tool_use.py): a model's own ids could say anything.
CallId = Annotated[str, Field(max_length=9, pattern=r"^[te]\d{2}r\d{2}c\d{2}$")]
_REASON = Field(default="", max_length=300)


class Contract(BaseModel):
    # Built at first use: a function uses two of these, and building all costs 20 ms of every cold start.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)


class ConversationTask(Contract):
    """The input of the workflow and of its first state.

    epoch: the dispatch attempt. deadline: seconds since the epoch, bounds every attempt of every
    state. message_id: the correlation id until a turn is claimed.
    """

    v: Literal[1] = 1
    tenant_id: str = _ID
    conversation_id: str = _ID
    message_id: str = Field(max_length=600)
    epoch: int = Field(ge=1)
    deadline: float

    @property
    def conversation(self) -> ConversationRef:
        return ConversationRef(TenantId(self.tenant_id), self.conversation_id)

    @property
    def correlation_id(self) -> str:
        return self.message_id


class TurnTask(ConversationTask):
    """The input of every state after the turn was claimed.

    tool_round: for *Write answer*, how many times tools were used for this turn before.
    """

    turn_id: str = _ID
    tool_round: int = Field(default=0, ge=0, le=MAX_ROUNDS)

    @property
    def turn(self) -> TurnRef:
        return TurnRef(self.conversation, self.turn_id)

    @property
    def correlation_id(self) -> str:
        return self.turn_id


class GatherOutcome(StrEnum):
    """GATHERED: to be answered. WRITTEN: its answer is stored already. The rest is an end."""

    GATHERED = "gathered"
    WRITTEN = "written"
    HANDING_OVER = "handing_over"
    LEFT_TO_PERSON = "left_to_person"
    WITHDRAWN = "withdrawn"
    NOTHING = "nothing"


class GatherResult(Contract):
    """has_media: a voice note or a picture is among the messages."""

    outcome: GatherOutcome
    turn_id: str = _OPTIONAL_ID
    reason: str = _REASON
    has_media: bool = False


class PerceiveResult(Contract):
    """How many voice notes and pictures became words, and how many are left for a person."""

    understood: int
    unreadable: int


class RouteResult(Contract):
    """may_answer False: `reason` is a domain.handover.HandoverReason.

    needs_passages False: the answer needs no document (a greeting is greeted back).
    """

    lane: str = Field(max_length=80)
    may_answer: bool
    needs_passages: bool = True
    reason: str = _REASON


class RetrieveResult(Contract):
    """enough: whether the documents hold evidence. score: calibrated, 0 to 1.

    has_tools: whether a model may find the answer by a tool, where the documents hold none.
    """

    enough: bool
    score: float
    passages: int
    kb_version: str = Field(default="", max_length=200)
    has_tools: bool = False


class GenerateResult(Contract):
    """safe: whether the verdict lets the answer out. model: the candidate that wrote it.

    needs_tools: nothing is written yet, because the model wants `calls` of tools first. Their arguments
    are in the turn's record. tool_round: the task's for the next call, which will have their results.
    """

    safe: bool
    reason: str = _REASON
    model: str = Field(default="", max_length=200)
    needs_tools: bool = False
    calls: list[CallId] = Field(default=[], max_length=MAX_CALLS_PER_ROUND)
    tool_round: int = 0


class ToolTask(TurnTask):
    """One call that a model asked for; what it is stands in the turn's record."""

    call_id: CallId


class ToolResult(Contract):
    """outcome: a domain.tool_use.ToolOutcome. What the tool said is in the turn's record."""

    outcome: str = Field(max_length=80)


class DeliverOutcome(StrEnum):
    """NEWER: something newer came, gather again. SETTLING: the channel's word is awaited."""

    ANSWERED = "answered"
    NEWER = "newer"
    LEFT_TO_PERSON = "left_to_person"
    SETTLING = "settling"
    REFUSED = "refused"
    TOLD = "told"
    DROPPED = "dropped"


# 1 January 2100: the notice of a hand-over is bounded by its own state machine alone.
NO_DEADLINE = 4_102_444_800.0


class DeliverTask(TurnTask):
    """part `notice` is the line that a hand-over reserved: it belongs to no dispatch attempt."""

    message_id: str = Field(default="", max_length=600)
    epoch: int = Field(default=0, ge=0)
    deadline: float = NO_DEADLINE
    part: Literal["answer", "notice"] = "answer"


class DeliverResult(Contract):
    outcome: DeliverOutcome
    reason: str = _REASON


class HandOverTask(ConversationTask):
    """turn_id is '' when the failure came before anything was claimed.

    reason: a HandoverReason, or the name of the error that a state caught.
    """

    turn_id: str = _OPTIONAL_ID
    reason: str = Field(max_length=600)


class HandOverResult(Contract):
    state: str = Field(max_length=80)
    turn_id: str = _OPTIONAL_ID
