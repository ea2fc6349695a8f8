"""For tests of plug-ins: calls a tool as Sahut would, through JSON, and again with the same key."""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from typing import Any

from sahut.contracts.tool_call import ToolCallBody, ToolReplyBody
from sahut.domain.json_schema import value_problems
from sahut.tools import Plugin

LONGEST_S = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """ok False: the tool raised NotPossible. result: as it came back through JSON."""

    ok: bool
    result: Any


class Mismatch(AssertionError):
    """The call does not fit the tool's schema, or a repeated call got another answer."""


def call(tool: Plugin[..., Any], *, tenant_id: str = "test", key: str = "", **arguments: object) -> Reply:
    """One call. key: the idempotency key, a new one when it is ''.

    Raises:
        Mismatch: Sahut would not have made this call.
    """
    if problems := list(value_problems(tool.parameters, arguments)):
        raise Mismatch("; ".join(f"{at or 'arguments'} {why}" for at, why in problems))
    body = ToolCallBody.model_validate(
        {
            "tenant_id": tenant_id,
            "tool": tool.name,
            "arguments": arguments,
            "idempotency_key": key or uuid.uuid4().hex,
            "deadline": time.time() + LONGEST_S,
        }
    )
    said = tool.handler(json.loads(body.model_dump_json()), None)
    reply = ToolReplyBody.model_validate_json(json.dumps(said))
    return Reply(reply.ok, reply.result)


def replay(tool: Plugin[..., Any], *, times: int = 2, tenant_id: str = "test", **arguments: object) -> Reply:
    """The same call several times, as after lost answers; the one reply that all of them got.

    Raises:
        Mismatch: a later call got another answer than the first.
    """
    key = uuid.uuid4().hex
    first, *others = [call(tool, tenant_id=tenant_id, key=key, **arguments) for _ in range(times)]
    if any(other != first for other in others):
        raise Mismatch("a repeated call got another answer: remember what was done by call.idempotency_key")
    return first
