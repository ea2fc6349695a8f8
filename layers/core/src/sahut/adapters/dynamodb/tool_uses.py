"""What a turn asked of tools and what came of it: each result once, each effect at most once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.records import turn_from
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.tool_items import pending_item, use_item
from sahut.adapters.dynamodb.wire import Value
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import Conflict, NotFound, Outdated
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.tool_use import Pending, ToolOutcome, ToolUse
from sahut.domain.turn import Turn


class ToolUseStore:
    """See `sahut.ports.tools.ToolUses`."""

    def __init__(self, tables: Tables, conversations: str) -> None:
        self._tables = tables
        self._conversations = conversations

    def asked(self, ref: TurnRef, epoch: int, uses: Sequence[ToolUse], ledger: Mapping[str, Value]) -> None:
        """Adds calls to a turn; those of a repeated state are there already, and stay as they are."""
        names = {f"#c{n}": use.call_id for n, use in enumerate(uses)}
        names |= {f"#l{n}": name for n, name in enumerate(ledger)}
        values: dict[str, Value] = {f":c{n}": use_item(use) for n, use in enumerate(uses)}
        values |= {f":l{n}": value for n, value in enumerate(ledger.values())}
        sets = [f"tools.#c{n} = :c{n}" for n in range(len(uses))]
        sets += [f"#l{n} = :l{n}" for n in range(len(ledger))]
        write = Write(
            self._conversations,
            keys.turn(ref),
            update=f"SET {', '.join(sets)}",
            condition="epoch = :epoch AND attribute_not_exists(tools.#c0)",
            names=names,
            values=values | {":epoch": epoch},
        )
        try:
            self._tables.write(write)
        except ConditionFailed as error:
            self._only_repeated(ref, epoch, error)

    def came(self, ref: TurnRef, epoch: int, call_id: str, outcome: ToolOutcome, result: str) -> None:
        """Stores what came of a call, unless something is stored already."""
        write = Write(
            self._conversations,
            keys.turn(ref),
            update="SET tools.#id.outcome = :outcome, tools.#id.#result = :result",
            condition="epoch = :epoch AND attribute_exists(tools.#id)"
            " AND attribute_not_exists(tools.#id.outcome)",
            names={"#id": call_id, "#result": "result"},
            values={":outcome": outcome.value, ":result": result, ":epoch": epoch},
        )
        try:
            self._tables.write(write)
        except ConditionFailed as error:
            self._only_repeated(ref, epoch, error)

    def begin(self, head: Conversation, turn: Turn, use: ToolUse, now: float) -> None:
        """The one moment from which an effectful call may be made: nobody has begun it, its question is still
        open and confirmed in this turn, and the machine has the conversation. Closes the question.

        Raises:
            Conflict: one of these does not hold.
        """
        closed = Write(
            self._conversations,
            keys.head(head.ref),
            update="REMOVE pending",
            condition="epoch = :epoch AND #owner = :machine AND pending.pending_id = :key"
            " AND pending.confirmed_in = :turn",
            names={"#owner": "owner"},
            values={
                ":epoch": turn.epoch,
                ":machine": Owner.MACHINE.value,
                ":key": use.key,
                ":turn": turn.ref.turn_id,
            },
        )
        begun = Write(
            self._conversations,
            keys.turn(turn.ref),
            update="SET tools.#id.begun_at = :now",
            condition="epoch = :epoch AND attribute_exists(tools.#id)"
            " AND attribute_not_exists(tools.#id.begun_at)",
            names={"#id": use.call_id},
            values={":now": now, ":epoch": turn.epoch},
        )
        self._write_or_conflict(closed, begun)

    def ask_first(self, ref: ConversationRef, epoch: int, pending: Pending) -> None:
        """Puts a question to the customer in place of any other.

        Raises:
            Conflict: a newer attempt or a person has the conversation.
        """
        write = Write(
            self._conversations,
            keys.head(ref),
            update="SET pending = :pending",
            condition="epoch = :epoch AND #owner = :machine",
            names={"#owner": "owner"},
            values={":pending": pending_item(pending), ":epoch": epoch, ":machine": Owner.MACHINE.value},
        )
        self._write_or_conflict(write)

    def confirm(self, ref: ConversationRef, epoch: int, pending_id: str, turn_id: str) -> None:
        """Binds a yes to the turn that said it.

        Raises:
            Conflict: the question is no longer open.
        """
        write = Write(
            self._conversations,
            keys.head(ref),
            update="SET pending.confirmed_in = :turn",
            condition="epoch = :epoch AND #owner = :machine AND pending.pending_id = :id"
            " AND pending.confirmed_in IN (:none, :turn)",
            names={"#owner": "owner"},
            values={
                ":epoch": epoch,
                ":machine": Owner.MACHINE.value,
                ":id": pending_id,
                ":none": "",
                ":turn": turn_id,
            },
        )
        self._write_or_conflict(write)

    def drop(self, ref: ConversationRef, pending_id: str) -> None:
        """The question is closed; nothing if it is already."""
        write = Write(
            self._conversations,
            keys.head(ref),
            update="REMOVE pending",
            condition="pending.pending_id = :id",
            values={":id": pending_id},
        )
        try:
            self._tables.write(write)
        except ConditionFailed:
            return  # somebody else closed it, or a newer one is open

    def _write_or_conflict(self, *writes: Write) -> None:
        try:
            self._tables.write(*writes)
        except ConditionFailed as error:
            raise Conflict("the question is no longer open, or somebody else has the conversation") from error

    def _only_repeated(self, ref: TurnRef, epoch: int, error: ConditionFailed) -> None:
        """Raises: Outdated: a newer attempt owns the turn."""
        item = self._tables.get(self._conversations, keys.turn(ref))
        if item is None:
            raise NotFound(f"turn {ref.turn_id}") from error
        if turn_from(ref, item).epoch != epoch:
            raise Outdated(f"turn {ref.turn_id} belongs to a newer attempt") from error
