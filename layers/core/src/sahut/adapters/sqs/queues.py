"""The queues: FIFO towards dispatch, standard with delays towards settling."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from sahut.adapters.aws_errors import translated
from sahut.contracts.jobs import DispatchJob, SettleJob
from sahut.contracts.knowledge_tasks import KnowledgeJob
from sahut.domain.errors import TryAgain

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_BATCH = 10
_MAX_DELAY_S = 900


class FifoDispatchQueue:
    """One group per conversation. See `sahut.ports.work.DispatchQueue`."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, jobs: Sequence[DispatchJob]) -> None:
        for start in range(0, len(jobs), _BATCH):
            entries = [_entry(number, job) for number, job in enumerate(jobs[start : start + _BATCH])]
            with translated():
                done = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
            if done.get("Failed"):
                raise TryAgain(f"{len(done['Failed'])} messages were not queued")


def _entry(number: int, job: DispatchJob) -> SendMessageBatchRequestEntryTypeDef:
    return {
        "Id": str(number),
        "MessageBody": job.model_dump_json(),
        "MessageGroupId": group_of(job),
        "MessageDeduplicationId": deduplication_id(job),
    }


def group_of(job: DispatchJob) -> str:
    return f"{job.tenant_id}.{job.conversation_id}"


def deduplication_id(job: DispatchJob) -> str:
    """Message and attempt: a redelivery by the channel is queued anew, a retried call is not.

    Hashed, because provider ids may hold any characters and the queue takes 128 of a few.
    """
    return sha256(f"{job.tenant_id}\n{job.message_id}\n{job.attempt}".encode()).hexdigest()


class StandardSettleQueue:
    """See `sahut.ports.work.SettleQueue`."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, job: SettleJob, delay_s: float) -> None:
        delay = min(_MAX_DELAY_S, max(0, round(delay_s)))
        with translated():
            self._client.send_message(
                QueueUrl=self._url, MessageBody=job.model_dump_json(), DelaySeconds=delay
            )


class Visibility:
    """Lets a failed message come back early, with backoff; never used on a lost connection."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def shorten(self, receipt_handle: str, seconds: int) -> None:
        with translated():
            self._client.change_message_visibility(
                QueueUrl=self._url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds
            )


class KnowledgeQueue:
    """Towards *collecting*: something may have changed in a knowledge base."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def put(self, job: KnowledgeJob) -> None:
        with translated():
            self._client.send_message(QueueUrl=self._url, MessageBody=job.model_dump_json())
