"""What changes a stored message later: edits, revokes, new names of a contact, delivery statuses."""

from __future__ import annotations

from collections.abc import Mapping

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.inbound import ONCE_TTL_S
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Value, float_of, int_of, map_of, text_of
from sahut.domain.errors import TryAgain
from sahut.domain.message import DeliveryStatus, InboundMessage, MessageKind, StatusUpdate, status_rank
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import NOTICE, TurnState, read_callback_data

_ROUNDS = 12
_NEW = "attribute_not_exists(pk)"


class AmendmentStore:
    def __init__(self, tables: Tables, conversations: str, once: str) -> None:
        self._tables = tables
        self._conversations = conversations
        self._once = once

    def amend(self, tenant: TenantId, channel_key: str, message: InboundMessage, now: float) -> None:
        """Applies an edit or a revoke; one that comes before its message waits for it.

        A change to a message whose turn is being worked on raises `inbound_seq`: the answer under
        way is stale.
        """
        target = keys.once_message(tenant, channel_key, message.target_id)
        for _ in range(_ROUNDS):
            once = self._tables.get(self._once, target)
            try:
                if once is None or once.get("amend"):
                    self._note(target, once or {}, message, now)
                else:
                    ref = ConversationRef(tenant, text_of(once, "conversation_id"))
                    self._apply(ref, int_of(once, "line"), message)
                return
            except ConditionFailed:
                continue
        raise TryAgain("a message stayed contended")

    def _note(
        self, target: keys.Key, noted: Mapping[str, Value], message: InboundMessage, now: float
    ) -> None:
        """Keeps the newest change until its message comes; nothing comes after a revoke."""
        if text_of(noted, "amend") == MessageKind.REVOKE.value or _is_late(message, float_of(noted, "at")):
            return
        note: dict[str, Value] = {
            "amend": message.kind.value,
            "text": message.text,
            "at": message.sent_at,
            "expires_at": int(now) + ONCE_TTL_S,
        }
        # As it was when it was read: a message or another change may have come meanwhile.
        unchanged = "#amend = :amend AND #at = :at" if noted else _NEW
        was: dict[str, Value] = {":amend": text_of(noted, "amend"), ":at": float_of(noted, "at")}
        names = {"#amend": "amend", "#at": "at"}
        self._tables.write(
            Write(
                self._once,
                target,
                put=note,
                condition=unchanged,
                names=names if noted else {},
                values=was if noted else {},
            )
        )

    def _apply(self, ref: ConversationRef, line: int, message: InboundMessage) -> None:
        item = self._tables.get(self._conversations, keys.line(ref, line)) or {}
        if item.get("revoked") or _is_late(message, float_of(item, "amended_at")):
            return
        revoke = message.kind is MessageKind.REVOKE
        turn_id = text_of(item, "turn_id")
        writes = [self._line_write(ref, line, item, message)]
        if self._is_open(ref, turn_id):
            writes.append(self._stale_write(ref, turn_id, revoke))
        self._tables.write(*writes)

    def _is_open(self, ref: ConversationRef, turn_id: str) -> bool:
        if not turn_id:
            return False
        turn = self._tables.get(self._conversations, keys.turn(TurnRef(ref, turn_id))) or {}
        return text_of(turn, "state") == TurnState.OPEN.value

    def _line_write(
        self, ref: ConversationRef, line: int, item: Mapping[str, Value], message: InboundMessage
    ) -> Write:
        unclaimed = "attribute_not_exists(turn_id)"
        revoke = message.kind is MessageKind.REVOKE
        turn_id = text_of(item, "turn_id")
        change = "SET revoked = :yes," if revoke else "SET #text = :text,"
        values: dict[str, Value] = {":next": int_of(item, "revision") + 1, ":now": int_of(item, "revision")}
        values |= {":at": message.sent_at}
        values |= {":yes": True} if revoke else {":text": message.text}
        values |= {":turn": turn_id} if turn_id else {}
        return Write(
            self._conversations,
            keys.line(ref, line),
            update=f"{change} revision = :next, amended_at = :at",
            condition=f"revision = :now AND {'turn_id = :turn' if turn_id else unclaimed}",
            names={} if revoke else {"#text": "text"},
            values=values,
        )

    def _stale_write(self, ref: ConversationRef, turn_id: str, revoke: bool) -> Write:
        return Write(
            self._conversations,
            keys.head(ref),
            update="ADD inbound_seq :one, open_turn_live :less",
            condition="open_turn_id = :turn",
            values={":one": 1, ":less": -1 if revoke else 0, ":turn": turn_id},
        )

    def link_alias(self, tenant: TenantId, channel_key: str, known: str, added: str) -> bool:
        """Lets a contact be found under `added` too; False when nobody is known as `known`."""
        found = self._tables.get(self._conversations, keys.alias(tenant, channel_key, known))
        if found is None:
            return False
        item: dict[str, Value] = {"conversation_id": text_of(found, "conversation_id")}
        try:
            self._tables.write(
                Write(self._conversations, keys.alias(tenant, channel_key, added), put=item, condition=_NEW)
            )
        except ConditionFailed:
            return True  # linked already, by this notice or by a message that named both
        return True

    def status(self, tenant: TenantId, channel_key: str, update: StatusUpdate) -> TurnRef | None:
        """Records a status if it is news; the turn whose outcome a failure reopens, else None."""
        named = self._part_of(tenant, channel_key, update)
        if named is None:
            return None
        ref, part_id = named
        failed = update.status is DeliveryStatus.FAILED
        news = (
            "SET parts.#part.failed_code = :code, parts.#part.provider_id = :id"
            if failed
            else "SET parts.#part.status_rank = :rank, parts.#part.provider_id = :id"
        )
        once = (
            "attribute_not_exists(parts.#part.failed_code)"
            if failed
            else "attribute_exists(parts.#part) AND (parts.#part.status_rank < :rank)"
        )
        values: dict[str, Value] = {":id": update.provider_id}
        values |= {":code": update.error_code or 1} if failed else {":rank": status_rank(update.status)}
        write = Write(
            self._conversations,
            keys.turn(ref),
            update=news,
            condition=f"attribute_exists(parts.#part) AND {once}" if failed else once,
            names={"#part": part_id},
            values=values,
        )
        try:
            turn = self._tables.update(write)
        except ConditionFailed:
            return self._unfinished_reopening(ref, part_id) if failed else None
        return ref if failed and _may_reopen(turn, part_id) else None

    def _unfinished_reopening(self, ref: TurnRef, part_id: str) -> TurnRef | None:
        """A repeated `failed` whose first copy was stored, but perhaps never queued."""
        turn = self._tables.get(self._conversations, keys.turn(ref)) or {}
        return ref if part_id in map_of(turn, "parts") and _may_reopen(turn, part_id) else None

    def _part_of(
        self, tenant: TenantId, channel_key: str, update: StatusUpdate
    ) -> tuple[TurnRef, str] | None:
        ours = read_callback_data(update.callback_data)
        if ours is not None:
            return TurnRef(ConversationRef(tenant, ours[0]), ours[1]), ours[2]
        sent = self._tables.get(self._once, keys.once_sent(tenant, channel_key, update.provider_id))
        if sent is None:
            return None
        ref = ConversationRef(tenant, text_of(sent, "conversation_id"))
        return TurnRef(ref, text_of(sent, "turn_id")), text_of(sent, "part_id")


def _is_late(message: InboundMessage, amended_at: float) -> bool:
    """Whether an edit as new as this one is known already. A revoke is never too late."""
    return message.kind is not MessageKind.REVOKE and message.sent_at <= amended_at


def _may_reopen(turn: Mapping[str, Value], part_id: str) -> bool:
    """A failed notice reopens nothing: a person has the conversation already."""
    state = text_of(turn, "state")
    ended = (TurnState.HANDED_OVER.value, TurnState.LEFT_TO_PERSON.value, TurnState.HANDING_OVER.value)
    return part_id != NOTICE and state not in ended
