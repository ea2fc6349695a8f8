"""The closed set of errors that a state machine can see.

Step Functions matches `ErrorEquals` against the exact class name, never a base class, so the rich
errors of the domain are translated into these at the border. Messages carry ids and class names
only: they end up in execution histories.
"""

from sahut.domain import errors


class Transient(Exception):
    """May succeed if repeated; nothing was changed, or repeating does no harm."""


class Contract(Exception):
    """The input is not what this stage was promised."""


class TenantDenied(Exception):
    """Somebody reached for another tenant's things."""


class Permanent(Exception):
    """Will not succeed however often it is repeated."""


class Outdated(Exception):
    """A newer dispatch attempt owns the turn; this execution must end without a word."""


class DeadlinePassed(Exception):
    """The turn's deadline is over; a person takes it."""


ALL = (Transient, Contract, TenantDenied, Permanent, Outdated, DeadlinePassed)

_TRANSLATION: tuple[tuple[type[BaseException], type[Exception]], ...] = (
    (errors.Outdated, Outdated),
    (errors.TenantDenied, TenantDenied),
    (errors.TryAgain, Transient),
    (errors.Conflict, Transient),
    (errors.SahutError, Permanent),
)


def translate(error: BaseException, correlation_id: str) -> Exception:
    """The error of the closed set that stands for `error`; unknown ones are Permanent."""
    if isinstance(error, ALL):
        return error
    for known, stands_for in _TRANSLATION:
        if isinstance(error, known):
            return stands_for(f"{type(error).__name__} ({correlation_id})")
    return Permanent(f"{type(error).__name__} ({correlation_id})")
