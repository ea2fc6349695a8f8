"""What the stack has stored and queued, read from outside: tables, queues and executions.

Read by the product's own mapping, because the tests ask what an outcome means and not how it is spelt.
"""

import json
import urllib.request
from collections.abc import Iterator, Mapping, Sequence

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.table import Tables
from sahut.adapters.dynamodb.turns import TurnStore
from sahut.adapters.dynamodb.wire import Value, text_of
from sahut.domain.conversation import Conversation
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import Turn
from sahut.ports.conversations import Line
from sandbox.stack import Stack

_QUEUES = ("MessagesQueueUrl", "SettleQueueUrl")


class Records:
    """Strongly consistent reads of one stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._tables = Tables(stack.client("dynamodb"))
        self._machines = stack.client("stepfunctions")
        self._table = stack.outputs["ConversationsTable"]
        self._turns = TurnStore(self._tables, self._table)
        self._begun: dict[str, str] = {}

    def conversation_of(
        self, tenant: TenantId, channel_key: str, aliases: Sequence[str]
    ) -> ConversationRef | None:
        """The conversation of the first alias that is known."""
        for alias in aliases:
            found = self._tables.get(self._table, keys.alias(tenant, channel_key, alias))
            if found:
                return ConversationRef(tenant, text_of(found, "conversation_id"))
        return None

    def head(self, ref: ConversationRef) -> Conversation:
        return self._turns.conversation(ref)

    def lines(self, ref: ConversationRef) -> Sequence[Line]:
        return self._turns.lines(ref, after=0)

    def turns(self, ref: ConversationRef) -> list[Turn]:
        """Those that customers began, oldest first; what a person said is none of them."""
        ids = {line.turn_id for line in self.lines(ref) if line.turn_id and line.author == "customer"}
        return [self._turns.turn(TurnRef(ref, turn_id)) for turn_id in sorted(ids)]

    def ledger(self, ref: TurnRef) -> Mapping[str, Value]:
        """The turn's whole item: what each stage saw and decided."""
        return self._tables.get(self._table, keys.turn(ref)) or {}

    def ticket(self, ref: TurnRef) -> Mapping[str, Value]:
        """The work item that the turn opened; empty for none."""
        return self._tables.get(self._table, keys.ticket(ref)) or {}

    def letters(self, ref: ConversationRef) -> list[Mapping[str, Value]]:
        """Dead letters of a conversation."""
        first, last = keys.letter(""), keys.letter("~")
        items = self._tables.query(self._stack.outputs["LogsTable"], first.pk, first.sk, last.sk)
        return [item for item in items if ref.conversation_id in text_of(item, "body")]

    def at_rest(self, ref: ConversationRef) -> bool:
        """Whether every message of the conversation has its outcome and nothing is on its way."""
        unfinished = [
            line for line in self.lines(ref) if line.starts_turn and not line.turn_id and not line.revoked
        ]
        if unfinished or any(not turn.state.final for turn in self.turns(ref)):
            return False
        return not self.queued(ref) and not any(self._running(ref))

    def queued(self, ref: ConversationRef) -> int:
        """Messages about the conversation in the two queues, in flight and delayed ones included."""
        # AWS has no such look: receiving them to see them would take them from their function.
        url = f"{self._stack.endpoints.aws_endpoint_url}/_ministack/sqs/messages"
        with urllib.request.urlopen(url, timeout=10) as answer:
            (by_region,) = json.load(answer)["messages"].values()
        names = [self._stack.outputs[name].rpartition("/")[2] for name in _QUEUES]
        return sum(
            ref.conversation_id in message["Body"]
            for queues in by_region.values()
            for url, messages in queues.items()
            if url.rpartition("/")[2] in names
            for message in messages
        )

    def _running(self, ref: ConversationRef) -> Iterator[str]:
        for machine in ("AnswerMachineArn", "HandOverMachineArn"):
            found = self._machines.list_executions(
                stateMachineArn=self._stack.outputs[machine], statusFilter="RUNNING"
            )
            for each in found["executions"]:
                if ref.conversation_id in self._input(each["executionArn"]):
                    yield each["executionArn"]

    def executions(self, ref: ConversationRef) -> list[str]:
        """ARNs of the conversation's executions of *answer_message*, in the order they were begun.

        AWS keeps none for Express machines; the emulator does.
        """
        arn = self._stack.outputs["AnswerMachineArn"]
        found = self._machines.list_executions(stateMachineArn=arn)["executions"]
        mine = [each for each in found if ref.conversation_id in self._input(each["executionArn"])]
        return [each["executionArn"] for each in sorted(mine, key=lambda each: each["startDate"])]

    def states(self, execution_arn: str) -> list[str]:
        """Names of the states that an execution entered, in order; a retried one is named once."""
        events = self._machines.get_execution_history(executionArn=execution_arn, maxResults=1000)["events"]
        entered = (each.get("stateEnteredEventDetails") for each in events)
        return [str(each["name"]) for each in entered if each]

    def _input(self, execution_arn: str) -> str:
        if execution_arn not in self._begun:
            described = self._machines.describe_execution(executionArn=execution_arn)
            self._begun[execution_arn] = described["input"]
        return self._begun[execution_arn]
