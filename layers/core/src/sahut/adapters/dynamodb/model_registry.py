"""A tenant's registry of models as people change it: read as it is now, written once, with an audit entry."""

from __future__ import annotations

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.model_items import models_from, models_item
from sahut.adapters.dynamodb.table import ConditionFailed, Tables, Write
from sahut.adapters.dynamodb.wire import Value, int_of
from sahut.domain.errors import Conflict
from sahut.domain.models import Models
from sahut.domain.tenant import TenantId


class ModelRegistry:
    """Warm functions, which read by `Registry`, follow within its CACHE_S."""

    def __init__(self, tables: Tables, registry: str, logs: str) -> None:
        self._tables = tables
        self._registry = registry
        self._logs = logs

    def read(self, tenant: TenantId) -> tuple[Models, int, Models]:
        """(the tenant's own, its revision, the defaults). Revision 0: never put by `put`."""
        own = self._tables.get(self._registry, keys.models(tenant)) or {}
        defaults = self._tables.get(self._registry, keys.default_models()) or {}
        return models_from(own), int_of(own, "revision"), models_from(defaults)

    def put(self, tenant: TenantId, models: Models, seen: int, by: str, now: float) -> None:
        """Replaces what was read with revision `seen`, and tells the audit what it was and what it is.

        Raises:
            Conflict: somebody else changed it since.
        """
        was, _, _ = self.read(tenant)  # is of revision `seen`, or the condition fails
        stored = Write(
            self._registry,
            keys.models(tenant),
            put=models_item(models) | {"revision": seen + 1},
            condition="revision = :seen" if seen else "attribute_not_exists(revision)",
            values={":seen": seen} if seen else {},
        )
        event: dict[str, Value] = {
            "event": "models.changed",
            "by": by,
            "at": now,
            "revision": seen + 1,
            "was": models_item(was),
            "became": models_item(models),
        }
        told = Write(self._logs, keys.audit(tenant, int(now * 1000), f"models.{seen + 1}"), put=event)
        try:
            self._tables.write(stored, told)
        except ConditionFailed as error:
            raise Conflict("the registry of models was changed meanwhile") from error
