"""Clients of AWS and the stores on them: the lower half of the composition root."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sahut.runtime.settings import Settings

if TYPE_CHECKING:
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
    from sahut.adapters.dynamodb.spending import SpendingStore
    from sahut.adapters.dynamodb.table import Tables
    from sahut.adapters.dynamodb.tool_registry import ToolRegistry
    from sahut.adapters.dynamodb.tool_uses import ToolUseStore
    from sahut.adapters.dynamodb.turns import TurnStore
    from sahut.adapters.s3.objects import Bucket


class Stores:
    """Part of Composition. Attributes are made at first use."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock: Callable[[], float] = time.time

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
    def tool_uses(self) -> ToolUseStore:
        from sahut.adapters.dynamodb.tool_uses import ToolUseStore

        return ToolUseStore(self.tables, self.settings.conversations_table)

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
    def tool_registry(self) -> ToolRegistry:
        from sahut.adapters.dynamodb.tool_registry import ToolRegistry

        return ToolRegistry(self.tables, self.settings.registry_table, self.settings.logs_table, self.clock)

    @cached_property
    def spending(self) -> SpendingStore:
        from sahut.adapters.dynamodb.spending import SpendingStore

        return SpendingStore(self.tables, self.settings.conversations_table, self.settings.logs_table)

    @cached_property
    def inbox(self) -> InboxStore:
        from sahut.adapters.dynamodb.inbox import InboxStore

        return InboxStore(self.tables, self.settings.conversations_table)

    @cached_property
    def sockets(self) -> SocketStore:
        from sahut.adapters.dynamodb.sockets import SocketStore

        return SocketStore(self.tables, self.settings.conversations_table, self.settings.once_table)

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
