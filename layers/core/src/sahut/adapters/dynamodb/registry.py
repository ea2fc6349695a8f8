"""Who is who: routes from channels and API keys to tenants, and their profiles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.model_items import models_from
from sahut.adapters.dynamodb.table import Tables
from sahut.adapters.dynamodb.wire import Value, float_of, list_of, map_of, text_of
from sahut.domain.agent import agent_of
from sahut.domain.errors import NotFound
from sahut.domain.message import Channel, ChannelBatch
from sahut.domain.models import Models
from sahut.domain.profile import Profile, reranker_of
from sahut.domain.scope import topics_of
from sahut.domain.tenant import TenantId

# Routes and profiles change by hand, seldom; a warm function may be this much behind.
CACHE_S = 30.0
# Most tenants have none, and every turn asks.
_MODELS = "MODELS"


@dataclass(frozen=True, slots=True)
class ApiKey:
    tenant: TenantId
    role: str
    name: str


class Registry:
    """Reads of the Registry table; what changes seldom is kept for CACHE_S."""

    def __init__(self, tables: Tables, table: str, clock: Callable[[], float]) -> None:
        self._tables = tables
        self._table = table
        self._clock = clock
        self._cache: dict[keys.Key, tuple[float, dict[str, Value] | None]] = {}

    def tenant_of(self, channel: Channel, channel_key: str) -> TenantId | None:
        item = self._cached(keys.channel_route(channel.value, channel_key))
        return TenantId(text_of(item, "tenant_id")) if item else None

    def tenant_of_batch(self, batch: ChannelBatch) -> TenantId | None:
        """By the number it came to; what names no number, by the business account."""
        if batch.channel_key:
            return self.tenant_of(batch.channel, batch.channel_key)
        item = self._cached(keys.account_route(batch.account_id)) if batch.account_id else None
        return TenantId(text_of(item, "tenant_id")) if item else None

    def api_key(self, key: str) -> ApiKey | None:
        item = self._cached(keys.api_key_route(sha256(key.encode(errors="replace")).hexdigest()))
        if not item:
            return None
        return ApiKey(
            TenantId(text_of(item, "tenant_id")), text_of(item, "role", "backend"), text_of(item, "name")
        )

    def profile(self, tenant: TenantId) -> Profile:
        item = self._cached(keys.profile(tenant))
        if item is None:
            raise NotFound(f"tenant {tenant}")
        return Profile(
            tenant=tenant,
            name=text_of(item, "name"),
            default_language=text_of(item, "default_language", "en"),
            languages=tuple(str(each) for each in list_of(item, "languages")) or ("en", "id"),
            allowed_origins=tuple(str(each) for each in list_of(item, "allowed_origins")),
            evidence_threshold=float_of(item, "evidence_threshold"),
            phone_number_ids=tuple(str(each) for each in list_of(item, "phone_number_ids")),
            reranker=reranker_of(map_of(item, "reranker")),
            agent=agent_of(map_of(item, "agent")),
            tokenise_pii=item.get("tokenise_pii") is True,
            own_topics=topics_of([str(each) for each in list_of(item, "own_topics")]),
        )

    def models(self, tenant: TenantId) -> Models:
        """The tenant's registry; for a scenario that it says nothing about, the installation's defaults."""
        defaults = models_from(self._cached(keys.default_models()) or {})
        chosen = models_from(self._cached(keys.models(tenant)) or {})
        return chosen.over(defaults)

    def _cached(self, key: keys.Key) -> dict[str, Value] | None:
        now = self._clock()
        known = self._cache.get(key)
        if known and now - known[0] < CACHE_S:
            return known[1]
        item = self._tables.get(self._table, key)
        if item is not None or key.sk == _MODELS:  # an unknown route may be registered the next second
            self._cache[key] = (now, item)
        return item
