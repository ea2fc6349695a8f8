"""Small things that stages tell or show on the side, as logs, metrics and a typing sign."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING

from sahut.domain.errors import SahutError
from sahut.runtime.log_events import Event, log
from sahut.runtime.metrics import Metric, count

if TYPE_CHECKING:
    from sahut.adapters.dynamodb.letters import LetterStore, NoticeStore
    from sahut.domain.conversation import Conversation
    from sahut.domain.message import AccountNotice
    from sahut.domain.tenant import TenantId
    from sahut.ports.channel import ChannelSender
    from sahut.ports.work import Letter


class MediaNotes:
    def media_missing(self, conversation_id: str, line: int, why: str) -> None:
        log(Event.MEDIA_MISSING, conversation_id=conversation_id, line=line, why=why)


class ModelNotes:
    def model_failed(self, model: str, error: str) -> None:
        log(Event.MODEL_FAILED, model=model, error=error)

    def circuit_changed(self, tenant: TenantId, model: str, state: str) -> None:
        log(Event.CIRCUIT_CHANGED, tenant_id=str(tenant), model=model, state=state)


class RerankerNotes:
    def reranker_failed(self, tenant: TenantId, why: str) -> None:
        log(Event.RERANKER_FAILED, tenant_id=str(tenant), why=why)


class TenantNotices:
    """The platform's words about a tenant's account: stored, logged and counted for an alarm."""

    def __init__(self, store: NoticeStore) -> None:
        self._store = store

    def record(self, tenant: TenantId, channel_key: str, notice: AccountNotice, now: float) -> None:
        self._store.record(tenant, channel_key, notice, now)
        log(Event.ACCOUNT_NOTICE, tenant_id=str(tenant), field=notice.field)
        count(Metric.ACCOUNT_NOTICES)


class CountedLetters:
    """Letters, with a log line and a count for each."""

    def __init__(self, store: LetterStore) -> None:
        self._store = store

    def record(self, letter: Letter) -> None:
        self._store.record(letter)
        log(Event.LETTER_RECORDED, letter_id=letter.letter_id)
        count(Metric.LETTERS_RECORDED)


def count_open_letters() -> None:
    """A gauge for the alarm: zero is reported too, or the alarm would never end."""
    from sahut.runtime.bootstrap import composition

    count(Metric.LETTERS_OPEN, sum(1 for _ in composition().letters.all("open")))


class TypingSign:
    """Marks a message as read and shows that an answer is being written, beside the workflow.

    Best effort by design: a customer waits no longer because of it, and misses nothing without it.
    """

    def __init__(self, sender_of: Callable[[Conversation], ChannelSender]) -> None:
        self._sender_of = sender_of

    def __call__(self, conversation: Conversation, message_id: str) -> None:
        if conversation.channel.value == "whatsapp":
            Thread(target=self._show, args=(conversation, message_id), daemon=True).start()

    def _show(self, conversation: Conversation, message_id: str) -> None:
        try:
            self._sender_of(conversation).show_typing(conversation.channel_key, message_id)
        except SahutError as error:
            log(Event.TYPING_NOT_SHOWN, why=type(error).__name__)
