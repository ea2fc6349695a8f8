"""The stages on real stores: DynamoDB, SQS, S3 and SSM in process (moto), one fresh set a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache

import boto3
import botocore.session
import pytest
from moto import mock_aws

from sahut.contracts.tasks import ConversationTask, DeliverTask, HandOverTask, TurnTask
from sahut.domain.conversation import Conversation
from sahut.domain.message import Channel, Contact, InboundMessage, MessageKind
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import Turn
from sahut.ports.channel import SendRequest
from sahut.ports.conversations import Stored
from sahut.runtime import compose
from sahut.runtime.bootstrap import Composition
from sahut.runtime.settings import Settings
from sahut.stages.gather import Gathering

SHOP = TenantId("shop")
NUMBER = "100200300400501"
_TABLES = ("conversations", "logs", "registry", "once")


@dataclass
class FakeSender:
    """A channel that takes everything, unless `answers` says otherwise: an exception is raised."""

    answers: list[Exception] = field(default_factory=list)
    sent: list[SendRequest] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    def send(self, request: SendRequest) -> str:
        self.before()
        if self.answers:
            raise self.answers.pop(0)
        self.sent.append(request)
        return f"wamid.out.{len(self.sent)}"

    def show_typing(self, channel_key: str, message_id: str) -> None: ...

    def fetch_media(self, media_id: str) -> tuple[bytes, str]:
        return b"media of " + media_id.encode(), "image/jpeg"


@dataclass
class StartedHandOvers:
    names: list[str] = field(default_factory=list)

    def start(self, turn: TurnRef) -> None:
        if turn.turn_id not in self.names:
            self.names.append(turn.turn_id)


class World:
    """One tenant, one number, and a customer who writes; time is a number that tests move."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0
        self.sender = FakeSender()
        self.hand_overs = StartedHandOvers()
        self.made = Composition(
            Settings(
                conversations_table="conversations",
                logs_table="logs",
                registry_table="registry",
                once_table="once",
                messages_queue_url=_queue("messages.fifo", FifoQueue="true"),
                settle_queue_url=_queue("settle"),
                knowledge_queue_url=_queue("knowledge"),
                documents_bucket="documents",
                indexes_bucket="indexes",
                secrets_prefix="/sahut/test",
                graph_api_url="http://127.0.0.1:9/v23.0",
                http_timeout_s=1.0,
            )
        )
        self.made.clock = lambda: self.now
        self.made.__dict__["hand_over_machine"] = self.hand_overs
        self.made.__dict__["sender_of"] = lambda conversation: self.sender
        self._register()

    def _register(self) -> None:
        table = boto3.resource("dynamodb").Table("registry")
        table.put_item(Item={"pk": f"CHANNEL#whatsapp#{NUMBER}", "sk": "ROUTE", "tenant_id": "shop"})
        table.put_item(Item={"pk": "TENANT#shop", "sk": "PROFILE", "name": "Shop", "default_language": "id"})

    def write(
        self,
        text: str,
        message_id: str = "wamid.1",
        *,
        kind: MessageKind = MessageKind.TEXT,
        phone: str = "6281",
        user_id: str = "",
        target_id: str = "",
        sent_at: float | None = None,
    ) -> Stored:
        message = InboundMessage(
            provider_id=message_id,
            kind=kind,
            contact=Contact(phone=phone, user_id=user_id),
            sent_at=self.now if sent_at is None else sent_at,
            text=text,
            target_id=target_id,
        )
        return self.made.inbound.store(SHOP, Channel.WHATSAPP, NUMBER, message, self.now)

    def change(self, kind: MessageKind, target_id: str, text: str = "", at: float | None = None) -> None:
        message = InboundMessage(
            f"change.{target_id}",
            kind,
            Contact(phone="6281"),
            self.now if at is None else at,
            text,
            None,
            target_id,
        )
        self.made.amendments.amend(SHOP, NUMBER, message, self.now)

    def gathering(self) -> Gathering:
        """What gathering needs; waiting for the end of a fragment moves the world's clock."""

        def sleep(seconds: float) -> None:
            self.now += seconds

        return replace(compose.gather(self.made), sleep=sleep)

    def task(self, ref: ConversationRef, message_id: str = "wamid.1") -> ConversationTask:
        """A new dispatch attempt."""
        head = self.made.turns.next_epoch(ref)
        return ConversationTask(
            tenant_id=str(ref.tenant),
            conversation_id=ref.conversation_id,
            message_id=message_id,
            epoch=head.epoch,
            deadline=self.now + 90,
        )

    def turn_task(self, task: ConversationTask, turn_id: str) -> TurnTask:
        return TurnTask(**task.model_dump(), turn_id=turn_id)

    def deliver_task(self, task: ConversationTask, turn_id: str) -> DeliverTask:
        return DeliverTask(**task.model_dump(), turn_id=turn_id)

    def hand_over_task(self, task: ConversationTask, turn_id: str, reason: str) -> HandOverTask:
        return HandOverTask(**task.model_dump(), turn_id=turn_id, reason=reason)

    def head(self, ref: ConversationRef) -> Conversation:
        return self.made.turns.conversation(ref)

    def turn(self, ref: ConversationRef, turn_id: str) -> Turn:
        return self.made.turns.turn(TurnRef(ref, turn_id))


@pytest.fixture(scope="session", autouse=True)
def _one_loader() -> Iterator[None]:
    """The SDK reads megabytes of JSON for each session that it makes clients with: here once a process.

    Each test has a session and eight clients of its own: half of its time was this.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.session, "create_loader", cache(botocore.session.create_loader))
        yield


def _queue(name: str, **attributes: str) -> str:
    return boto3.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    for name in [name for name in os.environ if name.startswith("AWS_ENDPOINT")]:
        monkeypatch.delenv(name)
    with mock_aws():
        client = boto3.client("dynamodb")
        for table in _TABLES:
            _create_table(client, table)
        for bucket in ("documents", "indexes"):
            boto3.client("s3").create_bucket(Bucket=bucket)
        yield World()


def _create_table(client, table: str) -> None:  # type: ignore[no-untyped-def]
    names = ("pk", "sk", "inbox_pk", "inbox_sk")
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "inbox",
                "KeySchema": [
                    {"AttributeName": "inbox_pk", "KeyType": "HASH"},
                    {"AttributeName": "inbox_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
