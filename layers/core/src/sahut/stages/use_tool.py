"""Use one tool: makes a call that a model asked for, and stores what came of it, once.

A result that is stored is never fetched again. An effectful tool is called at most once in all: whether a
call that broke off was carried out nobody knows, so a person looks after it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from sahut.contracts.tasks import ToolResult, ToolTask
from sahut.domain.conversation import Conversation
from sahut.domain.errors import Conflict, NotFound, Outdated, Refused, TryAgain
from sahut.domain.tenant import TenantId
from sahut.domain.tool_use import ToolOutcome, ToolUse, capped
from sahut.domain.tools import Tool
from sahut.domain.turn import Turn
from sahut.ports.conversations import Turns
from sahut.ports.tools import ToolCaller, ToolCallRequest, ToolUses
from sahut.stages.claiming import guard_epoch


@dataclass(frozen=True, slots=True)
class ToolUsing:
    """caller_of: by the tool's kind."""

    turns: Turns
    uses: ToolUses
    tools_of: Callable[[TenantId], tuple[Tool, ...]]
    caller_of: Callable[[Tool], ToolCaller]
    clock: Callable[[], float]


def use_tool(task: ToolTask, needs: ToolUsing) -> ToolResult:
    """Calls a tool for a turn.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
        TryAgain: a read-only tool can't be reached now.
    """
    head, turn = needs.turns.both(task.turn)
    guard_epoch(head, task.epoch)
    use = next((each for each in turn.tools if each.call_id == task.call_id), None)
    if use is None:
        raise NotFound(f"call {task.call_id}")
    outcome, said = use.outcome, use.result
    if outcome is None:
        outcome, said = _effect(head, turn, use, task, needs) if use.effectful else _called(use, task, needs)
        needs.uses.came(task.turn, task.epoch, use.call_id, outcome, said)
    return ToolResult(outcome=outcome.value)


def _effect(
    head: Conversation, turn: Turn, use: ToolUse, task: ToolTask, needs: ToolUsing
) -> tuple[ToolOutcome, str]:
    if use.begun_at:
        return ToolOutcome.UNCERTAIN, ""
    try:
        needs.uses.begin(head, turn, use, needs.clock())
    except Outdated:
        raise
    except Conflict:  # a person took the conversation, or it is begun elsewhere
        now = next(each for each in needs.turns.turn(task.turn).tools if each.call_id == use.call_id)
        return (ToolOutcome.UNCERTAIN if now.begun_at else ToolOutcome.FAILED), ""
    try:
        return _called(use, task, needs)
    except TryAgain:
        return ToolOutcome.UNCERTAIN, ""


def _called(use: ToolUse, task: ToolTask, needs: ToolUsing) -> tuple[ToolOutcome, str]:
    tenant = task.turn.conversation.tenant
    tool = next((each for each in needs.tools_of(tenant) if each.name == use.name), None)
    if tool is None or tool.effectful is not use.effectful:  # deleted or changed since it was offered
        return ToolOutcome.FAILED, ""
    deadline = min(task.deadline, needs.clock() + tool.timeout_s)
    try:
        reply = needs.caller_of(tool).call(
            ToolCallRequest(tenant, tool, json.loads(use.arguments), use.key, deadline)
        )
    except (Refused, NotFound):
        return ToolOutcome.FAILED, ""
    return (ToolOutcome.DONE if reply.ok else ToolOutcome.REFUSED), capped(reply.text)
