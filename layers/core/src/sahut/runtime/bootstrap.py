"""The composition root: which adapter stands behind which port, and nothing else.

Everything is made when it is first asked for, and kept while the function is warm. A stage's
imports happen here, so that a function loads only what it uses.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from sahut.runtime.settings import Settings, read_settings

if TYPE_CHECKING:
    from sahut.adapters.channels.whatsapp import WhatsAppSender
    from sahut.adapters.dynamodb.amendments import AmendmentStore
    from sahut.adapters.dynamodb.inbound import InboundStore
    from sahut.adapters.dynamodb.inbox import InboxStore
    from sahut.adapters.dynamodb.letters import LetterStore, NoticeStore
    from sahut.adapters.dynamodb.model_registry import ModelRegistry
    from sahut.adapters.dynamodb.ownership import OwnershipStore
    from sahut.adapters.dynamodb.recorded import RecordedTurnStore
    from sahut.adapters.dynamodb.registry import Registry
    from sahut.adapters.dynamodb.sending import SendingStore
    from sahut.adapters.dynamodb.sockets import SocketStore
    from sahut.adapters.dynamodb.table import Tables
    from sahut.adapters.dynamodb.turns import TurnStore
    from sahut.adapters.s3.objects import Bucket
    from sahut.adapters.sockets.push import SocketPush
    from sahut.adapters.sqs.queues import FifoDispatchQueue, StandardSettleQueue, Visibility
    from sahut.adapters.ssm.secrets import Secrets
    from sahut.adapters.stepfunctions.machines import StandardHandOverMachine
    from sahut.domain.conversation import Conversation
    from sahut.domain.tenant import ConversationRef, TenantId
    from sahut.runtime.citation_links import CitationLinks
    from sahut.runtime.knowledge import Knowledge
    from sahut.runtime.live import Live
    from sahut.runtime.visitor_tokens import VisitorTokens
    from sahut.stages.speak import Voice
    from sahut.stages.uncertain import SettleLater


class Composition:
    """One per process. Attributes are made at first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Callable[[], float] = time.time
        self._senders: dict[TenantId, WhatsAppSender] = {}

    @cached_property
    def _sdk(self) -> Any:
        """botocore's session, which is what boto3 wraps: boto3 itself adds resources and transfers of
        many parts, which nobody here uses and every cold start would pay for (25 ms of 190).
        """
        from botocore.session import get_session

        return get_session()

    def client(self, service: str, **config: Any) -> Any:
        """A client of AWS. Retries are few and short: a queue or a state machine stands behind us."""
        return self._client_at(None, service, **config)

    def _client_at(self, endpoint_url: str | None, service: str, **config: Any) -> Any:
        from botocore.config import Config

        # Every request is built by this layer and tested against the service's own rules, so the SDK need
        # not check it again; and it composes its name anew, twice a request, unless it is given one.
        # Together 15 % of a request's processor time.
        options: dict[str, Any] = {
            "retries": {"total_max_attempts": 3, "mode": "standard"},
            "parameter_validation": False,
            "user_agent": "sahut",
        } | config
        return self._sdk.create_client(service, endpoint_url=endpoint_url, config=Config(**options))

    @cached_property
    def tables(self) -> Tables:
        from sahut.adapters.dynamodb.table import Tables

        self.settings.need("conversations_table", "logs_table", "registry_table", "once_table")
        return Tables(self.dynamodb)

    @cached_property
    def dynamodb(self) -> Any:
        return self.client("dynamodb")

    @cached_property
    def turns(self) -> TurnStore:
        from sahut.adapters.dynamodb.turns import TurnStore

        return TurnStore(self.tables, self.settings.conversations_table)

    @cached_property
    def recorded_turns(self) -> RecordedTurnStore:
        from sahut.adapters.dynamodb.recorded import RecordedTurnStore

        return RecordedTurnStore(self.tables, self.settings.conversations_table)

    @cached_property
    def inbound(self) -> InboundStore:
        from sahut.adapters.dynamodb.inbound import InboundStore

        return InboundStore(self.tables, self.settings.conversations_table, self.settings.once_table)

    @cached_property
    def amendments(self) -> AmendmentStore:
        from sahut.adapters.dynamodb.amendments import AmendmentStore

        return AmendmentStore(self.tables, self.settings.conversations_table, self.settings.once_table)

    @cached_property
    def sending(self) -> SendingStore:
        from sahut.adapters.dynamodb.sending import SendingStore

        return SendingStore(self.tables, self.settings.conversations_table, self.settings.once_table)

    @cached_property
    def ownership(self) -> OwnershipStore:
        from sahut.adapters.dynamodb.ownership import OwnershipStore

        return OwnershipStore(self.tables, self.settings.conversations_table, self.settings.logs_table)

    @cached_property
    def letters(self) -> LetterStore:
        from sahut.adapters.dynamodb.letters import LetterStore

        return LetterStore(self.tables, self.settings.logs_table, lambda: self.documents)

    @cached_property
    def account_notices(self) -> NoticeStore:
        from sahut.adapters.dynamodb.letters import NoticeStore

        return NoticeStore(self.tables, self.settings.logs_table)

    @cached_property
    def registry(self) -> Registry:
        from sahut.adapters.dynamodb.registry import Registry

        return Registry(self.tables, self.settings.registry_table, self.clock)

    @cached_property
    def model_registry(self) -> ModelRegistry:
        from sahut.adapters.dynamodb.model_registry import ModelRegistry

        return ModelRegistry(self.tables, self.settings.registry_table, self.settings.logs_table)

    @cached_property
    def inbox(self) -> InboxStore:
        from sahut.adapters.dynamodb.inbox import InboxStore

        return InboxStore(self.tables, self.settings.conversations_table)

    @cached_property
    def visitor_tokens(self) -> VisitorTokens:
        from sahut.runtime.visitor_tokens import VisitorTokens

        return VisitorTokens(lambda: self.secrets.platform("visitor_signing_key"), self.clock)

    @cached_property
    def citation_links(self) -> CitationLinks:
        from sahut.runtime.citation_links import CitationLinks

        return CitationLinks(lambda: self.secrets.platform("visitor_signing_key"), self.clock)

    @cached_property
    def sockets(self) -> SocketStore:
        from sahut.adapters.dynamodb.sockets import SocketStore

        return SocketStore(self.tables, self.settings.conversations_table, self.settings.once_table)

    @cached_property
    def push(self) -> SocketPush:
        from sahut.adapters.sockets.push import TIMEOUTS, SocketPush
        from sahut.runtime.live import PushNotes

        self.settings.need("sockets_url")
        url = self.settings.sockets_url
        client = cache(lambda: self._client_at(url, "apigatewaymanagementapi", **TIMEOUTS))
        return SocketPush(self.sockets, client, PushNotes(), self.clock)

    @cached_property
    def live(self) -> Live:
        from sahut.runtime.live import Live

        # A function that pushes has the address of the WebSocket API; where none is, nobody is connected.
        push = self.push if self.settings.sockets_url else None
        return Live(push, self._link_of)

    def is_connected(self, ref: ConversationRef) -> bool:
        """Whether a browser shows this conversation now."""
        return bool(self.settings.sockets_url) and bool(self.sockets.of(ref, self.clock()))

    def _link_of(self, tenant: TenantId, citation: Mapping[str, str]) -> str:
        """Signs links at the first one: most deliveries show nothing to a browser."""
        return self.citation_links.path(tenant, citation)

    @cached_property
    def documents(self) -> Bucket:
        from sahut.adapters.s3.objects import Bucket

        self.settings.need("documents_bucket")
        # Links that botocore signs by default are of a kind that newer regions refuse.
        return Bucket(self.client("s3", signature_version="s3v4"), self.settings.documents_bucket)

    @cached_property
    def indexes(self) -> Bucket:
        from sahut.adapters.s3.objects import Bucket

        self.settings.need("indexes_bucket")
        return Bucket(self.client("s3"), self.settings.indexes_bucket)

    @cached_property
    def knowledge(self) -> Knowledge:
        from sahut.runtime.knowledge import Knowledge

        return Knowledge(self)

    @cached_property
    def secrets(self) -> Secrets:
        from sahut.adapters.ssm.secrets import Secrets

        self.settings.need("secrets_prefix")
        return Secrets(
            lambda: self.client("ssm"),
            lambda: self.client("secretsmanager"),
            self.settings.secrets_prefix,
            self.clock,
        )

    @cached_property
    def _sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def dispatch_queue(self) -> FifoDispatchQueue:
        from sahut.adapters.sqs.queues import FifoDispatchQueue

        self.settings.need("messages_queue_url")
        return FifoDispatchQueue(self._sqs, self.settings.messages_queue_url)

    @cached_property
    def settle_queue(self) -> StandardSettleQueue:
        from sahut.adapters.sqs.queues import StandardSettleQueue

        self.settings.need("settle_queue_url")
        return StandardSettleQueue(self._sqs, self.settings.settle_queue_url)

    @cached_property
    def visibility(self) -> Visibility:
        from sahut.adapters.sqs.queues import Visibility

        return Visibility(self._sqs, self.settings.messages_queue_url)

    @cached_property
    def hand_over_machine(self) -> StandardHandOverMachine:
        from sahut.adapters.stepfunctions.machines import StandardHandOverMachine

        self.settings.need("hand_over_machine_arn")
        return StandardHandOverMachine(self.client("stepfunctions"), self.settings.hand_over_machine_arn)

    @cached_property
    def settle_later(self) -> SettleLater:
        from sahut.stages.uncertain import SettleLater

        return SettleLater(self.settle_queue, self.sending, self.clock, self.settings.settle_delay_s)

    @cached_property
    def voice(self) -> Voice:
        from sahut.stages.speak import Voice

        timeout_s = self.settings.http_timeout_s
        return Voice(self.sending, self.sender_of, alert_tenant, self.clock, timeout_s, self.live)

    def sender_of(self, conversation: Conversation) -> WhatsAppSender:
        """The sender with the token of the conversation's tenant."""
        from sahut.adapters.channels.whatsapp import WhatsAppSender

        tenant = conversation.ref.tenant
        if tenant not in self._senders:
            self.settings.need("graph_api_url")
            self._senders[tenant] = WhatsAppSender(
                self.settings.graph_api_url,
                lambda: self._access_token(tenant),
                self.settings.http_timeout_s,
                self.clock,
            )
        return self._senders[tenant]

    def _access_token(self, tenant: TenantId) -> str:
        """'' when nobody has set it: then the sender refuses before it calls, and the tenant is alerted."""
        from sahut.domain.errors import NotFound

        try:
            return self.secrets.of(tenant, "whatsapp/access_token")
        except NotFound:
            return ""


def alert_tenant(conversation: Conversation, code: int, title: str) -> None:
    """Codes that only the tenant can mend (an expired token, an unpaid account) raise an alarm."""
    from sahut.runtime.log_events import Event, log
    from sahut.runtime.metrics import Metric, count

    log(Event.CHANNEL_ALERT, tenant_id=str(conversation.ref.tenant), code=code)
    count(Metric.CHANNEL_ALERTS)


def new_id() -> str:
    """12 hex digits of milliseconds, then 12 of chance: ids sort by time and fit a name of 80."""
    return f"{int(time.time() * 1000):012x}{secrets.token_hex(6)}"


@cache
def composition() -> Composition:
    return Composition(read_settings())


@cache
def needs_of(stage: str) -> Any:
    """What the stage of this name needs, composed once per process."""
    from sahut.runtime import compose

    return getattr(compose, stage)(composition())
