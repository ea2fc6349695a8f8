"""Metrics as embedded log lines (EMF). No tenant dimension: cost grows with dimensions, not use."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.metrics import Metrics


class Metric(Enum):
    """(name, unit) as the dashboard and the alarms in template.yaml use them."""

    ACKNOWLEDGED_MS = ("AcknowledgementMilliseconds", "Milliseconds")
    MESSAGES_STORED = ("MessagesStored", "Count")
    UNROUTED = ("UnroutedWebhooks", "Count")
    TURNS_ANSWERED = ("TurnsAnswered", "Count")
    TURNS_HANDED_OVER = ("TurnsHandedOver", "Count")
    ATTEMPTS_FAILED = ("DispatchAttemptsFailed", "Count")
    LETTERS_RECORDED = ("DeadLettersRecorded", "Count")
    LETTERS_OPEN = ("DeadLettersOpen", "Count")
    CHANNEL_ALERTS = ("ChannelAlerts", "Count")
    ACCOUNT_NOTICES = ("AccountNotices", "Count")
    DAILY_LIMIT_50 = ("DailyLimit50", "Count")
    DAILY_LIMIT_80 = ("DailyLimit80", "Count")
    DAILY_LIMIT_100 = ("DailyLimit100", "Count")


@cache
def _metrics() -> Metrics:
    from aws_lambda_powertools.metrics import Metrics

    return Metrics()


def count(metric: Metric, value: float = 1) -> None:
    name, unit = metric.value
    _metrics().add_metric(name=name, unit=unit, value=value)


# What a stage decided, and the count it adds to.
_OUTCOMES = {
    ("deliver", "answered"): Metric.TURNS_ANSWERED,
    ("hand_over", "handed_over"): Metric.TURNS_HANDED_OVER,
}


def count_outcome(stage: str, outcome: str) -> None:
    metric = _OUTCOMES.get((stage, outcome))
    if metric is not None:
        count(metric)


def flush() -> None:
    """Writes what was counted since the last flush; nothing when nothing was."""
    # Made by the first count: most states of a turn never count.
    if _metrics.cache_info().currsize and _metrics().metric_set:
        _metrics().flush_metrics()
