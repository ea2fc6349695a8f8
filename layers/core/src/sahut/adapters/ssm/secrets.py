"""Secrets from SSM SecureString parameters: fetched when first needed, kept for a while, never logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from sahut.adapters.aws_errors import code_of, translated
from sahut.domain.errors import NotFound
from sahut.domain.tenant import TenantId

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

# A rotated secret is picked up within five minutes; a webhook burst costs one call.
CACHE_S = 300.0


class SecretMissing(NotFound):
    """Nobody has set it. A fault of the installation, not of whoever asked for something."""


class Secrets:
    """prefix: as in `/sahut/<stack>`, without a slash at the end."""

    def __init__(self, client: Callable[[], SSMClient], prefix: str, clock: Callable[[], float]) -> None:
        self._client = client
        self._prefix = prefix
        self._clock = clock
        self._cache: dict[str, tuple[float, str]] = {}

    def platform(self, name: str) -> str:
        """A secret of the whole installation, e.g. `whatsapp/app_secret`.

        Raises:
            SecretMissing: it has not been set; the name tells which.
        """
        return self._get(f"{self._prefix}/{name}")

    def of(self, tenant: TenantId, name: str) -> str:
        """A secret of one tenant, e.g. `whatsapp/access_token`.

        Raises:
            SecretMissing: it has not been set.
        """
        return self._get(f"{self._prefix}/tenants/{tenant}/{name}")

    def _get(self, path: str) -> str:
        now = self._clock()
        known = self._cache.get(path)
        if known and now - known[0] < CACHE_S:
            return known[1]
        with translated():
            try:
                found = self._client().get_parameter(Name=path, WithDecryption=True)
            except ClientError as error:
                if code_of(error) == "ParameterNotFound":
                    raise SecretMissing(f"secret {path}") from error
                raise
        value = found["Parameter"].get("Value", "")
        self._cache[path] = (now, value)
        return value
