"""The fence: the one conditional write that stands between a stored part and the channel.

Conversation and turn change together, so that a take-over, a newer message or a newer attempt
either comes before the fence and stops the part, or after it and finds the part in flight.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.inbound import ONCE_TTL_S
from sahut.adapters.dynamodb.records import citation_item, line_from, part_item
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Value, int_of, map_of
from sahut.domain.conversation import Conversation
from sahut.domain.errors import Outdated
from sahut.domain.message import MessageKind
from sahut.domain.turn import Part, PartState, Turn, TurnState
from sahut.ports.conversations import Fence, Line


@dataclass(slots=True)
class _Update:
    """An UpdateExpression under construction."""

    sets: list[str] = field(default_factory=list)
    removes: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)

    def write(self, table: str, key: keys.Key) -> Write:
        clauses = []
        if self.sets:
            clauses.append("SET " + ", ".join(self.sets))
        if self.removes:
            clauses.append("REMOVE " + ", ".join(self.removes))
        return Write(
            table,
            key,
            update=" ".join(clauses),
            condition=" AND ".join(self.conditions),
            names=self.names,
            values=self.values,
        )


class SendingStore:
    """See `sahut.ports.conversations.Sending`."""

    def __init__(self, tables: Tables, conversations: str, once: str) -> None:
        self._tables = tables
        self._conversations = conversations
        self._once = once

    def fence(self, head: Conversation, turn: Turn, part: Part, fence: Fence) -> None:
        conversation = _fenced_head(head, fence)
        conversation.sets.append("in_flight.#part = :until")
        conversation.names["#part"] = _flight(turn, part)
        conversation.values[":until"] = fence.until
        part_update = _part_update(part, PartState.READY, PartState.SENDING)
        part_update.sets += ["parts.#part.sending_since = :now", "parts.#part.line = :line"]
        part_update.values |= {":now": fence.now, ":line": head.line_seq + 1}
        self._tables.write(
            conversation.write(self._conversations, keys.head(head.ref)),
            self._turn_write(turn, part_update, fence),
            self._line(head, turn, part, fence),
        )

    def publish(self, head: Conversation, turn: Turn, part: Part, fence: Fence, last: bool) -> Line:
        conversation = _fenced_head(head, fence)
        part_update = _part_update(part, PartState.READY, PartState.SENT)
        _close(conversation, part_update, turn, fence, last)
        line = self._line(head, turn, part, fence)
        self._tables.write(
            conversation.write(self._conversations, keys.head(head.ref)),
            self._turn_write(turn, part_update, fence),
            line,
        )
        return line_from(line.put or {})

    def stream(self, head: Conversation, turn: Turn, part: Part, fence: Fence, last: bool) -> Line:
        conversation = _fenced_head(head, fence)
        part_update = _Update(
            sets=["parts.#part = :part", "streaming = :streaming"],
            conditions=["attribute_not_exists(parts.#part)"],
            names={"#part": part.part_id} | ({"#state": "state"} if last else {}),
            values={":part": part_item(part), ":streaming": not last},
        )
        _close(conversation, part_update, turn, fence, last)
        line = self._line(head, turn, part, fence)
        self._tables.write(
            conversation.write(self._conversations, keys.head(head.ref)),
            self._turn_write(turn, part_update, fence),
            line,
        )
        return line_from(line.put or {})

    def sent(self, turn: Turn, part: Part, provider_id: str, fence: Fence, last: bool) -> None:
        conversation = _landed(turn, part, fence)
        part_update = _part_update(part, PartState.SENDING, PartState.SENT)
        part_update.sets.append("parts.#part.provider_id = :id")
        part_update.values[":id"] = provider_id
        _close(conversation, part_update, turn, fence, last)
        self._record(turn, conversation, part_update, fence, self._sent_index(turn, part, provider_id, fence))

    def not_sent(self, turn: Turn, part: Part, fence: Fence, state: PartState, code: int) -> None:
        part_update = _part_update(part, PartState.SENDING, state)
        part_update.sets.append("parts.#part.refused_code = :code")
        part_update.values[":code"] = code
        self._record(turn, _landed(turn, part, fence), part_update, fence, self._unsaid(turn, part))

    def uncertain(self, turn: Turn, part: Part, fence: Fence) -> None:
        """The part stays in flight until `until`: it may still reach the channel."""
        part_update = _part_update(part, PartState.SENDING, PartState.UNCERTAIN)
        part_update.sets += ["#state = :settling", "settle_from = :now"]
        part_update.names["#state"] = "state"
        part_update.values |= {":settling": TurnState.SETTLING.value, ":now": fence.now}
        conversation = _Update(sets=["open_turn_id = :none"], values={":none": ""})
        if fence.epoch is not None:
            conversation.conditions.append("epoch = :epoch")
            conversation.values[":epoch"] = fence.epoch
        self._record(turn, conversation, part_update, fence)

    def _record(
        self, turn: Turn, conversation: _Update, part_update: _Update, fence: Fence, *more: Write
    ) -> None:
        head = conversation.write(self._conversations, keys.head(turn.ref.conversation))
        try:
            self._tables.write(head, self._turn_write(turn, part_update, fence), *more)
        except ConditionFailed as error:
            raise Outdated(f"turn {turn.ref.turn_id} belongs to a newer attempt") from error

    def _turn_write(self, turn: Turn, part_update: _Update, fence: Fence) -> Write:
        if fence.epoch is not None:
            part_update.conditions.append("epoch = :epoch")
            part_update.values[":epoch"] = fence.epoch
        return part_update.write(self._conversations, keys.turn(turn.ref))

    def _line(self, head: Conversation, turn: Turn, part: Part, fence: Fence) -> Write:
        """The entry on the timeline; `not_sent` takes it back, and a retried part gets a new one."""
        line = head.line_seq + 1
        item: dict[str, Value] = {
            "line": line,
            "author": fence.author,
            "kind": MessageKind.TEXT.value,
            "text": part.text,
            "at": fence.now,
            "turn_id": turn.ref.turn_id,
            "part_id": part.part_id,
            "revision": 0,
            "citations": [citation_item(each) for each in part.citations],
        }
        return Write(
            self._conversations, keys.line(head.ref, line), put=item, condition="attribute_not_exists(pk)"
        )

    def _unsaid(self, turn: Turn, part: Part) -> Write:
        """Takes the part's entry off the timeline: nobody has read it."""
        stored = self._tables.get(self._conversations, keys.turn(turn.ref)) or {}
        line = int_of(map_of(map_of(stored, "parts"), part.part_id), "line")
        return Write(
            self._conversations,
            keys.line(turn.ref.conversation, line),
            update="SET revoked = :yes",
            condition="turn_id = :turn AND part_id = :part",
            values={":yes": True, ":turn": turn.ref.turn_id, ":part": part.part_id},
        )

    def _sent_index(self, turn: Turn, part: Part, provider_id: str, fence: Fence) -> Write:
        """Finds the part by the channel's id, for statuses that bring no callback data."""
        conversation = turn.ref.conversation
        item: dict[str, Value] = {
            "conversation_id": conversation.conversation_id,
            "turn_id": turn.ref.turn_id,
            "part_id": part.part_id,
            "expires_at": int(fence.now) + ONCE_TTL_S,
        }
        return Write(
            self._once, keys.once_sent(conversation.tenant, fence.channel_key, provider_id), put=item
        )


def _flight(turn: Turn, part: Part) -> str:
    return f"{turn.ref.turn_id}|{part.part_id}"


def _fenced_head(head: Conversation, fence: Fence) -> _Update:
    update = _Update(
        sets=["line_seq = :line"],
        conditions=["line_seq = :last", "#owner = :owner", "watermark = :watermark"],
        names={"#owner": "owner"},
        values={
            ":line": head.line_seq + 1,
            ":last": head.line_seq,
            ":owner": fence.owner.value,
            ":watermark": head.watermark,
        },
    )
    if fence.epoch is not None:
        update.conditions.append("epoch = :epoch")
        update.values[":epoch"] = fence.epoch
    if fence.first:
        update.conditions.append("open_turn_live > :zero")
        update.values[":zero"] = 0
    if fence.seen_seq is not None:
        update.conditions.append("inbound_seq = :seen")
        update.values[":seen"] = fence.seen_seq
    if fence.ticket_id:
        update.conditions.append("ticket_id = :ticket")
        update.values[":ticket"] = fence.ticket_id
    return update


def _landed(turn: Turn, part: Part, fence: Fence) -> _Update:
    """The part is no longer in flight."""
    update = _Update(removes=["in_flight.#part"], names={"#part": _flight(turn, part)})
    if fence.epoch is not None:
        update.conditions.append("epoch = :epoch")
        update.values[":epoch"] = fence.epoch
    return update


def _part_update(part: Part, was: PartState, becomes: PartState) -> _Update:
    return _Update(
        sets=["parts.#part.#state = :becomes"],
        conditions=["parts.#part.#state = :was"],
        names={"#part": part.part_id, "#state": "state"},
        values={":was": was.value, ":becomes": becomes.value},
    )


def _close(conversation: _Update, part_update: _Update, turn: Turn, fence: Fence, last: bool) -> None:
    """With the last part of a machine's answer, the turn ends and the conversation is free."""
    if fence.discloses:
        conversation.sets.append("disclosed_at = :disclosed")
        conversation.values[":disclosed"] = fence.now
    if not last:
        return
    part_update.sets += ["#state = :answered", "ended_at = :now"]
    part_update.values |= {":answered": TurnState.ANSWERED.value, ":now": fence.now}
    if fence.epoch is not None:
        conversation.sets.append("open_turn_id = :none")
        conversation.conditions.append("open_turn_id = :turn")
        conversation.values |= {":none": "", ":turn": turn.ref.turn_id}
