"""Reads and claims turns, and keeps their ledger. Every write names the epoch it was made in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.records import (
    conversation_from,
    line_from,
    part_item,
    passages_text,
    turn_from,
    turn_item,
)
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Value
from sahut.domain.answer import FoundPassage
from sahut.domain.conversation import Conversation
from sahut.domain.errors import NotFound, Outdated
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import Part, Turn, TurnState
from sahut.ports.conversations import Line

_LAST_LINE = 999_999_999_999


class TurnStore:
    """See `sahut.ports.conversations.Turns`."""

    def __init__(self, tables: Tables, conversations: str) -> None:
        self._tables = tables
        self._conversations = conversations

    def conversation(self, ref: ConversationRef) -> Conversation:
        item = self._tables.get(self._conversations, keys.head(ref))
        if item is None:
            raise NotFound(f"conversation {ref.conversation_id}")
        return conversation_from(ref, item)

    def turn(self, ref: TurnRef) -> Turn:
        item = self._tables.get(self._conversations, keys.turn(ref))
        if item is None:
            raise NotFound(f"turn {ref.turn_id}")
        return turn_from(ref, item)

    def both(self, ref: TurnRef) -> tuple[Conversation, Turn]:
        head, turn = keys.head(ref.conversation), keys.turn(ref)
        found = self._tables.get_many([(self._conversations, head), (self._conversations, turn)])
        if head not in found or turn not in found:
            raise NotFound(f"turn {ref.turn_id}")
        return conversation_from(ref.conversation, found[head]), turn_from(ref, found[turn])

    def lines(self, ref: ConversationRef, after: int, limit: int = 0) -> Sequence[Line]:
        first, last = keys.line(ref, after + 1), keys.line(ref, _LAST_LINE)
        items = self._tables.query(self._conversations, first.pk, first.sk, last.sk, limit=limit)
        return [line_from(item) for item in items]

    def last_lines(self, ref: ConversationRef, limit: int) -> Sequence[Line]:
        first, last = keys.line(ref, 0), keys.line(ref, _LAST_LINE)
        items = self._tables.query(
            self._conversations, first.pk, first.sk, last.sk, limit=limit, newest_first=True
        )
        return [line_from(item) for item in items][::-1]

    def next_epoch(self, ref: ConversationRef) -> Conversation:
        """Starts a new dispatch attempt: whatever an older one still does is refused from now on."""
        write = Write(
            self._conversations,
            keys.head(ref),
            update="ADD epoch :one",
            condition="attribute_exists(pk)",
            values={":one": 1},
        )
        try:
            head = conversation_from(ref, self._tables.update(write))
        except ConditionFailed as error:
            raise NotFound(f"conversation {ref.conversation_id}") from error
        if head.open_turn_id:
            self._adopt(TurnRef(ref, head.open_turn_id), head.epoch)
        return head

    def _adopt(self, ref: TurnRef, epoch: int) -> None:
        write = Write(
            self._conversations,
            keys.turn(ref),
            update="SET epoch = :epoch",
            condition="epoch <= :epoch",  # equal: a repeated call whose first answer was lost
            values={":epoch": epoch},
        )
        try:
            self._tables.write(write)
        except ConditionFailed as error:
            raise Outdated(f"turn {ref.turn_id} belongs to a newer attempt") from error

    def claim(self, head: Conversation, turn: Turn, lines: Sequence[Line]) -> None:
        """See the port. The turn's `epoch` is the claimer's; `lines` become its messages."""
        opens = turn.state is TurnState.OPEN
        values: dict[str, Value] = {
            ":epoch": turn.epoch,
            ":seen": head.inbound_seq,
            ":claimed": max([head.claimed_line, *(line.line for line in lines)]),
            ":turn": turn.ref.turn_id if opens else "",
            ":live": len(turn.messages) if opens else 0,
            ":owner": head.owner.value,
        }
        conversation = Write(
            self._conversations,
            keys.head(head.ref),
            update="SET claimed_line = :claimed, open_turn_id = :turn, open_turn_live = :live",
            condition="epoch = :epoch AND inbound_seq = :seen AND #owner = :owner",
            names={"#owner": "owner"},
            values=values,
        )
        stored = Write(
            self._conversations,
            keys.turn(turn.ref),
            put=turn_item(turn),
            condition="attribute_not_exists(pk) OR epoch = :epoch",
            values={":epoch": turn.epoch},
        )
        self._tables.write(conversation, stored, *(self._claim_line(turn, line) for line in lines))

    def _claim_line(self, turn: Turn, line: Line) -> Write:
        return Write(
            self._conversations,
            keys.line(turn.ref.conversation, line.line),
            update="SET turn_id = :turn",
            condition="revision = :seen AND attribute_not_exists(turn_id)",
            values={":turn": turn.ref.turn_id, ":seen": line.revision},
        )

    def record(self, ref: TurnRef, epoch: int, saw: Mapping[str, Value]) -> None:
        """Adds what a stage saw and decided to the ledger.

        Raises:
            Outdated: a newer attempt owns the turn.
        """
        names, values = _placeholders(saw)
        write = Write(
            self._conversations,
            keys.turn(ref),
            update=_set_all(names),
            condition="epoch = :epoch",
            names=names,
            values=values | {":epoch": epoch},
        )
        try:
            self._tables.write(write)
        except ConditionFailed as error:
            raise Outdated(f"turn {ref.turn_id} belongs to a newer attempt") from error

    def record_passages(
        self, ref: TurnRef, epoch: int, passages: Sequence[FoundPassage], ledger: Mapping[str, Value]
    ) -> None:
        self.record(ref, epoch, {**ledger, "passages": passages_text(passages)})

    def record_answer(
        self, ref: TurnRef, epoch: int, parts: Sequence[Part], ledger: Mapping[str, Value]
    ) -> None:
        """Stores the parts of a round's answer, once, before any of them is sent.

        Whoever comes second (a repeated call, or one that its state gave up on) changes nothing: a
        part that is on its way must not become ready again.
        """
        stored: dict[str, Value] = {part.part_id: part_item(part) for part in parts}
        first = min(parts, key=lambda part: part.order).part_id
        names, values = _placeholders({**ledger, "parts": stored})
        write = Write(
            self._conversations,
            keys.turn(ref),
            update=_set_all(names),
            condition="epoch = :epoch AND #round = :round AND attribute_not_exists(parts.#first)",
            names=names | {"#round": "round", "#first": first},
            values=values | {":epoch": epoch, ":round": _round_of(first)},
        )
        try:
            self._tables.write(write)
        except ConditionFailed as error:
            if self.turn(ref).epoch != epoch:
                raise Outdated(f"turn {ref.turn_id} belongs to a newer attempt") from error

    def finish(self, turn: Turn, epoch: int | None, state: TurnState, reason: str, now: float) -> None:
        """Ends a turn and frees the conversation for the next one.

        epoch None: the caller is no dispatch attempt, and the turn is hardly ever the open one.

        Raises:
            Outdated: a newer attempt owns the turn.
        """
        mine = "" if epoch is None else "epoch = :epoch"
        values: dict[str, Value] = {} if epoch is None else {":epoch": epoch}
        ended = Write(
            self._conversations,
            keys.turn(turn.ref),
            update="SET #state = :state, #reason = :reason, ended_at = :now",
            condition=mine or "#state = :was",
            names={"#state": "state", "#reason": "reason"},
            values={":state": state.value, ":reason": reason, ":now": now}
            | (values or {":was": turn.state.value}),
        )
        freed = Write(
            self._conversations,
            keys.head(turn.ref.conversation),
            update="SET open_turn_id = :none",
            condition=f"{mine} AND open_turn_id IN (:turn, :none)",
            values=values | {":none": "", ":turn": turn.ref.turn_id},
        )
        try:
            self._tables.write(*([ended] if epoch is None else [ended, freed]))
        except ConditionFailed as error:
            raise Outdated(f"turn {turn.ref.turn_id} belongs to a newer attempt") from error
        if epoch is None:
            self._free(turn.ref)

    def _free(self, ref: TurnRef) -> None:
        """Should a turn that ended without a dispatch attempt still be the open one, it is no longer."""
        write = Write(
            self._conversations,
            keys.head(ref.conversation),
            update="SET open_turn_id = :none",
            condition="open_turn_id = :turn",
            values={":none": "", ":turn": ref.turn_id},
        )
        with suppress(ConditionFailed):
            self._tables.write(write)

    def open_spoken(self, turn: Turn) -> None:
        """Stores what a person says, once: repeating it changes nothing."""
        parts: dict[str, Value] = {part_id: part_item(part) for part_id, part in turn.parts.items()}
        item = turn_item(turn) | {"parts": parts}
        try:
            key = keys.turn(turn.ref)
            self._tables.write(
                Write(self._conversations, key, put=item, condition="attribute_not_exists(pk)")
            )
        except ConditionFailed:
            return  # said before, with the same request id

    def typing(self, ref: ConversationRef, now: float) -> None:
        """Notes that the customer is writing on; *Gather the burst* waits a little for it."""
        self._tables.write(
            Write(
                self._conversations,
                keys.head(ref),
                update="SET typing_at = :now",
                condition="attribute_exists(pk)",
                values={":now": now},
            )
        )

    def summarised(self, ref: ConversationRef, summary: str, until_line: int) -> None:
        """Notes what was said up to `until_line`, unless a later summary is there already."""
        write = Write(
            self._conversations,
            keys.head(ref),
            update="SET summary = :summary, summary_until = :until",
            condition="epoch >= :zero AND (attribute_not_exists(summary_until) OR summary_until < :until)",
            values={":summary": summary, ":until": until_line, ":zero": 0},
        )
        with suppress(ConditionFailed):
            self._tables.write(write)

    def heard(self, ref: TurnRef, epoch: int, words: Mapping[int, str], ledger: Mapping[str, Value]) -> None:
        """Adds what models made of voice notes and pictures to a turn's messages and to the timeline."""
        told: dict[str, Value] = {str(line): text for line, text in words.items()}
        self.record(ref, epoch, {**ledger, "heard": told})
        for line, text in words.items():
            self._tables.write(
                Write(
                    self._conversations,
                    keys.line(ref.conversation, line),
                    update="SET heard = :heard",
                    condition="attribute_exists(pk)",
                    values={":heard": text},
                )
            )

    def media_fetched(self, ref: ConversationRef, line: int, object_key: str) -> None:
        """Notes where the file of a message lies now."""
        self._tables.write(
            Write(
                self._conversations,
                keys.line(ref, line),
                update="SET media.object_key = :key",
                condition="attribute_exists(media)",
                values={":key": object_key},
            )
        )


def _round_of(part_id: str) -> int:
    """The inverse of `domain.turn.answer_part_id`, as far as the round goes."""
    return int(part_id[1:].partition("-")[0])


def _placeholders(saw: Mapping[str, Value]) -> tuple[dict[str, str], dict[str, Value]]:
    """Names and values of an expression that sets every field: `#0`, `#1` … and `:0`, `:1` …"""
    names = {f"#{number}": name for number, name in enumerate(saw)}
    return names, {f":{number}": value for number, value in enumerate(saw.values())}


def _set_all(names: Mapping[str, str]) -> str:
    return "SET " + ", ".join(f"{name} = :{name[1:]}" for name in names)
