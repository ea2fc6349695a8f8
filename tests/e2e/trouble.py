"""How a test breaks things, each at one named place, and how it holds a function at a place."""

import json
import os
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.controls import FaultOrder
from sandbox.endpoints import write_whole
from sandbox.stack import Stack
from tests.e2e.support import Customer, http, until

_STORE = "sahut.adapters.dynamodb"


@dataclass(frozen=True, slots=True)
class Place:
    """A call of the product within one function. Methods only: they can be reached in a warm worker."""

    function: str
    target: str
    when: str


BEFORE_QUEUEING = Place("ingress", "sahut.adapters.sqs.queues:FifoDispatchQueue.put", "before")
OPENING = Place("ingress", f"{_STORE}.inbound:InboundStore._open", "before")
BEFORE_ATTEMPT = Place("dispatch", f"{_STORE}.turns:TurnStore.next_epoch", "before")
AFTER_RUN = Place("dispatch", "sahut.adapters.stepfunctions.machines:ExpressAnswerMachine.run", "after")
AFTER_CLAIM = Place("gathering", f"{_STORE}.turns:TurnStore.claim", "after")
GATHERING = Place("gathering", f"{_STORE}.turns:TurnStore.conversation", "before")
ROUTING = Place("routing", f"{_STORE}.turns:TurnStore.both", "before")
RETRIEVING = Place("retrieval", f"{_STORE}.turns:TurnStore.turn", "before")
BEFORE_WRITTEN = Place("generation", f"{_STORE}.turns:TurnStore.record_answer", "before")
DELIVERING = Place("delivery", f"{_STORE}.turns:TurnStore.both", "before")
BEFORE_FENCE = Place("delivery", f"{_STORE}.sending:SendingStore.fence", "before")
AFTER_FENCE = Place("delivery", f"{_STORE}.sending:SendingStore.fence", "after")
BEFORE_CALL = Place("delivery", "sahut.adapters.channels.whatsapp:WhatsAppSender.send", "before")
AFTER_CALL = Place("delivery", "sahut.adapters.channels.whatsapp:WhatsAppSender.send", "after")
HANDING_OVER = Place("handoff", f"{_STORE}.turns:TurnStore.conversation", "before")
AFTER_TICKET = Place("handoff", f"{_STORE}.ownership:OwnershipStore.hand_over", "after")
AFTER_STARTED = Place(
    "handoff", "sahut.adapters.stepfunctions.machines:StandardHandOverMachine.start", "after"
)
SETTLING = Place("settling", f"{_STORE}.turns:TurnStore.both", "before")

KILLED = "exit"
COUNTED = "sleep:0"
# Nothing repeats it: the stage fails for good.
REFUSED = "raise:sahut.domain.errors:Refused"
TRANSIENT = "raise:sahut.domain.errors:TryAgain"
TOO_LATE = "raise:sahut.runtime.stage_errors:DeadlinePassed"


@dataclass(frozen=True, slots=True)
class Hold:
    """A place where a function waits until it is let go."""

    trouble: "Trouble"
    fault_id: str
    gate: Path

    def reached(self, times: int = 1) -> None:
        """Returns when a function has come there for the `times`-th time."""
        until(lambda: self.trouble.fired(self.fault_id) >= times, "the function came to the place")

    def let_go(self) -> None:
        self.gate.unlink(missing_ok=True)


class Trouble:
    """The faults of one test."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._controls = stack.controls
        self._orders: list[FaultOrder] = []
        self._gates: list[Path] = []
        self._folder = tempfile.TemporaryDirectory(prefix="gates-")

    def at(self, place: Place, do: str, times: int | None = 1) -> str:
        """Lets `do` happen at a place; the fault's id."""
        fault_id = uuid.uuid4().hex
        order = FaultOrder(
            id=fault_id, function=place.function, target=place.target, when=place.when, do=do, times=times
        )
        self._orders.append(order)
        self._write()
        return fault_id

    def hold(self, place: Place, times: int = 1) -> Hold:
        gate = Path(self._folder.name) / uuid.uuid4().hex
        gate.touch()
        self._gates.append(gate)
        return Hold(self, self.at(place, f"hold:{gate}", times), gate)

    def fired(self, fault_id: str) -> int:
        return self._controls.fired(fault_id)

    def struck(self, fault_id: str, times: int = 1) -> None:
        until(lambda: self.fired(fault_id) >= times, "the fault struck")

    def mend(self, fault_id: str) -> None:
        self._orders = [order for order in self._orders if order["id"] != fault_id]
        self._write()

    def channel(self, customer: Customer, do: str, times: int | None = 1) -> None:
        """A fault of Meta's, for messages to this customer; see sandbox/graph_api/README.md."""
        order = {"match": {"to": customer.address}, "do": do, "times": times}
        added = http("POST", f"{customer.shop.meta}/faults", json.dumps(order).encode())
        assert added.status == 201, added.text

    @contextmanager
    def impatient_queue(self, visibility_s: int = 2, receives: int = 5) -> Iterator[None]:
        """Messages that are received meanwhile come back soon, and after few receives are dead letters."""
        sqs, url = self._stack.client("sqs"), self._stack.outputs["MessagesQueueUrl"]
        names = ["VisibilityTimeout", "RedrivePolicy"]
        before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        policy = json.loads(before["RedrivePolicy"]) | {"maxReceiveCount": receives}
        hasty = {"VisibilityTimeout": str(visibility_s), "RedrivePolicy": json.dumps(policy)}
        sqs.set_queue_attributes(QueueUrl=url, Attributes=hasty)
        try:
            yield
        finally:
            sqs.set_queue_attributes(QueueUrl=url, Attributes=before)

    def kill(self, function: str) -> None:
        assert self._controls.kill_workers(function) > 0

    def end(self) -> None:
        """Nothing is broken any more, nobody waits any more."""
        for gate in self._gates:
            gate.unlink(missing_ok=True)
        self._controls.clear_faults()
        self._folder.cleanup()
        http("DELETE", f"{self._stack.endpoints.graph_api.outbox_url.removesuffix('outbox')}faults")

    def _write(self) -> None:
        """What fired before stays counted."""
        path = self._controls.faults_file
        write_whole(path, json.dumps(self._orders))
        # Workers look at the time of the change, which must differ within one tick too.
        os.utime(path, ns=(time.time_ns(), time.time_ns()))
