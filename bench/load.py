"""The load: clients that post signed messages of their own customers and time what comes back.

Two loops. "as Meta posts": a client posts its next message as soon as the last was acknowledged.
"one at a time": it also waits for the reply. A customer never has two messages in flight, so that
every message is one turn.
"""

import asyncio
import itertools
import time
from collections import deque
from dataclasses import dataclass, field

from bench.http_client import Connection
from bench.questions import question
from bench.side import Door
from bench.stubs import Sent, Stubs
from bench.webhooks import next_message_id, signature_header, text_webhook

# Meta gives up on an acknowledgement after seconds, a customer on a reply after a minute.
REPLY_TIMEOUT_S = 60.0
_customers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Plan:
    """pace_s: least seconds between two posts of one client; 0 posts as fast as the loop allows."""

    clients: int
    messages_per_client: int
    wait_for_reply: bool
    pace_s: float = 0.0


@dataclass(slots=True)
class Message:
    """One posted message. Times in seconds of time.perf_counter; 0.0: it never happened."""

    customer: str
    posted_at: float
    acknowledged_at: float = 0.0
    replied_at: float = 0.0
    status: int = 0
    reply: str = ""


@dataclass(slots=True)
class Outcome:
    messages: list[Message] = field(default_factory=list)

    @property
    def acknowledgements_s(self) -> list[float]:
        return [m.acknowledged_at - m.posted_at for m in self.messages if m.status == 200]

    @property
    def replies_s(self) -> list[float]:
        return [m.replied_at - m.posted_at for m in self.messages if m.replied_at]

    @property
    def unanswered(self) -> int:
        return sum(1 for m in self.messages if m.status == 200 and not m.replied_at)

    @property
    def refused(self) -> int:
        return sum(1 for m in self.messages if m.status != 200)

    @property
    def turns_per_s(self) -> float:
        """Replies from the first post to the last reply."""
        replied = [m.replied_at for m in self.messages if m.replied_at]
        if not replied:
            return 0.0
        return len(replied) / (max(replied) - min(m.posted_at for m in self.messages))


def new_customer() -> str:
    """A phone number that nobody had before in this run."""
    return f"62812{next(_customers):08d}"


class _Client:
    """One client and its customers; a customer is free again when its reply has come."""

    def __init__(self, number: int, door: Door, stubs: Stubs) -> None:
        self._number = number
        self._door = door
        self._stubs = stubs
        self._connection = Connection(door.webhook_url)
        self._phone_number_id = door.phone_number_ids[number % len(door.phone_number_ids)]
        self._free: deque[str] = deque(new_customer() for _ in range(4))

    async def run(self, plan: Plan, messages: list[Message]) -> None:
        watchers: list[asyncio.Task[None]] = []
        for index in range(plan.messages_per_client):
            message, reply = await self._post(index)
            messages.append(message)
            if message.status == 200:
                watchers.append(asyncio.create_task(self._watch(message, reply)))
                if plan.wait_for_reply:
                    await watchers[-1]
            rest_s = plan.pace_s - (time.perf_counter() - message.posted_at)
            if rest_s > 0:
                await asyncio.sleep(rest_s)
        self._connection.close()
        await asyncio.gather(*watchers)

    async def _post(self, index: int) -> tuple[Message, "asyncio.Future[Sent]"]:
        customer = self._free.popleft() if self._free else new_customer()
        reply = self._stubs.expect_reply(customer)
        text = question(self._phone_number_id, self._number + index)
        body = text_webhook(self._phone_number_id, customer, text, next_message_id())
        headers = signature_header(body, self._door.app_secret)
        message = Message(customer, time.perf_counter())
        try:
            message.status = await self._connection.post(body, headers)
        except OSError:
            message.status = 0
        message.acknowledged_at = time.perf_counter()
        return message, reply

    async def _watch(self, message: Message, reply: "asyncio.Future[Sent]") -> None:
        try:
            sent = await asyncio.wait_for(reply, REPLY_TIMEOUT_S)
        except TimeoutError:
            return  # this customer is not written from again: its late reply must not be mistaken
        message.replied_at = sent.at
        message.reply = sent.body
        if self._door.answer_mark in sent.body:
            self._free.append(message.customer)


async def run_load(plan: Plan, door: Door, stubs: Stubs) -> Outcome:
    """Runs the plan to its end: every message is replied to or timed out."""
    outcome = Outcome()
    clients = [_Client(number, door, stubs) for number in range(plan.clients)]
    await asyncio.gather(*(client.run(plan, outcome.messages) for client in clients))
    return outcome


async def post_only(clients: int, messages: int, door: Door) -> list[Message]:
    """Posts `messages` from as many new customers and returns right after the last acknowledgement.

    Raises:
        OSError: the server went away.
    """
    posted: list[Message] = []
    numbers = iter(range(messages))

    async def client(number: int) -> None:
        connection = Connection(door.webhook_url)
        phone_number_id = door.phone_number_ids[number % len(door.phone_number_ids)]
        for index in numbers:
            customer = new_customer()
            text = question(phone_number_id, index)
            body = text_webhook(phone_number_id, customer, text, next_message_id())
            message = Message(customer, time.perf_counter())
            message.status = await connection.post(body, signature_header(body, door.app_secret))
            message.acknowledged_at = time.perf_counter()
            posted.append(message)
        connection.close()

    await asyncio.gather(*(client(number) for number in range(clients)))
    return posted
