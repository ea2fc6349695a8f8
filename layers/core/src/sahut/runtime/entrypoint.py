"""Lambda's border: typed input in, closed set of errors out, one log line per call.

Refuses to know what a stage does. Modules are loaded when the function starts; clients, settings
and everything else are made at the first call.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, Self, TypeVar, get_type_hints

from pydantic import BaseModel, ValidationError

from sahut.runtime import metrics
from sahut.runtime.log_events import Event, correlate, log, place_of
from sahut.runtime.preload import preload
from sahut.runtime.stage_errors import Contract, DeadlinePassed, translate

Json = dict[str, Any]
LambdaHandler = Callable[[Json, object], Json]


class StateTask(Protocol):
    """A contract that a state machine sends. deadline: seconds since the epoch."""

    @property
    def correlation_id(self) -> str: ...

    @property
    def deadline(self) -> float: ...

    @classmethod
    def model_validate(cls, obj: object) -> Self: ...


_Task = TypeVar("_Task", bound="StateTask")
_Needs = TypeVar("_Needs")
_Result = TypeVar("_Result", bound=BaseModel)

# A hand-over must still work when the deadline is over: that is when it is needed.
_IGNORES_DEADLINE = ("hand_over",)

# Five receives at 1, 2, 4, 8 s: a fault of a quarter of a minute does not end in the dead letters.
_MAX_BACKOFF_S = 30


def stage_handler(stage: Callable[[_Task, _Needs], _Result]) -> LambdaHandler:
    """A Lambda handler for one state of the workflow.

    stage: (task contract, what it needs) to a result contract. What it needs is composed at the
    first call, by the stage's name.
    """
    preload(stage.__name__)

    def handler(event: Json, context: object) -> Json:
        started = time.perf_counter()
        task = _parsed(stage, event)
        correlate(task.correlation_id)
        try:
            with _until(task.deadline, bounded=stage.__name__ not in _IGNORES_DEADLINE):
                result = stage(task, _needs_of(stage))
            metrics.count_outcome(stage.__name__, _outcome(result))
        except Exception as error:  # noqa: BLE001 - the border: every error becomes one of the closed set
            stands_for = translate(_of_aws(error), task.correlation_id)
            log(
                Event.STAGE_FAILED,
                stage=stage.__name__,
                error=f"{type(error).__name__}",
                stage_error=type(stands_for).__name__,
                where=place_of(error),
            )
            raise stands_for from None
        finally:
            metrics.flush()
        took_ms = round((time.perf_counter() - started) * 1000, 1)
        log(Event.STAGE_DONE, stage=stage.__name__, outcome=_outcome(result), took_ms=took_ms)
        return result.model_dump(mode="json")

    return handler


def _outcome(result: BaseModel) -> str:
    """Results name their decision `outcome`, a hand-over its turn's `state`."""
    return str(getattr(result, "outcome", getattr(result, "state", "")))


def _needs_of(stage: Callable[[_Task, _Needs], _Result]) -> _Needs:
    from sahut.runtime.bootstrap import needs_of

    needs: _Needs = needs_of(stage.__name__)
    return needs


def _parsed(stage: Callable[[_Task, _Needs], _Result], event: Json) -> _Task:
    contract: type[_Task] = get_type_hints(stage)["task"]
    try:
        return contract.model_validate(event)
    except ValidationError as error:
        where = sorted({".".join(map(str, each["loc"])) for each in error.errors(include_input=False)})
        raise Contract(f"{contract.__name__}: {', '.join(where)}") from None


def _of_aws(error: Exception) -> BaseException:
    """botocore's own errors, should one get past its adapter."""
    from sahut.adapters.aws_errors import from_botocore

    return from_botocore(error)


@contextmanager
def _until(deadline: float, bounded: bool) -> Iterator[None]:
    """Interrupts the stage when the turn's deadline passes, whatever it is waiting for.

    Raises:
        DeadlinePassed: the deadline is over, or passed meanwhile.
    """
    left_s = deadline - time.time()
    if not bounded:
        yield
        return
    if left_s <= 0:
        raise DeadlinePassed("the deadline was over before the stage began")

    def interrupt(signum: int, frame: object) -> None:
        raise DeadlinePassed("the deadline passed")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, left_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def queue_handler(
    consume: Callable[[Any, Any], object], after: Callable[[], None] | None = None
) -> LambdaHandler:
    """A Lambda handler for a queue: each record by itself, failures reported one by one.

    consume: (job contract, or the body as str; what it needs). What it raises sends the record
    back to its queue, and there to the dead letters in the end. after: runs once a call, also
    for a schedule that sends no records.
    """
    preload(consume.__name__)

    def handler(event: Json, context: object) -> Json:
        failures = [
            {"itemIdentifier": record["messageId"]}
            for record in event.get("Records", ())
            if not _consumed(consume, record)
        ]
        if after is not None:
            after()
        metrics.flush()
        return {"batchItemFailures": failures}

    return handler


def _consumed(consume: Callable[[Any, Any], object], record: Json) -> bool:
    from sahut.runtime.bootstrap import needs_of

    try:
        consume(_job(consume, record["body"]), needs_of(consume.__name__))
    except Exception as error:  # noqa: BLE001 - the border: the record goes back to its queue
        where = place_of(error)
        log(Event.QUEUE_ITEM_FAILED, error=type(error).__name__, stage=consume.__name__, where=where)
        _come_back_soon(error, record)
        return False
    return True


def _job(consume: Callable[[Any, Any], object], body: str) -> BaseModel | str:
    contract = next(iter(get_type_hints(consume).values()))
    if contract is str:
        return body
    job: BaseModel = contract.model_validate_json(body)
    correlate(str(getattr(job, "correlation_id", "")))
    return job


def _come_back_soon(error: Exception, record: Json) -> None:
    """Shortens the visibility after a failure that was seen to its end, and after no other.

    Raises nothing: if it can't be shortened, the message comes back later.
    """
    from sahut.stages.dispatch import AttemptFailed

    if not isinstance(error, AttemptFailed):
        return
    from sahut.domain.errors import SahutError
    from sahut.runtime.bootstrap import composition

    count = int(record["attributes"]["ApproximateReceiveCount"])
    seconds = min(_MAX_BACKOFF_S, 2 ** (count - 1))
    log(Event.ATTEMPT_FAILED, error=str(error), receive_count=count, retry_in_s=seconds)
    metrics.count(metrics.Metric.ATTEMPTS_FAILED)
    try:
        composition().visibility.shorten(record["receiptHandle"], seconds)
    except SahutError as failure:
        log(
            Event.QUEUE_ITEM_FAILED,
            error=type(failure).__name__,
            stage="visibility",
            where=place_of(failure),
        )
