"""All that is known after a storm, put side by side for the oracle."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sandbox.stack import Stack
from sandbox.tenants import load_tenants
from tests.storm.customers import Person, by_alias
from tests.storm.ledger import Conversation, Item, Ledger, by_message, parts, read_ledger, text
from tests.storm.plan import Plan
from tests.storm.post import Accepted
from tests.storm.storm import Course
from tests.storm.watch import Depth, MetaSide, Queues


@dataclass(frozen=True, slots=True)
class SentPart:
    """What Meta accepted, with the part that its callback data names. part None: the ledger has none."""

    accepted: Accepted
    conversation: Conversation | None
    turn_id: str
    part_id: str
    part: Item | None

    @property
    def at(self) -> float:
        return float(str(self.accepted["at"]))

    @property
    def callback(self) -> str:
        return str(self.accepted["biz_opaque_callback_data"])

    @property
    def by_machine(self) -> bool:
        """Answers and notices; a person's words belong to a turn without messages."""
        if self.conversation is None:
            return True
        return self.turn_id in self.conversation.machine_turns


@dataclass
class Evidence:
    """hand_overs: status by name of every execution of hand_over. documents: of each tenant, by name."""

    plan: Plan
    course: Course
    ledger: Ledger
    outbox: list[Accepted]
    depths: Mapping[str, Depth]
    hand_overs: Mapping[str, str]
    documents: Mapping[str, frozenset[str]]
    numbers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def lines_of(self) -> dict[str, list[tuple[Conversation, int]]]:
        return by_message(self.ledger)

    @cached_property
    def turns_of(self) -> dict[str, list[tuple[Conversation, str]]]:
        """Provider id → every turn that counts the message among its own."""
        found: dict[str, list[tuple[Conversation, str]]] = defaultdict(list)
        for conversation, turn_id, turn in self.ledger.turns():
            for message in _messages(turn):
                found[text(message, "provider_id")].append((conversation, turn_id))
        return found

    @cached_property
    def sent_parts(self) -> list[SentPart]:
        by_id = {each.conversation_id: each for each in self.ledger.conversations.values()}
        return [_sent_part(accepted, by_id) for accepted in self.outbox]

    @cached_property
    def person_of(self) -> dict[tuple[str, str], Person]:
        """(tenant, conversation id) → the customer it belongs to, by the names that lead to it."""
        people = by_alias(self.plan.people)
        return {
            (tenant, conversation_id): people[(number, alias)]
            for (tenant, number, alias), conversation_id in self.ledger.aliases.items()
            if (number, alias) in people
        }

    @cached_property
    def touched(self) -> frozenset[str]:
        """Ids of conversations in which a person of the tenant did anything."""
        echoed = {said.person for said in self.plan.of_kind("echo")}
        by_echo = {key[1] for key, person in self.person_of.items() if person.index in echoed}
        return frozenset(by_echo | {done.conversation_id for done in self.course.acts})


def _messages(turn: Item) -> Iterator[Item]:
    found = turn.get("messages")
    if isinstance(found, list):
        yield from (each for each in found if isinstance(each, Mapping))


def _sent_part(accepted: Accepted, by_id: Mapping[str, Conversation]) -> SentPart:
    pieces = str(accepted["biz_opaque_callback_data"]).split("|")
    conversation_id, turn_id, part_id = pieces if len(pieces) == 3 else ("", "", "")
    conversation = by_id.get(conversation_id)
    turn = conversation.turns.get(turn_id, {}) if conversation else {}
    return SentPart(accepted, conversation, turn_id, part_id, parts(turn).get(part_id))


def collect(stack: Stack, plan: Plan, course: Course) -> Evidence:
    """Reads everything from a sandbox that has become quiet."""
    tenants = load_tenants()
    return Evidence(
        plan=plan,
        course=course,
        ledger=read_ledger(stack),
        outbox=MetaSide(stack.endpoints.graph_api.outbox_url).outbox(),
        depths=Queues(stack).depths(),
        hand_overs=_hand_overs(stack),
        documents={each.tenant_id: frozenset(path.name for path in each.documents) for each in tenants},
        numbers={each.tenant_id: each.phone_number_id for each in tenants},
    )


def _hand_overs(stack: Stack) -> dict[str, str]:
    pages = stack.client("stepfunctions").get_paginator("list_executions")
    found = pages.paginate(stateMachineArn=stack.outputs["HandOverMachineArn"])
    return {each["name"]: each["status"] for page in found for each in page["executions"]}
