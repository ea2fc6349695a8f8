"""Stores what customers send, each message once, in one transaction with its conversation."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.keys import Key
from sahut.adapters.dynamodb.records import contact_from, contact_item, inbound_line_item
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Item, Value, float_of, int_of, map_of, text_of
from sahut.domain.conversation import Owner, session_start
from sahut.domain.errors import NotFound, TryAgain
from sahut.domain.message import Channel, Contact, InboundMessage, MessageKind
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import TurnState
from sahut.ports.conversations import Stored

# Meta retries for 7 days and our dead letters live for 14: a record outlives both.
ONCE_TTL_S = 30 * 24 * 3600

# Concurrent posts for one conversation: each round lets one of them through.
_ROUNDS = 24

_NEW = "attribute_not_exists(pk)"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message on its way in: where it came from and when."""

    tenant: TenantId
    channel: Channel
    channel_key: str
    message: InboundMessage
    now: float

    @property
    def once(self) -> Key:
        return keys.once_message(self.tenant, self.channel_key, self.message.provider_id)

    def aliases(self) -> list[Key]:
        return [keys.alias(self.tenant, self.channel_key, each) for each in self.message.contact.aliases]


class InboundStore:
    """Writes of ingress and chat; see `sahut.ports.conversations.Inbound`."""

    def __init__(self, tables: Tables, conversations: str, once: str) -> None:
        self._tables = tables
        self._conversations = conversations
        self._once = once

    def store(
        self, tenant: TenantId, channel: Channel, channel_key: str, message: InboundMessage, now: float
    ) -> Stored:
        """Stores one message and its place in the conversation.

        A duplicate changes nothing but its attempt number.

        Raises:
            TryAgain: throttled or contended; the whole call may be repeated.
        """
        arrival = Arrival(tenant, channel, channel_key, message, now)
        for _ in range(_ROUNDS):
            found = self._look_up(arrival)
            once = found.get(arrival.once)
            if once and not once.get("amend"):
                return self._again(tenant, channel_key, message.provider_id, once)
            known = [found[key] for key in arrival.aliases() if key in found]
            try:
                if known:
                    return self._append(arrival, text_of(known[0], "conversation_id"), found)
                return self._open(arrival, found)
            except ConditionFailed:
                continue
        raise TryAgain("a conversation stayed contended")

    def stored(self, tenant: TenantId, channel_key: str, message_id: str) -> Stored:
        """A stored message as its duplicate would find it, under its next attempt number.

        Raises:
            NotFound: no such message of this tenant.
        """
        once = self._tables.get(self._once, keys.once_message(tenant, channel_key, message_id))
        if once is None or once.get("amend"):
            raise NotFound("message")
        return self._again(tenant, channel_key, message_id, once)

    def _look_up(self, arrival: Arrival) -> dict[Key, dict[str, Value]]:
        return self._tables.get_many(
            [(self._once, arrival.once), *((self._conversations, key) for key in arrival.aliases())]
        )

    def _again(
        self, tenant: TenantId, channel_key: str, message_id: str, once: Mapping[str, Value]
    ) -> Stored:
        """A message that is stored already: queued again unless its turn is settled."""
        ref = ConversationRef(tenant, text_of(once, "conversation_id"))
        line, attempt = int_of(once, "line"), int_of(once, "attempt", 1)
        needed = self.needs_dispatch(ref, line)
        if needed:
            key = keys.once_message(tenant, channel_key, message_id)
            raised = self._tables.update(
                Write(self._once, key, update="ADD attempt :one", values={":one": 1})
            )
            attempt = int_of(raised, "attempt")
        return Stored(ref, message_id, line, attempt, needed, duplicate=True)

    def needs_dispatch(self, ref: ConversationRef, line: int) -> bool:
        """Whether the message at `line` still has to be brought into a final turn."""
        item = self._tables.get(self._conversations, keys.line(ref, line)) or {}
        if not item.get("starts_turn"):
            return False
        turn_id = text_of(item, "turn_id")
        if not turn_id:
            return not item.get("revoked")
        turn = self._tables.get(self._conversations, keys.turn(TurnRef(ref, turn_id)), only="state")
        return turn is None or TurnState(text_of(turn, "state")).needs_dispatch

    def _open(self, arrival: Arrival, found: Mapping[Key, Mapping[str, Value]]) -> Stored:
        """The first message of a new contact: conversation, aliases and message in one write."""
        ref = ConversationRef(arrival.tenant, secrets.token_hex(10))
        starts = _starts_turn(arrival, found)
        owner = _owner_after(arrival.message, Owner.MACHINE)
        head: dict[str, Value] = {
            "conversation_id": ref.conversation_id,
            "channel": arrival.channel.value,
            "channel_key": arrival.channel_key,
            "contact": contact_item(arrival.message.contact),
            "owner": owner.value,
            "epoch": 0,
            "inbound_seq": int(starts),
            "line_seq": 1,
            "claimed_line": 0,
            "watermark": 0,
            "in_flight": {},
            "last_customer_at": _customer_at(arrival, 0.0),
            "session_started_at": arrival.now,
            "inbox_pk": keys.inbox(arrival.tenant, owner.value),
            "inbox_sk": f"{arrival.now:017.3f}",
        }
        self._tables.write(
            self._once_write(arrival, ref, 1, found),
            Write(self._conversations, keys.head(ref), put=head, condition=_NEW),
            self._line_write(arrival, ref, 1, found),
            *self._alias_writes(arrival, ref, found),
        )
        return Stored(ref, arrival.message.provider_id, 1, 1, starts)

    def _append(
        self, arrival: Arrival, conversation_id: str, found: Mapping[Key, Mapping[str, Value]]
    ) -> Stored:
        ref = ConversationRef(arrival.tenant, conversation_id)
        head = self._tables.get(self._conversations, keys.head(ref)) or {}
        line = int_of(head, "line_seq") + 1
        starts = _starts_turn(arrival, found)
        self._tables.write(
            self._once_write(arrival, ref, line, found),
            self._advance(arrival, ref, head, starts),
            self._line_write(arrival, ref, line, found),
            *self._alias_writes(arrival, ref, found),
        )
        return Stored(ref, arrival.message.provider_id, line, 1, starts)

    def _advance(self, arrival: Arrival, ref: ConversationRef, head: Item, starts: bool) -> Write:
        """The conversation, one line further; only if nobody else wrote in it since `head` was read."""
        last = int_of(head, "line_seq")
        previous_at = float_of(head, "last_customer_at")
        owner = _owner_after(arrival.message, Owner(text_of(head, "owner", Owner.MACHINE.value)))
        return Write(
            self._conversations,
            keys.head(ref),
            update="SET line_seq = :line, last_customer_at = :at, session_started_at = :session,"
            " #contact = :contact, #owner = :owner, inbox_pk = :inbox, inbox_sk = :now"
            " ADD inbound_seq :raise",
            condition="line_seq = :last AND #owner = :was",
            names={"#owner": "owner", "#contact": "contact"},
            values={
                ":line": last + 1,
                ":last": last,
                ":at": _customer_at(arrival, previous_at),
                ":session": session_start(previous_at, float_of(head, "session_started_at"), arrival.now),
                ":contact": contact_item(_contact_after(head, arrival.message)),
                ":owner": owner.value,
                ":was": text_of(head, "owner"),
                ":inbox": keys.inbox(arrival.tenant, owner.value),
                ":now": f"{arrival.now:017.3f}",
                ":raise": int(starts),
            },
        )

    def _once_write(
        self, arrival: Arrival, ref: ConversationRef, line: int, found: Mapping[Key, Mapping[str, Value]]
    ) -> Write:
        """New, or in the place of a note that an edit or revoke came before its message."""
        item: dict[str, Value] = {
            "conversation_id": ref.conversation_id,
            "line": line,
            "attempt": 1,
            "expires_at": int(arrival.now) + ONCE_TTL_S,
        }
        noted = arrival.once in found
        return Write(
            self._once, arrival.once, put=item, condition="attribute_exists(amend)" if noted else _NEW
        )

    def _line_write(
        self, arrival: Arrival, ref: ConversationRef, line: int, found: Mapping[Key, Mapping[str, Value]]
    ) -> Write:
        item = inbound_line_item(arrival.message, line, arrival.now)
        noted = found.get(arrival.once)
        if noted and text_of(noted, "amend") == MessageKind.REVOKE.value:
            item |= {"revoked": True, "starts_turn": False}
        elif noted:
            item |= {"text": text_of(noted, "text"), "revision": 1, "amended_at": float_of(noted, "at")}
        return Write(self._conversations, keys.line(ref, line), put=item, condition=_NEW)

    def _alias_writes(
        self, arrival: Arrival, ref: ConversationRef, found: Mapping[Key, Mapping[str, Value]]
    ) -> list[Write]:
        item: dict[str, Value] = {"conversation_id": ref.conversation_id}
        missing = [key for key in arrival.aliases() if key not in found]
        return [Write(self._conversations, key, put=item, condition=_NEW) for key in missing]


def _starts_turn(arrival: Arrival, found: Mapping[Key, Mapping[str, Value]]) -> bool:
    """Not when the customer took it back before it came."""
    revoked = text_of(found.get(arrival.once, {}), "amend") == MessageKind.REVOKE.value
    return arrival.message.starts_turn and not revoked


def _contact_after(head: Item, message: InboundMessage) -> Contact:
    """Where replies go from now on: with one address that changed, the other one is stale as well.

    What the staff or the platform says, and what comes late, tells no newer address; a group stays.
    """
    known, new = contact_from(map_of(head, "contact")), message.contact
    told = message.kind not in (MessageKind.ECHO, MessageKind.SYSTEM) and not known.group_id
    if not told or message.sent_at < float_of(head, "last_customer_at"):
        return known
    pairs = ((known.phone, new.phone), (known.user_id, new.user_id))
    if any(before and now and before != now for before, now in pairs):
        known = replace(known, phone="", user_id="")
    return Contact(
        phone=new.phone or known.phone,
        user_id=new.user_id or known.user_id,
        username=new.username or known.username,
        name=new.name or known.name,
    )


def _owner_after(message: InboundMessage, owner: Owner) -> Owner:
    """An echo from the staff's phone app means that a person has taken over."""
    return Owner.PERSON if message.kind is MessageKind.ECHO else owner


def _customer_at(arrival: Arrival, previous_at: float) -> float:
    """When the customer last wrote (it opens the 24-hour window); never in the future."""
    if arrival.message.kind in (MessageKind.ECHO, MessageKind.SYSTEM):
        return previous_at
    return max(previous_at, min(arrival.message.sent_at, arrival.now))
