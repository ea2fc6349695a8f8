"""How long one call may take: the candidate's time-out, and never all of what the turn has left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from sahut.adapters.llm.piecewise import HangUp, Piecewise
from sahut.domain.errors import TryAgain
from sahut.domain.model_faults import EndpointFailed, Fault
from sahut.domain.models import Candidate

T = TypeVar("T")

# Of the time left: the rest is for the next candidate (extractive takes milliseconds) and for sending.
_SHARE_OF_TIME_LEFT = 0.7
# Less than this is not worth a call: the fastest models need about 0.3 s.
_SHORTEST_S = 0.5


def budget_s(candidate: Candidate, deadline: float, now: float) -> float:
    """For one call, in seconds. deadline, now: seconds since the epoch.

    Raises:
        TryAgain: too little is left for any call.
    """
    whole_s = candidate.timeout_s
    budget_s = min(whole_s, _SHARE_OF_TIME_LEFT * (deadline - now))
    if budget_s < min(_SHORTEST_S, whole_s):
        raise TryAgain("no time left to ask a model")
    return budget_s


def within(seconds: float, name: str, call: Callable[[], T]) -> T:
    """`call()` in a thread of its own, for as long as that.

    Raises:
        EndpointFailed: it takes longer. Whatever it raises.
    """

    def once(_: HangUp) -> Iterator[T]:
        yield call()

    waiting = Piecewise(once)
    try:
        result = waiting.next(seconds)
    except TimeoutError:
        raise EndpointFailed(name, Fault.TIMEOUT) from None
    finally:
        waiting.abandon()
    assert result is not None
    return result
