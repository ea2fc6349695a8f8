"""AWS, as far as this machine goes: MiniStack of ours, or whatever AWS_ENDPOINT_URL names."""

import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox import emulator
from sandbox.build import ROOT
from sandbox.processes import Child, free_port

START_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """emulator: our own child, None when somebody else runs the endpoint."""

    endpoint_url: str
    emulator: Child | None

    def wait(self) -> None:
        if self.emulator:
            self.emulator.wait_for(self.endpoint_url + emulator.HEALTH_PATH, START_TIMEOUT_S)


def start_emulator(preferred_port: int, state: Path, auth: bool) -> Cloud:
    """Starts MiniStack on loopback. auth: it enforces IAM policies."""
    port = free_port(preferred_port)
    (state / "tmp").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sandbox.emulator"]
    environment = emulator.environment(port, state, auth)
    child = Child("the emulator", command, environment, ROOT, state / "logs" / "emulator.log")
    return Cloud(f"http://127.0.0.1:{port}", child)
