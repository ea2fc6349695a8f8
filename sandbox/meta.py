"""Meta's side of the sandbox as a child process: fake Graph API, phone page, pretend sites."""

import json
import os
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.build import ROOT
from sandbox.graph_api.config import GraphConfig, PhoneNumber
from sandbox.processes import Child
from sandbox.tenants import PlatformSecrets, Tenant

# Graph API version in the base URL; the fake takes any, the product must not care.
GRAPH_VERSION = "v23.0"
START_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class MetaSide:
    """The running child. Its addresses are known before it is started: the template needs them."""

    child: Child
    port: int

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.origin}/{GRAPH_VERSION}"

    def wait(self) -> None:
        self.child.wait_for(f"{self.origin}/outbox", START_TIMEOUT_S)

    def configure(self, changes: Mapping[str, object]) -> None:
        """Tells it what is known only after the deployment (webhook URL, API URL, webchat keys)."""
        body = json.dumps(changes).encode()
        request = urllib.request.Request(f"{self.origin}/control/config", body, method="POST")
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10):
            pass


def start(port: int, tenants: tuple[Tenant, ...], platform: PlatformSecrets, state: Path) -> MetaSide:
    """Starts the child; `wait` tells when it answers."""
    numbers = {
        tenant.phone_number_id: PhoneNumber(
            access_token=tenant.access_token,
            display_number=tenant.display_number,
            tenant_id=tenant.tenant_id,
            name=tenant.name,
            language=tenant.default_language,
            waba_id=tenant.waba_id,
        )
        for tenant in tenants
    }
    config = state / "graph-api.json"
    config.write_text(GraphConfig(app_secret=platform.app_secret, phone_numbers=numbers).model_dump_json())
    command = [sys.executable, "-m", "sandbox.web", "--config", str(config), "--port", str(port)]
    return MetaSide(
        Child("Meta's side", command, clean_environment(), ROOT, state / "logs" / "meta.log"), port
    )


def clean_environment() -> dict[str, str]:
    """Little more than PATH: a proxy or an AWS profile of the developer must not change what happens."""
    return {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
