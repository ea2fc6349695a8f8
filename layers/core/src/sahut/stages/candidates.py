"""One after the other until one does the work: what every scenario of the model registry has in common.

Knows neither prompts nor vendors. Every candidate that was passed over, failed or answered is an Attempt,
and all of them are in the turn's ledger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from sahut.domain.errors import Refused, TryAgain
from sahut.domain.models import Candidate, Provider

T = TypeVar("T")

# Less than this is not worth a call: the fastest models need about 0.3 s.
SHORTEST_S = 0.5
# Waiting before a retry: at most this, times two for each further one, times chance (full jitter).
RETRY_BASE_S = 0.25
LONGEST_RETRY_S = 2.0


class AttemptOutcome(StrEnum):
    """The OVER_… and OTHER_… ones, CIRCUIT_OPEN and NO_TIME were never called."""

    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    CIRCUIT_OPEN = "circuit_open"
    NO_TIME = "no_time"
    OTHER_LANGUAGE = "other_language"
    OVER_CONTEXT = "over_context"
    OVER_CEILING = "over_ceiling"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call used, whether or not it came to anything."""

    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """error: the name of an error class, never its words. calls: 0 for those that were passed over."""

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


class CircuitOpen(TryAgain):
    """The endpoint failed too often just now; it was not called."""


class Circuit(Protocol):
    def __call__(self, endpoint: str, call: Callable[[], T]) -> T:
        """`call()`, unless the endpoint's circuit is open.

        Raises:
            CircuitOpen: it is. Whatever `call` raises; TryAgain counts against the endpoint.
        """
        ...


class Notes(Protocol):
    def model_failed(self, model: str, error: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Trying:
    """chance: 0 to 1, for the jitter."""

    circuit: Circuit
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
    tally = Attempt(candidate.name, AttemptOutcome.FAILED)
    for retry in range(candidate.max_retries + 1):
        tally = replace(tally, calls=tally.calls + 1)
        try:
            result, spent = how.circuit(endpoint_of(candidate), lambda: work(candidate))
        except CircuitOpen as error:
            calls = tally.calls - 1
            tally = replace(
                tally, calls=calls, outcome=AttemptOutcome.CIRCUIT_OPEN, error=type(error).__name__
            )
            break
        except Refused as error:
            tally = _spend(
                replace(tally, outcome=AttemptOutcome.REFUSED, error=type(error).__name__), candidate, error
            )
            break
        except TryAgain as error:
            tally = _spend(replace(tally, error=type(error).__name__), candidate, error)
            if not _wait(retry, error.after_s, candidate, demand, how):
                break
        else:
            tally = _add(tally, candidate, spent)
            took = round(1000 * (how.clock() - started))
            return result, replace(tally, outcome=AttemptOutcome.DONE, error="", took_ms=took)
    return None, replace(tally, took_ms=round(1000 * (how.clock() - started)))


def endpoint_of(candidate: Candidate) -> str:
    """What is healthy or not as one: a model behind an address."""
    return f"{candidate.provider.value}|{candidate.base_url}|{candidate.model}"


def _wait(retry: int, after_s: float, candidate: Candidate, demand: Demand, how: Trying) -> bool:
    """Sleeps before the next attempt; False when there shall be none."""
    if retry >= candidate.max_retries:
        return False
    wait_s = max(after_s, how.chance() * min(LONGEST_RETRY_S, RETRY_BASE_S * 2**retry))
    if wait_s > LONGEST_RETRY_S or demand.deadline - how.clock() - wait_s < SHORTEST_S:
        return False
    how.sleep(wait_s)
    return True


def _spend(tally: Attempt, candidate: Candidate, error: Exception) -> Attempt:
    spent = getattr(error, "spent", None)
    return _add(tally, candidate, spent) if isinstance(spent, Spent) else tally


def _add(tally: Attempt, candidate: Candidate, spent: Spent) -> Attempt:
    return replace(
        tally,
        tokens_in=tally.tokens_in + spent.tokens_in,
        tokens_out=tally.tokens_out + spent.tokens_out,
        price_usd=tally.price_usd + candidate.price_usd(spent.tokens_in, spent.tokens_out),
    )
