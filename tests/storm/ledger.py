"""What the product has written down: every item of its tables, read by key alone.

Reads the raw items and not the product's own records, so that a mistake in those can't hide itself.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sahut.adapters.dynamodb.wire import from_item
from sandbox.stack import Stack

Item = Mapping[str, object]

FINAL = frozenset({"answered", "handed_over", "left_to_person", "withdrawn"})


@dataclass(slots=True)
class Conversation:
    """All items of one conversation, by the kind of their sort key."""

    tenant: str
    conversation_id: str
    head: Item = field(default_factory=dict)
    lines: dict[int, Item] = field(default_factory=dict)
    turns: dict[str, Item] = field(default_factory=dict)
    tickets: dict[str, Item] = field(default_factory=dict)

    @property
    def machine_turns(self) -> dict[str, Item]:
        """Without those that hold a person's words: they have no messages."""
        return {turn_id: turn for turn_id, turn in self.turns.items() if turn.get("messages")}


@dataclass(slots=True)
class Ledger:
    """conversations: by (tenant, id). aliases: (tenant, phone number id, alias) → conversation id.
    letters: dead letters by id. once: provider ids of stored messages by tenant.
    """

    conversations: dict[tuple[str, str], Conversation]
    aliases: dict[tuple[str, str, str], str]
    letters: dict[str, Item]

    def turns(self) -> Iterator[tuple[Conversation, str, Item]]:
        for conversation in self.conversations.values():
            for turn_id, turn in conversation.machine_turns.items():
                yield conversation, turn_id, turn


def read_ledger(stack: Stack) -> Ledger:
    """Scans the tables."""
    ledger = Ledger({}, {}, {})
    for item in _scan(stack, "ConversationsTable"):
        _sort_in(ledger, item)
    for item in _scan(stack, "LogsTable"):
        if item["pk"] == "LETTERS":
            ledger.letters[str(item["letter_id"])] = item
    return ledger


def _scan(stack: Stack, table: str) -> Iterator[Item]:
    pages = stack.client("dynamodb").get_paginator("scan")
    for page in pages.paginate(TableName=stack.outputs[table], ConsistentRead=True):
        yield from map(from_item, page["Items"])


def _sort_in(ledger: Ledger, item: Item) -> None:
    _, tenant, kind, rest = str(item["pk"]).split("#", 3)
    if kind == "A":
        number, alias = rest.split("#", 1)
        ledger.aliases[(tenant, number, alias)] = str(item["conversation_id"])
        return
    conversation = ledger.conversations.setdefault((tenant, rest), Conversation(tenant, rest))
    name, _, identity = str(item["sk"]).partition("#")
    if name == "HEAD":
        conversation.head = item
    elif name == "LINE":
        conversation.lines[int(identity)] = item
    elif name == "TURN":
        conversation.turns[identity] = item
    elif name == "TICKET":
        conversation.tickets[identity] = item


def text(item: Item, name: str) -> str:
    value = item.get(name, "")
    return value if isinstance(value, str) else ""


def number(item: Item, name: str) -> float:
    value = item.get(name, 0)
    return float(value) if isinstance(value, int | float) else 0.0


def maps(item: Item, name: str) -> list[Item]:
    value = item.get(name)
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def parts(turn: Item) -> dict[str, Item]:
    value = turn.get("parts")
    found = value if isinstance(value, Mapping) else {}
    return {str(part_id): part for part_id, part in found.items() if isinstance(part, Mapping)}


def by_message(ledger: Ledger) -> dict[str, list[tuple[Conversation, int]]]:
    """Provider id → every line that has it."""
    found: dict[str, list[tuple[Conversation, int]]] = defaultdict(list)
    for conversation in ledger.conversations.values():
        for line, item in conversation.lines.items():
            if text(item, "provider_id"):
                found[text(item, "provider_id")].append((conversation, line))
    return found
