"""What a plug-in gets and gives: the contract of tools that are Lambda functions. Version 1."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class ToolCallBody(BaseModel):
    """idempotency_key: the same for every attempt of one call. deadline: seconds since the epoch."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    v: Literal[1] = 1
    tenant_id: str = Field(min_length=1, max_length=80)
    tool: str = Field(min_length=1, max_length=80)
    arguments: dict[str, JsonValue]
    idempotency_key: str = Field(min_length=1, max_length=200)
    deadline: float


class ToolReplyBody(BaseModel):
    """ok False: it says no, for certain, e.g. that there is no such order. result: text or JSON."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    v: Literal[1] = 1
    ok: bool
    result: JsonValue = None
