"""A tenant's registry as today's spending leaves it, and the word when a share of the limit is reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from sahut.domain.budget import ladder, reached, usd
from sahut.domain.spending import models_on
from sahut.runtime.log_events import Event, log
from sahut.runtime.metrics import Metric, count

if TYPE_CHECKING:
    from collections.abc import Callable

    from sahut.domain.models import Models
    from sahut.domain.tenant import TenantId, TurnRef
    from sahut.ports.spending import SpendingBook

# A function's own spending is seen at once; what others spend meanwhile may overrun the limit by this long.
CACHE_S = 5.0
_METRICS = {50: Metric.DAILY_LIMIT_50, 80: Metric.DAILY_LIMIT_80, 100: Metric.DAILY_LIMIT_100}


@dataclass(slots=True)
class Fuse:
    """Asks the book only for tenants that have a limit."""

    models_of: Callable[[TenantId], Models]
    book: SpendingBook
    clock: Callable[[], float]
    _known: dict[TenantId, tuple[float, date, float]] = field(default_factory=dict)
    _told: dict[TenantId, tuple[date, int]] = field(default_factory=dict)

    def models(self, tenant: TenantId) -> Models:
        """What may be asked now. On Rung.PERSON, nobody."""
        models = self.models_of(tenant)
        if not models.daily_limit_usd:
            return models
        spent_usd = self._today(tenant, models.daily_limit_usd)
        return models_on(ladder(spent_usd, models.daily_limit_usd, models.when_spent), models)

    def booked(self, turn: TurnRef) -> None:
        """Looks anew what the day has cost, now that this turn's spending is on it."""
        tenant = turn.conversation.tenant
        self._known.pop(tenant, None)
        limit_usd = self.models_of(tenant).daily_limit_usd
        if limit_usd:
            self._today(tenant, limit_usd)

    def _today(self, tenant: TenantId, limit_usd: float) -> float:
        now = self.clock()
        day = datetime.fromtimestamp(now, UTC).date()
        known = self._known.get(tenant)
        if known and known[1] == day and now - known[0] < CACHE_S:
            return known[2]
        spent = self.book.days(tenant, day, day).get(day)
        spent_usd = usd(spent.total.nano_usd) if spent else 0.0
        self._known[tenant] = (now, day, spent_usd)
        self._tell(tenant, day, reached(spent_usd, limit_usd))
        return spent_usd

    def _tell(self, tenant: TenantId, day: date, percents: tuple[int, ...]) -> None:
        """Once a day for each share of the limit, whichever function sees it first."""
        told = self._told.get(tenant, (day, 0))
        known = told[1] if told[0] == day else 0
        for percent in percents:
            if percent > known and self.book.first_to_reach(tenant, day, percent, self.clock()):
                log(Event.DAILY_LIMIT_REACHED, tenant_id=str(tenant), percent=percent)
                count(_METRICS[percent])
            self._told[tenant] = (day, percent)
