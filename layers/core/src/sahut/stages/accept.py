"""Accept: stores everything that a webhook or a web chat brings, then queues what needs an answer.

Refuses to know HTTP. One item that fails never takes its siblings with it.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import Protocol

from sahut.contracts.jobs import DispatchJob, SettleCause
from sahut.domain.errors import Conflict, SahutError, TryAgain
from sahut.domain.message import (
    AccountNotice,
    ChannelBatch,
    InboundMessage,
    MessageKind,
    StatusUpdate,
)
from sahut.domain.tenant import TenantId
from sahut.ports.conversations import Amendments, Inbound, Stored
from sahut.ports.work import DispatchQueue, Letter, Letters, SettleQueue
from sahut.stages.uncertain import settle_job

_CHANGES = (MessageKind.EDIT, MessageKind.REVOKE)


class Notices(Protocol):
    """Where words of the platform to the tenant are kept, and the tenant alerted."""

    def record(self, tenant: TenantId, channel_key: str, notice: AccountNotice, now: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Accepting:
    """What accepting needs.

    tenant_of: None when nobody has the number or account. numbers_of: a tenant's phone number ids.
    """

    tenant_of: Callable[[ChannelBatch], TenantId | None]
    numbers_of: Callable[[TenantId], tuple[str, ...]]
    inbound: Inbound
    amendments: Amendments
    queue: DispatchQueue
    settle: SettleQueue
    letters: Letters
    notices: Notices
    clock: Callable[[], float]


@dataclass(slots=True)
class Accepted:
    """Counts for the log and the metrics; retry: something was not stored or not queued."""

    stored: int = 0
    duplicates: int = 0
    statuses: int = 0
    unrouted: int = 0
    refused: int = 0
    retry: bool = False
    jobs: list[DispatchJob] = field(default_factory=list)


def accept(batches: Sequence[ChannelBatch], raw: bytes, needs: Accepting) -> Accepted:
    """Stores and queues every item of every batch.

    Returns:
        counts; with `retry` the sender must deliver the whole thing again.
    """
    done = Accepted()
    for batch in batches:
        tenant = needs.tenant_of(batch)
        if tenant is None:
            done.unrouted += 1
            _letter("unrouted", "no tenant has this number", raw.decode(errors="replace"), None, done, needs)
        else:
            _accept_batch(tenant, batch, done, needs)
    if done.jobs:
        try:
            needs.queue.put(done.jobs)
        except SahutError:
            done.retry = True
    return done


def _accept_batch(tenant: TenantId, batch: ChannelBatch, done: Accepted, needs: Accepting) -> None:
    for message in batch.messages:
        step = _message_step(tenant, batch, message, done, needs)
        _guarded(tenant, message.raw or json.dumps(asdict(message)), done, needs, step)
    for update in batch.statuses:
        _guarded(tenant, update.provider_id, done, needs, _status_step(tenant, batch, update, done, needs))
    for notice in batch.notices:
        _guarded(tenant, notice.raw, done, needs, _notice_step(tenant, batch, notice, needs))
    for raw, reason in batch.refused:
        done.refused += 1
        _letter("unreadable", reason, raw, tenant, done, needs)


def _guarded(tenant: TenantId, raw: str, done: Accepted, needs: Accepting, step: Callable[[], None]) -> None:
    """Runs one item's step: what may pass later is retried, what never can goes to the letters."""
    try:
        step()
    except (TryAgain, Conflict):
        done.retry = True
    except (SahutError, ValueError) as error:
        done.refused += 1
        _letter("unstorable", type(error).__name__, raw, tenant, done, needs)


def _message_step(
    tenant: TenantId, batch: ChannelBatch, message: InboundMessage, done: Accepted, needs: Accepting
) -> Callable[[], None]:
    def step() -> None:
        now = needs.clock()
        if message.kind in _CHANGES and message.target_id:
            needs.amendments.amend(tenant, batch.channel_key, message, now)
            done.stored += 1
            return
        stored = needs.inbound.store(tenant, batch.channel, batch.channel_key, message, now)
        done.stored += 1
        done.duplicates += stored.duplicate
        if stored.needs_dispatch:
            done.jobs.append(job_of(stored))

    return step


def _status_step(
    tenant: TenantId, batch: ChannelBatch, update: StatusUpdate, done: Accepted, needs: Accepting
) -> Callable[[], None]:
    def step() -> None:
        done.statuses += 1
        reopened = needs.amendments.status(tenant, batch.channel_key, update)
        if reopened is not None:
            needs.settle.put(settle_job(reopened, SettleCause.FAILED), 0)

    return step


def _notice_step(
    tenant: TenantId, batch: ChannelBatch, notice: AccountNotice, needs: Accepting
) -> Callable[[], None]:
    def step() -> None:
        # An account's notice names no number of ours: a customer's ids are the same on all of them.
        numbers = (batch.channel_key,) if batch.channel_key else needs.numbers_of(tenant)
        for number in numbers:
            for known, added in notice.links:
                needs.amendments.link_alias(tenant, number, known, added)
        needs.notices.record(tenant, batch.channel_key, notice, needs.clock())

    return step


def job_of(stored: Stored) -> DispatchJob:
    return DispatchJob(
        tenant_id=str(stored.conversation.tenant),
        conversation_id=stored.conversation.conversation_id,
        message_id=stored.message_id,
        line=stored.line,
        attempt=stored.attempt,
    )


def _letter(
    kind: str, reason: str, body: str, tenant: TenantId | None, done: Accepted, needs: Accepting
) -> None:
    letter_id = sha256(f"{kind}\n{tenant}\n{body}".encode(errors="replace")).hexdigest()[:32]
    try:
        needs.letters.record(Letter(letter_id, kind, reason, body, needs.clock(), tenant))
    except SahutError:
        done.retry = True  # neither kept nor lost: it comes again
