"""What AWS's errors mean for us. Messages carry codes and operations, never request contents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as Unconnected

from sahut.domain.errors import Refused, TryAgain

_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "InternalError",
        "InternalFailure",
        "ServiceUnavailable",
        "ServiceException",
        "SlowDown",
        "RequestTimeout",
        "RequestTimeoutException",
    }
)
_THROTTLED = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "RequestThrottled",
        "TransactionInProgressException",
    }
)

# Somebody has to mend a role or a deployment; until then nothing is lost if it is tried again.
_MISCONFIGURED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "ExpiredTokenException",
        "ResourceNotFoundException",
        "UnrecognizedClientException",
    }
)


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def as_sahut_error(error: ClientError | BotoCoreError) -> TryAgain | Refused:
    """TryAgain for what may pass by itself, Refused for what can't."""
    if isinstance(error, ClientError):
        code, operation = code_of(error), error.operation_name
        if code in _TRANSIENT | _THROTTLED | _MISCONFIGURED or _is_server_fault(error):
            return TryAgain(f"{operation}: {code}")
        return Refused(f"{operation}: {code}")
    if isinstance(error, HTTPClientError | Unconnected):
        return TryAgain(f"AWS could not be reached: {type(error).__name__}")
    return Refused(f"AWS call not possible: {type(error).__name__}")


def _is_server_fault(error: ClientError) -> bool:
    return error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500


@contextmanager
def translated() -> Iterator[None]:
    """Raises TryAgain or Refused instead of botocore's errors."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise as_sahut_error(error) from error


def from_botocore(error: Exception) -> Exception:
    """botocore's own errors as ours, anything else unchanged."""
    return as_sahut_error(error) if isinstance(error, ClientError | BotoCoreError) else error
