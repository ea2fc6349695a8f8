"""Writes the tenants into a freshly deployed stack: registry and secrets."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import boto3

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.model_items import models_item
from sahut.adapters.dynamodb.tool_registry import tool_item
from sahut.adapters.dynamodb.wire import Value, to_item
from sahut.domain.models import Candidate, Models, Provider, Scenario
from sahut.domain.tenant import TenantId
from sandbox.deploy import LOCAL_CONFIG
from sandbox.orders.child import OrdersSide
from sandbox.orders.tools import SECRET, tools
from sandbox.template_edits import Json
from sandbox.tenants import Model, PlatformSecrets, Tenant


@dataclass(frozen=True, slots=True)
class Seed:
    """All that is written. origin: where the sandbox serves the tenants' pretend sites.

    orders: the order service of those that have one; only models use it, so it is theirs with a model only.
    """

    tenants: tuple[Tenant, ...]
    platform: PlatformSecrets
    origin: str
    model: Model | None = None
    orders: OrdersSide | None = None


class Seeder:
    """outputs: of the stack."""

    def __init__(self, session: boto3.Session, endpoint_url: str, outputs: Mapping[str, str]) -> None:
        self._outputs = outputs
        self._dynamodb = session.client("dynamodb", endpoint_url=endpoint_url, config=LOCAL_CONFIG)
        self._ssm = session.client("ssm", endpoint_url=endpoint_url, config=LOCAL_CONFIG)

    def write(self, seed: Seed) -> None:
        self._platform_secrets(seed.platform)
        for tenant in seed.tenants:
            self._registry_items(tenant, seed)
            self._tenant_secrets(tenant, seed.model)
            if seed.model and seed.orders and tenant.orders.exists():
                self._order_tools(tenant, seed.orders)

    def _platform_secrets(self, platform: PlatformSecrets) -> None:
        self._secret("whatsapp/app_secret", platform.app_secret)
        self._secret("whatsapp/verify_token", platform.verify_token)
        self._secret("visitor_signing_key", platform.visitor_signing_key)

    def _tenant_secrets(self, tenant: Tenant, model: Model | None) -> None:
        self._secret(f"tenants/{tenant.tenant_id}/whatsapp/access_token", tenant.access_token)
        if model:
            self._secret(f"tenants/{tenant.tenant_id}/models/default", model.key)

    def _order_tools(self, tenant: Tenant, orders: OrdersSide) -> None:
        self._secret(f"tenants/{tenant.tenant_id}/{SECRET}", orders.key)
        for tool in tools(orders.url):
            self._put(keys.tool(TenantId(tenant.tenant_id), tool.name), tool_item(tool))

    def _secret(self, name: str, value: str) -> None:
        path = f"{self._outputs['SecretsPrefix']}/{name}"
        self._ssm.put_parameter(Name=path, Value=value, Type="SecureString", Overwrite=True)

    def _registry_items(self, tenant: Tenant, seed: Seed) -> None:
        route = {"tenant_id": tenant.tenant_id}
        hashed = hashlib.sha256(tenant.api_key.encode()).hexdigest()
        self._put(keys.channel_route("whatsapp", tenant.phone_number_id), route)
        self._put(keys.account_route(tenant.waba_id), route)
        self._put(keys.channel_route("webchat", tenant.webchat_key), route)
        self._put(keys.api_key_route(hashed), route | {"role": "admin", "name": "sandbox"})
        self._put(keys.profile(TenantId(tenant.tenant_id)), profile_item(tenant, seed.origin))
        if seed.model:
            self._put(keys.models(TenantId(tenant.tenant_id)), models_item(_models(seed.model)))

    def _put(self, key: keys.Key, item: Mapping[str, Value]) -> None:
        self._dynamodb.put_item(
            TableName=self._outputs["RegistryTable"], Item=to_item({**key.as_item(), **item})
        )


def profile_item(tenant: Tenant, origin: str) -> dict[str, Json]:
    """The tenant's profile as it lies in the registry."""
    return {
        "name": tenant.name,
        "default_language": tenant.default_language,
        "languages": _list(tenant.languages),
        "allowed_origins": _list((*tenant.allowed_origins, origin)),
        "phone_number_ids": [tenant.phone_number_id],
        "evidence_threshold": tenant.evidence_threshold,
    }


def _models(model: Model) -> Models:
    candidate = Candidate(
        Provider.COMPATIBLE,
        name=model.model,
        model=model.model,
        base_url=model.base_url,
        key="models/default",
        timeout_s=model.timeout_s,
    )
    return Models({Scenario.ANSWER: (candidate,)})


def _list(values: Iterable[str]) -> list[Json]:
    return list(values)
