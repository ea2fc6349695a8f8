"""Breaks the running sandbox while the storm goes on: kills workers, throttles, sends rival dispatchers."""

import json
import os
import signal
import threading
from collections import Counter
from contextlib import suppress

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.wire import from_item, int_of, text_of, to_item
from sahut.contracts.jobs import DispatchJob
from sahut.domain.tenant import TenantId
from sandbox import workers
from sandbox.stack import Stack
from tests.storm.customers import TENANTS
from tests.storm.plan import Plan, Said
from tests.storm.trouble import Kill, Throttle


class Chaos:
    """killed: worker processes by function."""

    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._stack = stack
        self._plan = plan
        self._lambda = stack.client("lambda")
        self._dynamodb = stack.client("dynamodb")
        self.killed: Counter[str] = Counter()
        self.rivals: Counter[str] = Counter()

    def kill(self, order: Kill) -> None:
        if not order.function:
            self.killed["all at once"] += self._stack.controls.kill_workers()
            return
        logical_id = workers.logical_id_of(order.function)
        found = workers.pids(self._stack.controls.emulator_pid, logical_id)
        for number in range(min(order.count, len(found))):
            with suppress(ProcessLookupError):
                os.kill(found[(order.pick + number) % len(found)], signal.SIGKILL)
                self.killed[order.function] += 1

    def throttle(self, order: Throttle, ended: threading.Event) -> None:
        """For a while; returns when it is over."""
        controls = self._stack.controls
        controls.throttle(lambda_fraction=order.lambda_fraction, dynamodb_fraction=order.dynamodb_fraction)
        ended.wait(order.seconds)
        controls.throttle()

    def rival(self, said: Said) -> None:
        """A second dispatcher for a message: what a lapsed visibility time-out or SQS itself may cause."""
        job = self._job(said)
        if job is None:
            self.rivals["not stored yet"] += 1
            return
        record = {
            "messageId": "rival",
            "receiptHandle": "rival",
            "body": job.model_dump_json(),
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        name = self._stack.outputs["DispatchFunction"]
        answer = self._lambda.invoke(FunctionName=name, Payload=json.dumps({"Records": [record]}))
        self.rivals["crashed" if answer.get("FunctionError") else "ran"] += 1

    def _job(self, said: Said) -> DispatchJob | None:
        person = self._plan.people[said.person]
        tenant = TenantId(TENANTS[person.tenant])
        key = keys.once_message(tenant, person.number, said.message_id)
        found = self._dynamodb.get_item(
            TableName=self._stack.outputs["OnceTable"], Key=to_item(key.as_item())
        )
        once = from_item(found.get("Item", {}))
        if not once or once.get("amend"):
            return None
        return DispatchJob(
            tenant_id=str(tenant),
            conversation_id=text_of(once, "conversation_id"),
            message_id=said.message_id,
            line=int_of(once, "line"),
            attempt=int_of(once, "attempt"),
        )
