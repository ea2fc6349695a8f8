"""Circuits of models' endpoints: Powertools' circuit breaker, its state in the Once table.

A circuit belongs to a tenant's endpoint, because keys, quotas and self-hosted models do. It opens

- after as many failures in a row as one turn makes: the first attempt and its retries, two at least;
- at once when a customer waited for a whole time-out, so that the next one does not wait as well;
- at once when nothing can succeed until somebody acts: a wrong or missing key, an exhausted quota.

After RECOVERY_S one caller may try, everybody else is still sent on; one success closes it. A refusal of
one request (too long, filtered) shows an endpoint that works. The state is read once in CACHE_S and
environment, and written when it changes. Without the store every circuit counts as closed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, cast

from botocore.exceptions import BotoCoreError, ClientError

from sahut.adapters.dynamodb import keys
from sahut.domain.model_faults import (
    TIMED_OUT,
    UNUSABLE,
    CircuitOpen,
    EndpointFailed,
    EndpointRefused,
)
from sahut.domain.models import Candidate
from sahut.domain.tenant import TenantId

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig, CircuitTransition
    from aws_lambda_powertools.utilities.circuit_breaker.persistence import CircuitBreakerDynamoDBPersistence
    from mypy_boto3_dynamodb import DynamoDBClient

T = TypeVar("T")

RECOVERY_S = 30
CACHE_S = 5
_FEWEST_FAILURES = 2
_AT_ONCE = TIMED_OUT | UNUSABLE
_STORE_FAILED = "store_failed"

# (tenant, candidate's name, new state: open, half_open, closed, store_failed), for the log.
OnChange = Callable[[TenantId, str, str], None]


class Circuits:
    """client: of DynamoDB. table: with pk, sk and expires_at."""

    def __init__(self, client: Callable[[], DynamoDBClient], table: str, on_change: OnChange) -> None:
        self._client = client
        self._table = table
        self._on_change = on_change
        self._stores: dict[TenantId, CircuitBreakerDynamoDBPersistence] = {}

    def __call__(self, tenant: TenantId, candidate: Candidate, call: Callable[[], T]) -> T:
        """`call()`, unless the circuit of the candidate's endpoint is open.

        Raises:
            CircuitOpen: it is. Whatever `call` raises.
        """
        from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerOpenError, circuit_breaker

        store = self._store(tenant)
        name = f"{tenant}|{candidate.endpoint}"
        states: list[str] = []

        def note(change: CircuitTransition) -> None:
            states.append(change.to_state.value)
            self._on_change(tenant, candidate.name, change.to_state.value.lower())

        guarded = circuit_breaker(name, store, on_transition=note, config=_config(candidate))(_kept(call))
        try:
            result = guarded()
        except CircuitBreakerOpenError:
            raise CircuitOpen(f"{candidate.name}: circuit open") from None
        except (EndpointFailed, EndpointRefused) as error:
            if error.fault in _AT_ONCE and "OPEN" not in states:
                self._open(store, name, tenant, candidate)
            raise
        except (BotoCoreError, ClientError):  # of the store, while it elected who may try: nobody has called
            self._on_change(tenant, candidate.name, _STORE_FAILED)
            return call()
        if isinstance(result, EndpointRefused):
            raise result
        return cast("T", result)

    def _open(
        self, store: CircuitBreakerDynamoDBPersistence, name: str, tenant: TenantId, candidate: Candidate
    ) -> None:
        state = "open"
        try:
            store.save_open(name, failure_count=1, opened_at=int(time.time()))
        except (BotoCoreError, ClientError):
            state = _STORE_FAILED
        self._on_change(tenant, candidate.name, state)

    def _store(self, tenant: TenantId) -> CircuitBreakerDynamoDBPersistence:
        if tenant not in self._stores:
            from aws_lambda_powertools.utilities.circuit_breaker.persistence import (
                CircuitBreakerDynamoDBPersistence,
            )

            self._stores[tenant] = CircuitBreakerDynamoDBPersistence(
                self._table,
                key_attr="pk",
                static_pk_value=keys.circuits(tenant),
                sort_key_attr="sk",
                expiry_attr="expires_at",
                boto3_client=self._client(),
            )
        return self._stores[tenant]


def _config(candidate: Candidate) -> CircuitBreakerConfig:
    from aws_lambda_powertools.utilities.circuit_breaker import CircuitBreakerConfig

    return CircuitBreakerConfig(
        failure_threshold=max(_FEWEST_FAILURES, candidate.max_retries + 1),
        recovery_timeout=RECOVERY_S,
        success_threshold=1,
        handled_exceptions=(EndpointFailed, EndpointRefused),
        local_cache_max_age=CACHE_S,
    )


def _kept(call: Callable[[], T]) -> Callable[[], T | EndpointRefused]:
    """A refusal of this one request as a result: the breaker must take the endpoint for alive."""

    def keeping() -> T | EndpointRefused:
        try:
            return call()
        except EndpointRefused as error:
            if error.fault in UNUSABLE:
                raise
            return error

    return keeping
