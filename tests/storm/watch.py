"""What the storm sees of the running sandbox: queues, and what Meta's side has accepted and posted."""

import json
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sandbox.stack import Stack
from tests.storm.post import Accepted

# Enough to keep every dispatcher busy, few enough that a customer's bursts don't all become one turn.
ROOM = 40
_POLL_S = 0.25
# The outbox is some hundred KB in the end: fetching it costs Meta's side a few ms.
_OUTBOX_EVERY = 8

QUEUES = ("MessagesQueue", "SettleQueue", "MessagesDeadLetters", "SettleDeadLetters", "EventDeadLetters")
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


@dataclass(frozen=True, slots=True)
class Depth:
    """Messages of one queue."""

    waiting: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        return self.waiting + self.in_flight + self.delayed

    def __str__(self) -> str:
        return f"{self.waiting} waiting, {self.in_flight} in flight, {self.delayed} delayed"


class MetaSide:
    """Reads of the fake Graph API."""

    def __init__(self, outbox_url: str) -> None:
        self._outbox_url = outbox_url
        self._origin = outbox_url.removesuffix("/outbox")

    def outbox(self) -> list[Accepted]:
        found: list[Accepted] = self._get(self._outbox_url)
        return found

    def webhooks(self) -> Mapping[str, int]:
        """Counts of the status webhooks: posted, ok, pending, given_up, retried."""
        counts: dict[str, int] = self._get(f"{self._origin}/webhooks")
        return counts

    def faults(self) -> list[dict[str, Any]]:
        """Every fault order with how often it fired."""
        found: list[dict[str, Any]] = self._get(f"{self._origin}/faults")["faults"]
        return found

    def order(self, faults: Sequence[Mapping[str, object]]) -> None:
        self._post("/faults", list(faults))

    def slow_down_statuses(self, seconds: float) -> None:
        """The pause before each of sent, delivered and read."""
        self._post("/control/config", {"status_delay_s": seconds})

    def _post(self, path: str, content: object) -> None:
        body, headers = json.dumps(content).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(self._origin + path, body, headers, method="POST")
        with urllib.request.urlopen(request, timeout=10):
            pass

    def _get(self, url: str) -> Any:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)


class Queues:
    """Reads of the queues."""

    def __init__(self, stack: Stack) -> None:
        self._client = stack.client("sqs")
        self.urls = {name: stack.outputs[f"{name}Url"] for name in QUEUES}

    def depth(self, name: str) -> Depth:
        found = self._client.get_queue_attributes(QueueUrl=self.urls[name], AttributeNames=list(_COUNTS))
        return Depth(*(int(found["Attributes"][count]) for count in _COUNTS))

    def depths(self) -> dict[str, Depth]:
        return {name: self.depth(name) for name in QUEUES}

    def hide_for(self, name: str, seconds: int) -> None:
        """Shortens the visibility time-out of a queue that has no template parameter for it."""
        self._client.set_queue_attributes(
            QueueUrl=self.urls[name], Attributes={"VisibilityTimeout": str(seconds)}
        )

    def put_raw(self, name: str, body: str, group: str) -> None:
        self._client.send_message(
            QueueUrl=self.urls[name], MessageBody=body, MessageGroupId=group, MessageDeduplicationId=group
        )


class Watch:
    """Looks at the running storm from a thread of its own, until the block ends."""

    def __init__(self, queues: Queues, meta: MetaSide) -> None:
        self._queues = queues
        self._meta = meta
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="storm-watch", daemon=True)
        self._room = threading.Event()
        self.accepted: list[Accepted] = []

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._room.set()
        self._thread.join()

    def wait_for_room(self, at_most_s: float) -> None:
        """Returns when the queue to dispatch is short enough to post more."""
        self._room.wait(at_most_s)

    def _look(self) -> None:
        round_ = 0
        while not self._ended.wait(_POLL_S):
            with suppress(OSError):
                if round_ % _OUTBOX_EVERY == 0:
                    self.accepted = self._meta.outbox()
                if self._queues.depth("MessagesQueue").total < ROOM:
                    self._room.set()
                else:
                    self._room.clear()
            round_ += 1
