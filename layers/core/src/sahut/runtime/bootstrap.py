"""The composition root: which adapter stands behind which port, and nothing else.

Everything is made when it is first asked for, and kept while the function is warm. A stage's
imports happen here, so that a function loads only what it uses.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from sahut.runtime.settings import Settings, read_settings
from sahut.runtime.stores import Stores

if TYPE_CHECKING:
    from sahut.adapters.channels.whatsapp import WhatsAppSender
    from sahut.adapters.sockets.push import SocketPush
    from sahut.adapters.sqs.queues import FifoDispatchQueue, StandardSettleQueue, Visibility
    from sahut.adapters.ssm.secrets import Secrets
    from sahut.adapters.stepfunctions.machines import StandardHandOverMachine
    from sahut.domain.conversation import Conversation
    from sahut.domain.tenant import ConversationRef, TenantId
    from sahut.runtime.citation_links import CitationLinks
    from sahut.runtime.fuse import Fuse
    from sahut.runtime.knowledge import Knowledge
    from sahut.runtime.live import Live
    from sahut.runtime.visitor_tokens import VisitorTokens
    from sahut.stages.speak import Voice
    from sahut.stages.uncertain import SettleLater


class Composition(Stores):
    """One per process. Attributes are made at first use."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._senders: dict[TenantId, WhatsAppSender] = {}

    @cached_property
    def fuse(self) -> Fuse:
        from sahut.runtime.fuse import Fuse

        return Fuse(self.registry.models, self.spending, self.clock)

    @cached_property
    def visitor_tokens(self) -> VisitorTokens:
        from sahut.runtime.visitor_tokens import VisitorTokens

        return VisitorTokens(lambda: self.secrets.platform("visitor_signing_key"), self.clock)

    @cached_property
    def citation_links(self) -> CitationLinks:
        from sahut.runtime.citation_links import CitationLinks

        return CitationLinks(lambda: self.secrets.platform("visitor_signing_key"), self.clock)

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
