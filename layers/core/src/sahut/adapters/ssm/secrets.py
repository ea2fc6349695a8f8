"""Secrets: fetched when first needed, kept for a while, never logged.

They lie in SSM, as SecureString parameters; in Secrets Manager, which costs more, those whose name says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypedDict

from botocore.exceptions import ClientError

from sahut.adapters.aws_errors import code_of, translated
from sahut.domain.errors import NotFound
from sahut.domain.tenant import TenantId

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

# A rotated secret is picked up within five minutes; a webhook burst costs one call.
CACHE_S = 300.0
_MANAGED = "secretsmanager:"


class SecretMissing(NotFound):
    """Nobody has set it. A fault of the installation, not of whoever asked for something."""


class SecretValue(TypedDict, total=False):
    """A part of Secrets Manager's answer; a binary secret has no SecretString."""

    SecretString: str


class SecretsManager(Protocol):
    def get_secret_value(self, *, SecretId: str) -> SecretValue: ...  # noqa: N803 - AWS's own name


class Secrets:
    """prefix: as in `/sahut/<stack>`, without a slash at the end. Clients are made when they are needed."""

    def __init__(
        self,
        client: Callable[[], SSMClient],
        manager: Callable[[], SecretsManager],
        prefix: str,
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._manager = manager
        self._prefix = prefix
        self._clock = clock
        self._cache: dict[tuple[str, str], tuple[float, str]] = {}

    def platform(self, name: str) -> str:
        """A secret of the whole installation, e.g. `whatsapp/app_secret`.

        Raises:
            SecretMissing: it has not been set; the name tells which.
        """
        return self._get(f"{self._prefix}/{name}", self._parameter)

    def of(self, tenant: TenantId, name: str) -> str:
        """A secret of one tenant, e.g. `whatsapp/access_token` or `secretsmanager:models/small`.

        Raises:
            SecretMissing: it has not been set, or what is there is no text.
        """
        managed = name.startswith(_MANAGED)
        path = f"{self._prefix}/tenants/{tenant}/{name.removeprefix(_MANAGED)}"
        return self._get(path, self._managed if managed else self._parameter)

    def _get(self, path: str, fetch: Callable[[str], str]) -> str:
        now, key = self._clock(), (fetch.__name__, path)
        known = self._cache.get(key)
        if known and now - known[0] < CACHE_S:
            return known[1]
        value = fetch(path)
        self._cache[key] = (now, value)
        return value

    def _managed(self, path: str) -> str:
        with translated():
            try:
                value = self._manager().get_secret_value(SecretId=path).get("SecretString", "")
            except ClientError as error:
                if code_of(error) == "ResourceNotFoundException":
                    raise SecretMissing(f"secret {path}") from error
                raise
        if not value:
            raise SecretMissing(f"secret {path}")
        return value

    def _parameter(self, path: str) -> str:
        with translated():
            try:
                found = self._client().get_parameter(Name=path, WithDecryption=True)
            except ClientError as error:
                if code_of(error) == "ParameterNotFound":
                    raise SecretMissing(f"secret {path}") from error
                raise
        return found["Parameter"].get("Value", "")
