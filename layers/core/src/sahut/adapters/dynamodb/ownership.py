"""Who has the conversation: machine, waiting for a person, or a person."""

from __future__ import annotations

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.records import conversation_from, part_item
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Value
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import NotFound
from sahut.domain.handover import HandoverReason
from sahut.domain.tenant import ConversationRef
from sahut.domain.turn import NOTICE, Part, Turn, TurnState


class OwnershipStore:
    """See `sahut.ports.conversations.Ownership`."""

    def __init__(self, tables: Tables, conversations: str, logs: str) -> None:
        self._tables = tables
        self._conversations = conversations
        self._logs = logs

    def hand_over(
        self, head: Conversation, turn: Turn, reason: HandoverReason, notice: str, now: float
    ) -> None:
        """Owner, ticket, reserved notice and turn in one write, under the head's epoch and owner.

        Raises:
            Conflict: owner, epoch or the turn's state changed since `head` and `turn` were read.
        """
        joins = head.owner is Owner.WAITING
        ticket_id = head.ticket_id if joins and head.ticket_id else turn.ref.turn_id
        writes = [
            self._waiting(head, ticket_id, now),
            self._handing_over(turn, head.epoch, ticket_id, reason, "" if joins else notice),
        ]
        if not joins:
            writes.append(self._ticket(head, turn, reason, now))
        self._tables.write(*writes)

    def _waiting(self, head: Conversation, ticket_id: str, now: float) -> Write:
        return Write(
            self._conversations,
            keys.head(head.ref),
            update="SET #owner = :waiting, ticket_id = :ticket, inbox_pk = :inbox, inbox_sk = :now"
            " REMOVE pending",
            condition="epoch = :epoch AND #owner = :was",
            names={"#owner": "owner"},
            values={
                ":waiting": Owner.WAITING.value,
                ":was": head.owner.value,
                ":ticket": ticket_id,
                ":epoch": head.epoch,
                ":inbox": keys.inbox(head.ref.tenant, Owner.WAITING.value),
                ":now": f"{now:017.3f}",
            },
        )

    def _handing_over(
        self, turn: Turn, epoch: int, ticket_id: str, reason: HandoverReason, notice: str
    ) -> Write:
        values: dict[str, Value] = {
            ":state": TurnState.HANDING_OVER.value,
            ":was": turn.state.value,
            ":reason": reason.value,
            ":ticket": ticket_id,
            ":epoch": epoch,
        }
        update = "SET #state = :state, #reason = :reason, ticket_id = :ticket, epoch = :epoch"
        names = {"#state": "state", "#reason": "reason"}
        if notice:
            update += ", parts.#notice = :notice"
            names["#notice"] = NOTICE
            values[":notice"] = part_item(Part(NOTICE, notice))
        return Write(
            self._conversations,
            keys.turn(turn.ref),
            update=update,
            condition="epoch <= :epoch AND #state = :was",
            names=names,
            values=values,
        )

    def _ticket(self, head: Conversation, turn: Turn, reason: HandoverReason, now: float) -> Write:
        ticket: dict[str, Value] = {
            "ticket_id": turn.ref.turn_id,
            "conversation_id": head.ref.conversation_id,
            "reason": reason.value,
            "state": "open",
            "opened_at": now,
        }
        # A redriven turn may be handed over a second time: its ticket is opened again.
        return Write(self._conversations, keys.ticket(turn.ref), put=ticket)

    def reopen(self, head: Conversation, turn: Turn, live: int) -> None:
        """Takes a hand-over back that nobody has picked up: the machine tries the turn again.

        live: how many of the turn's messages were not revoked.

        Raises:
            Conflict: the owner, the ticket or the epoch changed since `head` was read.
        """
        epoch = head.epoch + 1
        self._tables.write(self._taken_back(head, turn, live, epoch), self._open_again(turn, epoch))

    def _taken_back(self, head: Conversation, turn: Turn, live: int, epoch: int) -> Write:
        return Write(
            self._conversations,
            keys.head(head.ref),
            update="SET #owner = :machine, ticket_id = :none, open_turn_id = :turn, open_turn_live = :live,"
            " epoch = :epoch, inbox_pk = :inbox",
            condition="epoch = :was AND #owner = :waiting AND ticket_id = :turn",
            names={"#owner": "owner"},
            values={
                ":machine": Owner.MACHINE.value,
                ":waiting": Owner.WAITING.value,
                ":none": "",
                ":turn": turn.ref.turn_id,
                ":live": live,
                ":epoch": epoch,
                ":was": head.epoch,
                ":inbox": keys.inbox(head.ref.tenant, Owner.MACHINE.value),
            },
        )

    def _open_again(self, turn: Turn, epoch: int) -> Write:
        return Write(
            self._conversations,
            keys.turn(turn.ref),
            update="SET #state = :open, #reason = :none, #round = #round + :one, epoch = :epoch,"
            " ticket_id = :none",
            condition="#state = :handed_over",
            names={"#state": "state", "#reason": "reason", "#round": "round"},
            values={
                ":open": TurnState.OPEN.value,
                ":handed_over": TurnState.HANDED_OVER.value,
                ":one": 1,
                ":epoch": epoch,
                ":none": "",
            },
        )

    def take_over(self, ref: ConversationRef, now: float, by: str) -> Conversation:
        """A person has it from this write on. What is in flight then, the answer tells.

        Raises:
            NotFound: no such conversation of this tenant.
        """
        return self._change_owner(ref, Owner.PERSON, "", {}, now, by)

    def release(self, ref: ConversationRef, now: float, by: str) -> Conversation:
        """The machine may answer again, but nothing that came before: the watermark advances.

        Raises:
            NotFound: no such conversation of this tenant.
        """
        return self._change_owner(
            ref, Owner.MACHINE, ", watermark = line_seq, ticket_id = :none", {":none": ""}, now, by
        )

    def _change_owner(
        self, ref: ConversationRef, owner: Owner, more: str, values: dict[str, Value], now: float, by: str
    ) -> Conversation:
        write = Write(
            self._conversations,
            keys.head(ref),
            update=f"SET #owner = :owner, inbox_pk = :inbox, inbox_sk = :now, owner_by = :by{more}"
            " REMOVE pending",
            condition="attribute_exists(pk)",
            names={"#owner": "owner"},
            values={
                ":owner": owner.value,
                ":inbox": keys.inbox(ref.tenant, owner.value),
                ":now": f"{now:017.3f}",
                ":by": by,
                **values,
            },
        )
        try:
            head = conversation_from(ref, self._tables.update(write))
        except ConditionFailed as error:
            raise NotFound(f"conversation {ref.conversation_id}") from error
        self._audit(ref, owner, now, by)
        return head

    def _audit(self, ref: ConversationRef, owner: Owner, now: float, by: str) -> None:
        event: dict[str, Value] = {
            "event": f"conversation.owner.{owner.value}",
            "conversation_id": ref.conversation_id,
            "by": by,
            "at": now,
        }
        key = keys.audit(ref.tenant, int(now * 1000), f"{ref.conversation_id}.{owner.value}")
        self._tables.write(Write(self._logs, key, put=event))
