"""What becomes of a model's wish for tools: calls to make, or a question to the customer first."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sahut.contracts.tasks import GenerateResult, TurnTask
from sahut.domain import confirming
from sahut.domain.answer import Answer
from sahut.domain.conversation import Conversation
from sahut.domain.json_schema import value_problems
from sahut.domain.tool_use import (
    MAX_ARGUMENTS_BYTES,
    MAX_CALLS_PER_ROUND,
    MAX_ROUNDS,
    Pending,
    ToolOutcome,
    ToolUse,
    call_id,
    confirmed_call_id,
    rounds_done,
    tool_round_of,
)
from sahut.domain.tools import Tool
from sahut.domain.turn import Turn
from sahut.ports.chat_model import ToolCall
from sahut.ports.conversations import Scalar
from sahut.ports.tools import ToolUses


@dataclass(frozen=True, slots=True)
class Wishes:
    """model: who wants them."""

    calls: tuple[ToolCall, ...]
    model: str


def offered(turn: Turn, tools: Sequence[Tool]) -> tuple[Tool, ...]:
    """The tools that a model may still ask for in this turn."""
    return tuple(tools) if rounds_done(turn.tools) < MAX_ROUNDS else ()


def asked_before(task: TurnTask, turn: Turn) -> GenerateResult | None:
    """What an earlier call of the same state came to, whose answer got lost."""
    done = rounds_done(turn.tools)
    if done <= task.tool_round:
        return None
    return _needs_tools([use for use in turn.tools if tool_round_of(use.call_id) == done], done)


def want_tools(
    task: TurnTask,
    turn: Turn,
    wishes: Wishes,
    tools: Sequence[Tool],
    ledger: dict[str, Scalar],
    uses: ToolUses,
    now: float,
) -> GenerateResult | Answer:
    """Stores the calls, which *Use tools* will make; or the question that comes before an effectful one.

    Raises:
        Conflict: somebody else has the conversation, or the turn, by now.
    """
    this_round = rounds_done(turn.tools) + 1
    by_name = {tool.name: tool for tool in tools}
    wanted = [
        _use(turn, call_id(turn.round, this_round, number), call, by_name)
        for number, call in enumerate(wishes.calls[:MAX_CALLS_PER_ROUND], start=1)
    ]
    first = next((use for use in wanted if use.effectful and use.outcome is None), None)
    if first is not None:
        turn_id = turn.ref.turn_id
        pending = Pending(first.key, first.name, first.title, first.arguments, turn_id, now)
        uses.ask_first(turn.ref.conversation, task.epoch, pending)
        text = confirming.question(first.title, json.loads(first.arguments), turn.language)
        return Answer(text, (), wishes.model)
    numbered = {f"{name}_before_tools_{this_round}": ledger[name] for name in ("attempts", "prompt_sha256")}
    uses.asked(task.turn, task.epoch, wanted, numbered)
    return _needs_tools(wanted, this_round)


def carry_out(task: TurnTask, head: Conversation, turn: Turn, uses: ToolUses) -> GenerateResult | ToolUse:
    """For a customer's yes: the call to make, or what came of it."""
    effect = next((use for use in turn.tools if use.effectful), None)
    if effect is None:
        pending = head.pending
        if pending is None or pending.confirmed_in != turn.ref.turn_id:  # somebody took the conversation
            return ToolUse("", "", "", "{}", "", effectful=True, outcome=ToolOutcome.FAILED)
        id_, arguments = confirmed_call_id(turn.round), pending.arguments
        effect = ToolUse(id_, pending.name, pending.title, arguments, pending.pending_id, effectful=True)
        uses.asked(task.turn, task.epoch, [effect], {})
    elif effect.outcome is not None or task.tool_round:
        return effect
    return _needs_tools([effect], 1)


def _needs_tools(uses: Sequence[ToolUse], tool_round: int) -> GenerateResult:
    return GenerateResult(
        safe=False, needs_tools=True, calls=[use.call_id for use in uses], tool_round=tool_round
    )


def _use(turn: Turn, id_: str, call: ToolCall, tools: dict[str, Tool]) -> ToolUse:
    tool = tools.get(call.name)
    key = f"{turn.ref.turn_id}-{id_}"
    if tool is None:
        return _invalid(id_, call.name[:40], key, "There is no such tool.")
    try:
        values = json.loads(call.arguments or "{}", parse_constant=_no_number)
    except ValueError:
        return _invalid(id_, tool.name, key, "The arguments are no JSON.")
    problems = [f"{at or 'arguments'} {why}" for at, why in value_problems(tool.parameters, values)]
    arguments = json.dumps(values, ensure_ascii=False)
    if len(arguments.encode("utf-8", "replace")) > MAX_ARGUMENTS_BYTES:
        problems.append("the arguments are too long")
    if problems:
        return _invalid(id_, tool.name, key, f"Not called: {'; '.join(problems[:5])}.")
    return ToolUse(id_, tool.name, tool.title, arguments, key, tool.effectful)


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no JSON")


def _invalid(id_: str, name: str, key: str, why: str) -> ToolUse:
    """Its arguments are not kept: nobody has checked them."""
    return ToolUse(id_, name, name, "{}", key, outcome=ToolOutcome.INVALID, result=why)
