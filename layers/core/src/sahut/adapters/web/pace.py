"""When a host may be asked next, and when it has been asked often enough in vain. Sleeps; opens nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sahut.ports.web import FailureReason, NotInTime, PageFailed

# One request a second, unless the site asks for more distance; more than ten seconds are not granted:
# a list of 500 pages would take hours.
MIN_INTERVAL_S = 1.0
MAX_INTERVAL_S = 10.0
# A host that asks for patience (429, 503) without saying how much.
_PATIENCE_S = 30.0
_MAX_PATIENCE_S = 120.0
# After so many failures in a row the rest of the host's pages are left for the next refresh.
MAX_FAILURES = 3


@dataclass(slots=True)
class _Host:
    interval_s: float
    asked_at: float = float("-inf")
    patient_until: float = float("-inf")
    failures: int = 0
    why: FailureReason = FailureReason.UNREACHABLE


class Pace:
    """Of all hosts in one refresh. clock: seconds, only differences count.

    interval_s: between two requests to a host, at least.
    """

    def __init__(
        self,
        interval_s: float = MIN_INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval_s = interval_s
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    def wait(self, host: str, until: float) -> float:
        """Waits for the host's turn. Returns the seconds that are left of the time.

        Raises:
            NotInTime: its turn comes after `until`. PageFailed: it was asked in vain too often.
        """
        of = self._of(host)
        if of.failures >= MAX_FAILURES:
            raise PageFailed(of.why, "the server failed several times; its other pages wait for next time")
        now = self._clock()
        starts_at = max(now, of.asked_at + of.interval_s, of.patient_until)
        if starts_at >= until:
            raise NotInTime("the host's turn comes too late")
        if starts_at > now:
            self._sleep(starts_at - now)
        of.asked_at = starts_at
        return until - starts_at

    def keep_distance(self, host: str, seconds: float) -> None:
        """What a site's robots.txt asks for, within our limits."""
        self._of(host).interval_s = min(MAX_INTERVAL_S, max(self._interval_s, seconds))

    def succeeded(self, host: str) -> None:
        self._of(host).failures = 0

    def failed(self, host: str, why: FailureReason, patience_s: float | None = None) -> None:
        """patience_s: as the host asked for it, in seconds; None when it is only slow or gone."""
        of = self._of(host)
        of.failures += 1
        of.why = why
        if patience_s is not None:
            of.patient_until = self._clock() + min(_MAX_PATIENCE_S, patience_s or _PATIENCE_S)

    def _of(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host(self._interval_s))
