"""The HTTP API of costs: what models used, by day of UTC and by conversation."""

from collections.abc import Mapping
from datetime import date

from sahut.contracts.chat import Api
from sahut.domain.budget import usd
from sahut.domain.spending import Spending, Usage

LONGEST_DAYS = 366


class UsageView(Api):
    """usd: by the prices of your own registry, at the time. calls: also those that came to nothing."""

    usd: float
    tokens_in: int
    tokens_out: int
    calls: int


class AccountView(UsageView):
    """scenario: the kind of work. model: the candidate's name."""

    agent: str
    scenario: str
    model: str


class SpendingView(UsageView):
    """turns: those in which a model used tokens. by: the dearest first."""

    turns: int
    by: list[AccountView]


class DayView(SpendingView):
    day: date


class CostsView(Api):
    """days: of UTC, those on which something was spent, the earliest first. total: of all of them."""

    total: SpendingView
    days: list[DayView]


def spending_view(spending: Spending) -> SpendingView:
    return SpendingView.model_validate(_spending(spending))


def costs_view(days: Mapping[date, Spending]) -> CostsView:
    return CostsView(
        total=spending_view(sum(days.values(), Spending({}))),
        days=[DayView.model_validate({"day": day, **_spending(days[day])}) for day in sorted(days)],
    )


def _spending(spending: Spending) -> dict[str, object]:
    dearest = sorted(
        spending.by.items(), key=lambda each: (-each[1].nano_usd, each[0].scenario, each[0].model)
    )
    by = [
        {"agent": account.agent, "scenario": account.scenario, "model": account.model, **_usage(used)}
        for account, used in dearest
    ]
    return {**_usage(spending.total), "turns": spending.turns, "by": by}


def _usage(used: Usage) -> dict[str, object]:
    return {
        "usd": usd(used.nano_usd),
        "tokens_in": used.tokens_in,
        "tokens_out": used.tokens_out,
        "calls": used.calls,
    }
