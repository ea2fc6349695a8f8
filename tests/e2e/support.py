"""Shops and their customers, as tests write about them. Everything goes through the product's front doors.

A customer is new in each test, so tests don't meet. Nothing here breaks anything: see trouble.py.
"""

import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from sahut.domain.conversation import Conversation
from sahut.domain.tenant import ConversationRef, TenantId
from sahut.domain.turn import Turn
from sandbox.endpoints import SeededTenant
from sandbox.graph_api import webhooks
from sandbox.graph_api.webhooks import Business, Item
from sandbox.graph_api.webhooks import Customer as Person
from sandbox.stack import Stack
from tests.e2e.records import Records

# Cold starts of a whole turn on two busy cores, a time-out, its settling and a redelivery.
PATIENCE_S = 60.0
_LOOK_S = 0.05

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Answer:
    """status 0: no answer came."""

    status: int
    body: Mapping[str, object]
    text: str = ""


def http(
    method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """One call; every status is an answer."""
    request = urllib.request.Request(url, body, dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return _answer(response.status, response.read())
    except urllib.error.HTTPError as error:
        return _answer(error.code, error.read())
    except OSError:
        return Answer(0, {})


def _answer(status: int, raw: bytes) -> Answer:
    text = raw.decode(errors="replace")
    try:
        value = json.loads(text or "{}")
    except ValueError:
        value = {}
    return Answer(status, value if isinstance(value, dict) else {}, text)


def until(look: Callable[[], _Found | None], what: str, within_s: float = PATIENCE_S) -> _Found:
    """What `look` finds, as soon as it finds something; fails the test when it does not."""
    give_up_at = time.monotonic() + within_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < give_up_at, f"not within {within_s:g} s: {what}"
        time.sleep(_LOOK_S)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the fake Graph API accepted. at: epoch seconds. to, recipient: one of them is ''."""

    at: float
    text: str
    message_id: str
    part_id: str
    to: str
    recipient: str

    @property
    def is_notice(self) -> bool:
        return self.part_id == "notice"


@dataclass(frozen=True)
class Shop:
    """One tenant of the stack: its number, its records, its people."""

    stack: Stack
    tenant_id: str

    @cached_property
    def records(self) -> Records:
        return Records(self.stack)

    @property
    def seeded(self) -> SeededTenant:
        return self.stack.endpoints.tenant(self.tenant_id)

    @property
    def business(self) -> Business:
        return Business(self.seeded.phone_number_id)

    @property
    def meta(self) -> str:
        """Where the fake Graph API is controlled."""
        return self.stack.endpoints.graph_api.outbox_url.removesuffix("/outbox")

    def customer(self, name: str = "Sari") -> "Customer":
        """Somebody with a phone who never wrote before."""
        return Customer(self, Person(phone=f"62813{random.randrange(10**9):09d}", name=name))

    def nameless(self) -> "Customer":
        """Somebody without a phone number: Meta tells their business-scoped id only."""
        return Customer(self, Person(user_id=f"ID.{random.randrange(10**18)}", username="batik.lover"))

    def receives(self, *items: Item) -> int:
        """Posts one signed webhook with all items; the HTTP status."""
        return self.receives_raw(webhooks.encode(webhooks.batch(self.business, *items)))

    def receives_raw(self, body: bytes) -> int:
        whatsapp = self.stack.endpoints.whatsapp
        signature = webhooks.sign(body, whatsapp.app_secret)
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        return http("POST", whatsapp.webhook_url, body, headers).status

    def calls(self, method: str, path: str, content: object = None, **headers: str) -> Answer:
        """A call of the tenant's own backend to our API."""
        sent = {"X-Api-Key": self.seeded.api_key, "Content-Type": "application/json"} | headers
        body = None if content is None else json.dumps(content).encode()
        return http(method, f"{self.stack.endpoints.api_url}{path}", body, sent)

    def outbox(self, address: str = "") -> list[Sent]:
        """What Meta accepted, oldest first; for one phone or user id, or for all."""
        query = urllib.parse.urlencode({"to": address})
        with urllib.request.urlopen(f"{self.meta}/outbox?{query}", timeout=10) as response:
            return [_sent(each) for each in json.load(response)]


def _sent(each: Mapping[str, object]) -> Sent:
    return Sent(
        at=float(str(each["at"])),
        text=str(each["body"]),
        message_id=str(each["id"]),
        part_id=str(each["biz_opaque_callback_data"]).rpartition("|")[2],
        to=str(each.get("to", "")),
        recipient=str(each.get("recipient", "")),
    )


def new_id() -> str:
    return webhooks.wamid(uuid.uuid4().hex)


@dataclass
class Customer:
    """One person on WhatsApp, who talks with one shop. said: ids of their messages, oldest first."""

    shop: Shop
    person: Person
    said: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.person.address

    def text(self, words: str, *, message_id: str = "", at: float = 0.0) -> Item:
        """A message that is not sent yet."""
        item = webhooks.text(self.person, words, message_id=message_id or new_id(), at=at or time.time())
        self.said.append(str(item.content["id"]))
        return item

    def says(self, *texts: str, at: float = 0.0) -> list[Item]:
        """Sends each text as a message of its own, all in one webhook that the product acknowledges."""
        items = [self.text(words, at=at) for words in texts]
        assert self.shop.receives(*items) == 200
        return items

    def edits(self, target: Item, words: str) -> None:
        now = time.time() + 1  # Meta tells whole seconds: a change is later than what it changes
        target_id = str(target.content["id"])
        edit = webhooks.edit(self.person, target_id, words, message_id=new_id(), at=now)
        assert self.shop.receives(edit) == 200

    def revokes(self, *targets: Item) -> None:
        now = time.time() + 1
        items = [
            webhooks.revoke(self.person, str(target.content["id"]), message_id=new_id(), at=now)
            for target in targets
        ]
        assert self.shop.receives(*items) == 200

    @property
    def received(self) -> list[Sent]:
        return self.shop.outbox(self.address)

    def reads(self, count: int = 1) -> list[Sent]:
        """Everything received, as soon as it is `count` messages."""
        until(lambda: len(self.received) >= count, f"{count} messages to the customer")
        return self.received

    def rests(self, within_s: float = PATIENCE_S) -> list[Sent]:
        """Everything received, once all that the customer wrote has its outcome and nothing is under way."""
        records = self.shop.records
        try:
            until(lambda: records.at_rest(self.ref), "every message has its outcome", within_s)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.story()}") from None
        return self.received

    @property
    def known(self) -> ConversationRef | None:
        return self.shop.records.conversation_of(
            TenantId(self.shop.tenant_id), self.shop.business.phone_number_id, self._aliases
        )

    @property
    def _aliases(self) -> Sequence[str]:
        named = (("user", self.person.user_id), ("phone", self.person.phone))
        return [f"{kind}:{value}" for kind, value in named if value]

    @property
    def ref(self) -> ConversationRef:
        found = self.known
        assert found is not None, "the customer has no conversation yet"
        return found

    @property
    def head(self) -> Conversation:
        return self.shop.records.head(self.ref)

    @property
    def turns(self) -> list[Turn]:
        return self.shop.records.turns(self.ref)

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """(state, reason) of every turn, oldest first."""
        return [(turn.state.value, turn.reason) for turn in self.turns]

    @property
    def paths(self) -> list[list[str]]:
        """The states that each execution of the workflow visited."""
        records = self.shop.records
        return [records.states(arn) for arn in records.executions(self.ref)]

    def operator(self, what: str, content: object = None, **headers: str) -> Answer:
        """what: take-over, release or messages."""
        path = f"/v1/conversations/{self.ref.conversation_id}/{what}"
        return self.shop.calls("POST", path, content, **headers)

    def story(self) -> str:
        """All that is known, for the message of a failed assertion."""
        turns = [(each.ref.turn_id, each.state.value, each.reason, dict(each.parts)) for each in self.turns]
        told = [
            f"head {self.head}",
            *(f"turn {each}" for each in turns),
            *(f"sent {s}" for s in self.received),
        ]
        told += [f"path {path}" for path in self.paths]
        return "\n".join([*told, f"queued {self.shop.records.queued(self.ref)}"])
