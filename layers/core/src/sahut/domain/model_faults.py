"""What goes wrong with a model's endpoint: a closed set, because ledgers and circuits decide by it."""

from enum import StrEnum

from sahut.domain.errors import Refused, TryAgain
from sahut.domain.models import Spent


class Fault(StrEnum):
    """Those from NO_KEY on can't succeed by asking again."""

    UNREACHABLE = "unreachable"  # no connection, no such name, broken off
    CONNECT_TIMEOUT = "connect_timeout"
    FIRST_TOKEN_TIMEOUT = "first_token_timeout"
    TIMEOUT = "timeout"  # it began to answer, and did not end in time
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    UNREADABLE = "unreadable"  # truncated, too large, or no completion at all
    EMPTY = "empty"
    NO_KEY = "no_key"
    UNAUTHORISED = "unauthorised"
    NO_QUOTA = "no_quota"
    CONTENT_FILTER = "content_filter"
    CUT_OFF = "cut_off"  # by the limit of output tokens
    TOO_LONG = "too_long"  # more than the model's context
    BAD_REQUEST = "bad_request"


# The customer waited for as long as may be: the same endpoint is not asked again in this turn.
TIMED_OUT = frozenset({Fault.FIRST_TOKEN_TIMEOUT, Fault.TIMEOUT})
# No request of this tenant will succeed here until somebody does something about it.
UNUSABLE = frozenset({Fault.NO_KEY, Fault.UNAUTHORISED, Fault.NO_QUOTA})


class EndpointFailed(TryAgain):
    """spent: what was used all the same: the server's own figures, else estimated."""

    def __init__(self, name: str, fault: Fault, after_s: float = 0.0, spent: Spent | None = None) -> None:
        super().__init__(f"{name}: {fault.value}", after_s)
        self.fault = fault
        self.spent = spent or Spent()


class EndpointRefused(Refused):
    """spent: as for EndpointFailed."""

    def __init__(self, name: str, fault: Fault, spent: Spent | None = None) -> None:
        super().__init__(f"{name}: {fault.value}")
        self.fault = fault
        self.spent = spent or Spent()


class CircuitOpen(TryAgain):
    """The endpoint failed too often just now; it was not called."""
