"""Every event that Sahut logs: level, text and the fields that go with it. Dashboards use the names.

No field may hold what a customer wrote, an address of theirs or a secret.
"""

from __future__ import annotations

import logging
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

Field = str | int | float | bool

# Fields that may hold the text of an error, and how much of one is logged.
_ERROR_TEXTS = frozenset({"why", "error"})
_LONGEST_TEXT = 500


class Event(Enum):
    """(level, text, names of its fields)."""

    STAGE_DONE = (logging.INFO, "stage done", ("stage", "outcome", "took_ms"))
    STAGE_FAILED = (logging.ERROR, "stage failed", ("stage", "error", "stage_error", "where"))
    WEBHOOK_ACCEPTED = (
        logging.INFO,
        "webhook accepted",
        ("stored", "duplicates", "statuses", "unrouted", "refused", "queued", "retry", "took_ms"),
    )
    WEBHOOK_REFUSED = (logging.WARNING, "webhook refused", ("status", "why"))
    MEDIA_MISSING = (logging.WARNING, "media could not be fetched", ("conversation_id", "line", "why"))
    CHANNEL_ALERT = (logging.ERROR, "the channel needs the tenant's attention", ("tenant_id", "code"))
    ACCOUNT_NOTICE = (logging.WARNING, "the channel told something about the account", ("tenant_id", "field"))
    ATTEMPT_FAILED = (logging.WARNING, "dispatch attempt failed", ("error", "receive_count", "retry_in_s"))
    TYPING_NOT_SHOWN = (logging.INFO, "typing sign not shown", ("why",))
    PUSH_FAILED = (logging.WARNING, "a browser was not told at once, it reads later", ("why",))
    SOCKET_FAILED = (logging.ERROR, "a connection could not be served", ("error", "where"))
    SOCKET_REFUSED = (logging.INFO, "somebody may not connect", ("status",))
    LETTER_RECORDED = (logging.ERROR, "dead letter recorded", ("letter_id",))
    MODEL_FAILED = (logging.WARNING, "a model could not answer, the next one may", ("model", "error"))
    CIRCUIT_CHANGED = (logging.WARNING, "a model's circuit changed", ("tenant_id", "model", "state"))
    DAILY_LIMIT_REACHED = (
        logging.WARNING,
        "a tenant's models have used a share of their daily limit",
        ("tenant_id", "percent"),
    )
    RERANKER_FAILED = (logging.WARNING, "no reranker, the index's order stays", ("tenant_id", "why"))
    EMBEDDER_MISSING = (logging.WARNING, "no embedder, lexical search only", ("why",))
    REQUEST_FAILED = (logging.ERROR, "request failed", ("error",))
    QUEUE_ITEM_FAILED = (logging.ERROR, "queue item failed", ("error", "stage", "where"))


def place_of(error: BaseException) -> str:
    """File and line that raised: enough to find it, and no word of anybody's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else ""


@cache
def logger() -> Logger:
    """The Powertools logger, made at the first line."""
    from aws_lambda_powertools import Logger

    return Logger()


def log(event: Event, **fields: Field) -> None:
    """Writes one line.

    Raises:
        ValueError: a field that the event does not declare.
    """
    level, text, names = event.value
    unknown = set(fields) - set(names)
    if unknown:
        raise ValueError(f"{event.name} declares no field {sorted(unknown)}")
    told = {name: _without_personal_data(name, value) for name, value in fields.items()}
    write = {logging.INFO: logger().info, logging.WARNING: logger().warning}.get(level, logger().error)
    write(text, extra={"event": event.name, **told})


def _without_personal_data(name: str, value: Field) -> Field:
    """Error texts are ours and name nobody; should a library's quote what it was given, it stays out."""
    if name not in _ERROR_TEXTS or not isinstance(value, str):
        return value
    from sahut.domain.pii import redact

    return redact(value[:_LONGEST_TEXT])


def correlate(correlation_id: str) -> None:
    """Every later line of this invocation carries the id (message id until claimed, then turn id)."""
    logger().set_correlation_id(correlation_id)
