"""One after the other until one does the work: what every scenario of the model registry has in common.

Knows neither prompts nor vendors. Every candidate that was passed over, failed or answered is an Attempt,
and all of them are in the turn's ledger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from sahut.domain.errors import Refused, TryAgain, WorkStopped
from sahut.domain.model_faults import TIMED_OUT, CircuitOpen, EndpointFailed, EndpointRefused
from sahut.domain.models import Candidate, Provider
from sahut.domain.models import Spent as Spent  # part of what `Work` returns

T = TypeVar("T")

# Less than this is not worth a call: the fastest models need about 0.3 s.
SHORTEST_S = 0.5
# Waiting before a retry: at most this, times two for each further one, times chance (full jitter).
RETRY_BASE_S = 0.25
LONGEST_RETRY_S = 2.0


class AttemptOutcome(StrEnum):
    """The OVER_… and OTHER_… ones, CIRCUIT_OPEN and NO_TIME were never called.

    STOPPED: half way, on purpose; nobody else begins it anew.
    """

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    CIRCUIT_OPEN = "circuit_open"
    NO_TIME = "no_time"
    OTHER_LANGUAGE = "other_language"
    OVER_CONTEXT = "over_context"
    OVER_CEILING = "over_ceiling"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Attempt:
    """error: a domain.model_faults.Fault, or the name of an error class; never words.

    calls: 0 for those that were passed over.
    """

    candidate: str
    outcome: AttemptOutcome
    error: str = ""
    calls: int = 0
    took_ms: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    price_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Demand:
    """What the work needs. tokens_in: estimated. deadline: seconds since the epoch, over all candidates."""

    deadline: float
    language: str = ""
    tokens_in: int = 0
    ceiling_usd: float = 0.0


class Notes(Protocol):
    def model_failed(self, model: str, error: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Trying:
    """chance: 0 to 1, for the jitter."""

    notes: Notes
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Tried(Generic[T]):
    """result None: nobody could. attempts: in order, the one that did it last."""

    result: T | None
    candidate: Candidate | None
    attempts: tuple[Attempt, ...] = field(default=())


# The work itself: one call of one candidate, and what it used.
Work = Callable[[Candidate], tuple[T, Spent]]


def try_in_order(candidates: Sequence[Candidate], demand: Demand, work: Work[T], how: Trying) -> Tried[T]:
    """The first candidate that does the work; what one raises as TryAgain or Refused passes to the next."""
    attempts: list[Attempt] = []
    for candidate in candidates:
        passed_over = _passed_over(candidate, demand, how.clock())
        if passed_over is not None:
            attempts.append(Attempt(candidate.name, passed_over))
            continue
        result, attempt = _try(candidate, demand, work, how)
        attempts.append(attempt)
        if result is not None:
            return Tried(result, candidate, tuple(attempts))
        if attempt.outcome is AttemptOutcome.STOPPED:
            break
        how.notes.model_failed(candidate.name, attempt.error)
    return Tried(None, None, tuple(attempts))


def _passed_over(candidate: Candidate, demand: Demand, now: float) -> AttemptOutcome | None:
    if candidate.provider is Provider.EXTRACTIVE:
        return None
    if candidate.languages and demand.language and demand.language not in candidate.languages:
        return AttemptOutcome.OTHER_LANGUAGE
    if demand.tokens_in + candidate.max_output_tokens > candidate.context_tokens:
        return AttemptOutcome.OVER_CONTEXT
    dearest = candidate.price_usd(demand.tokens_in, candidate.max_output_tokens)
    if demand.ceiling_usd and dearest > demand.ceiling_usd:
        return AttemptOutcome.OVER_CEILING
    return AttemptOutcome.NO_TIME if demand.deadline - now < SHORTEST_S else None


def _try(candidate: Candidate, demand: Demand, work: Work[T], how: Trying) -> tuple[T | None, Attempt]:
    started = how.clock()
    # A further attempt may take the whole time-out again: after half of it there is none.
    until = min(demand.deadline - SHORTEST_S, started + candidate.timeout_s / 2)
    tally = Attempt(candidate.name, AttemptOutcome.FAILED)
    for retry in range(candidate.max_retries + 1):
        try:
            result, spent = work(candidate)
        except CircuitOpen:
            tally = replace(tally, outcome=AttemptOutcome.CIRCUIT_OPEN, error=CircuitOpen.__name__)
            break
        except WorkStopped as error:
            tally = _failed(replace(tally, outcome=AttemptOutcome.STOPPED), candidate, error)
            break
        except Refused as error:
            tally = _failed(replace(tally, outcome=AttemptOutcome.REFUSED), candidate, error)
            break
        except TryAgain as error:
            tally = _failed(tally, candidate, error)
            if not (_worth_repeating(error, retry, candidate) and _wait(retry, error, until, how)):
                break
        else:
            tally = _add(replace(tally, calls=tally.calls + 1), candidate, spent)
            took_ms = round(1000 * (how.clock() - started))
            return result, replace(tally, outcome=AttemptOutcome.DONE, error="", took_ms=took_ms)
    return None, replace(tally, took_ms=round(1000 * (how.clock() - started)))


def _worth_repeating(error: TryAgain, retry: int, candidate: Candidate) -> bool:
    """An endpoint that used up its time once is not given the customer's a second time."""
    timed_out = isinstance(error, EndpointFailed) and error.fault in TIMED_OUT
    return retry < candidate.max_retries and not timed_out


def _wait(retry: int, error: TryAgain, until: float, how: Trying) -> bool:
    """Sleeps before the next attempt; False when it could not begin in time."""
    # On top of what the server asks for: all whom it sent away at once shall not come back at once.
    wait_s = error.after_s + how.chance() * min(LONGEST_RETRY_S, RETRY_BASE_S * 2**retry)
    if wait_s > LONGEST_RETRY_S or how.clock() + wait_s > until:
        return False
    how.sleep(wait_s)
    return True


def _failed(tally: Attempt, candidate: Candidate, error: Refused | TryAgain | WorkStopped) -> Attempt:
    fault = error.fault.value if isinstance(error, EndpointFailed | EndpointRefused) else ""
    spent = getattr(error, "spent", None)  # a stage's own errors may have it too
    tally = replace(tally, error=fault or type(error).__name__, calls=tally.calls + 1)
    return _add(tally, candidate, spent) if isinstance(spent, Spent) else tally


def _add(tally: Attempt, candidate: Candidate, spent: Spent) -> Attempt:
    return replace(
        tally,
        tokens_in=tally.tokens_in + spent.tokens_in,
        tokens_out=tally.tokens_out + spent.tokens_out,
        price_usd=tally.price_usd + candidate.price_usd(spent.tokens_in, spent.tokens_out),
    )
