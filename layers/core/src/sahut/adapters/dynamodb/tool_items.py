"""Uses of tools, and what waits for a customer's yes, as parts of items of the Conversations table."""

from __future__ import annotations

from sahut.adapters.dynamodb.wire import Item, Value, float_of, text_of
from sahut.domain.tool_use import Pending, ToolOutcome, ToolUse


def use_item(use: ToolUse) -> dict[str, Value]:
    item: dict[str, Value] = {
        "name": use.name,
        "title": use.title,
        "arguments": use.arguments,
        "key": use.key,
        "effectful": use.effectful,
    }
    if use.begun_at:
        item["begun_at"] = use.begun_at
    if use.outcome is not None:
        item |= {"outcome": use.outcome.value, "result": use.result}
    return item


def uses_from(items: Item) -> tuple[ToolUse, ...]:
    """In the order of their ids, which is the order they were asked for."""
    return tuple(_use_from(name, each) for name, each in sorted(items.items()) if isinstance(each, dict))


def _use_from(call_id: str, item: Item) -> ToolUse:
    outcome = text_of(item, "outcome")
    return ToolUse(
        call_id=call_id,
        name=text_of(item, "name"),
        title=text_of(item, "title"),
        arguments=text_of(item, "arguments"),
        key=text_of(item, "key"),
        effectful=bool(item.get("effectful")),
        outcome=ToolOutcome(outcome) if outcome else None,
        result=text_of(item, "result"),
        begun_at=float_of(item, "begun_at"),
    )


def pending_item(pending: Pending) -> dict[str, Value]:
    return {name: getattr(pending, name) for name in Pending.__slots__}


def pending_from(item: Item) -> Pending | None:
    if not item:
        return None
    texts = {name: text_of(item, name) for name in Pending.__slots__ if name != "asked_at"}
    return Pending(**texts, asked_at=float_of(item, "asked_at"))
