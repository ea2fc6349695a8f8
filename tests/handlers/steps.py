"""Short words for what the handler tests do again and again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Lock
from typing import Any

import boto3
from moto.sqs.models import sqs_backends

from sahut.contracts.tasks import ConversationTask, DeliverOutcome, GatherOutcome
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import Part, answer_part_id
from sahut.ports.conversations import Line, Stored
from sahut.runtime import compose
from sahut.stages.deliver import deliver
from sahut.stages.gather import gather
from sahut.stages.hand_over import hand_over
from sahut.stages.operate import Operating
from tests.handlers.conftest import World

QUESTION = "Berapa ongkos kirim ke Papua?"


def claimed(world: World, text: str = QUESTION) -> tuple[Stored, ConversationTask, str]:
    """A stored message that a dispatch attempt has claimed: (message, its attempt, turn id)."""
    stored = world.write(text)
    task = world.task(stored.conversation)
    result = gather(task, compose.gather(world.made))
    assert result.outcome is GatherOutcome.GATHERED
    return stored, task, result.turn_id


def written(world: World, parts: int = 1) -> tuple[Stored, ConversationTask, str]:
    """A claimed message whose answer is stored, in so many parts."""
    stored, task, turn_id = claimed(world)
    write_answer(world, task, turn_id, parts)
    return stored, task, turn_id


def write_answer(world: World, task: ConversationTask, turn_id: str, parts: int = 1, round_: int = 1) -> None:
    answer = [
        Part(answer_part_id(round_, n), f"part {n} of round {round_}", order=n) for n in range(1, parts + 1)
    ]
    world.made.turns.record_answer(TurnRef(task.conversation, turn_id), task.epoch, answer, {})


def send(world: World, task: ConversationTask, turn_id: str) -> DeliverOutcome:
    return deliver(world.deliver_task(task, turn_id), compose.deliver(world.made)).outcome


def tell(world: World, task: ConversationTask, turn_id: str) -> DeliverOutcome:
    """What the first state of `hand_over` does."""
    notice = world.deliver_task(task, turn_id).model_copy(update={"part": "notice"})
    return deliver(notice, compose.deliver(world.made)).outcome


def give_up(world: World, task: ConversationTask, turn_id: str, reason: str = "no_evidence") -> str:
    return hand_over(world.hand_over_task(task, turn_id, reason), compose.hand_over(world.made)).state


def operating(world: World) -> Operating:
    """What a person's actions need; sleeping moves the world's clock."""

    def sleep(seconds: float) -> None:
        world.now += seconds

    return replace(compose.operate(world.made), sleep=sleep)


def lines(world: World, ref: ConversationRef) -> list[Line]:
    return list(world.made.turns.lines(ref, after=0))


def drained(url: str) -> Iterator[dict[str, Any]]:
    """Every message of a queue, in order, each deleted as it is read."""
    sqs = boto3.client("sqs")
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1).get("Messages", []):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            yield json.loads(message["Body"])


def dispatch_jobs(world: World) -> list[dict[str, Any]]:
    return list(drained(world.made.settings.messages_queue_url))


def settle_jobs(world: World) -> list[dict[str, Any]]:
    """Every settle job so far, also those whose time has not come."""
    name = world.made.settings.settle_queue_url.rsplit("/", 1)[-1]
    queue = sqs_backends["123456789012"]["us-east-1"].queues[name]
    return [json.loads(message.body) for message in queue._messages]


class Atomic:
    """moto's DynamoDB for threads: as on AWS, one call at a time sees and changes the tables."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = Lock()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            with self._lock:
                return getattr(self._client, name)(**arguments)

        return call


def for_threads(world: World) -> None:
    """Makes the world's stores fit for several threads."""
    tables = world.made.tables
    tables._client = Atomic(tables._client)  # type: ignore[assignment]


def items_of(table: str) -> list[dict[str, Any]]:
    """The whole content of a table."""
    return boto3.resource("dynamodb").Table(table).scan()["Items"]
