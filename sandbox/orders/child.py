"""The order service as a child process of the sandbox."""

import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox.build import ROOT
from sandbox.meta import clean_environment
from sandbox.processes import Child

START_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class OrdersSide:
    """The running child. key: what a caller must show."""

    child: Child
    url: str
    key: str

    def wait(self) -> None:
        self.child.wait_for(f"{self.url}/openapi.json", START_TIMEOUT_S)


def start(port: int, orders: Path, state: Path) -> OrdersSide:
    """Starts the child; `wait` tells when it answers."""
    key = secrets.token_hex(16)
    command = [sys.executable, "-m", "sandbox.orders", "--port", str(port), "--orders", str(orders)]
    environment = clean_environment() | {"ORDERS_KEY": key}
    child = Child("the order service", command, environment, ROOT, state / "logs" / "orders.log")
    return OrdersSide(child, f"http://127.0.0.1:{port}", key)
