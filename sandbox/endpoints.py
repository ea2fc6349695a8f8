"""`.sandbox/endpoints.json`: where a running sandbox is reached. A stable contract, see README.md here."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WhatsAppEndpoints:
    """What Meta knows of us: where to post, and the secrets of its app."""

    webhook_url: str
    app_secret: str
    verify_token: str


@dataclass(frozen=True, slots=True)
class GraphApiEndpoints:
    """What we know of Meta: where to send, and (in the sandbox only) what it accepted."""

    base_url: str
    outbox_url: str


@dataclass(frozen=True, slots=True)
class SeededTenant:
    """api_key: for X-Api-Key. webchat_key: public, goes into the tenant's web page."""

    tenant_id: str
    name: str
    api_key: str
    phone_number_id: str
    webchat_key: str


@dataclass(frozen=True, slots=True)
class Endpoints:
    """api_url: base of the REST API, stage included, no slash at the end."""

    api_url: str
    webchat_url: str
    phone_url: str
    aws_endpoint_url: str
    stack_name: str
    whatsapp: WhatsAppEndpoints
    graph_api: GraphApiEndpoints
    tenants: tuple[SeededTenant, ...]

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    def tenant(self, tenant_id: str) -> SeededTenant:
        return next(tenant for tenant in self.tenants if tenant.tenant_id == tenant_id)


def write_whole(path: Path, text: str) -> None:
    """Writes a file that others watch: they see the old one or the new one, never half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
