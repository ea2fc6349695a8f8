"""AWS, as far as this machine goes: MiniStack of ours, or whatever AWS_ENDPOINT_URL names."""

import sys
from dataclasses import dataclass
from pathlib import Path

from sandbox import emulator
from sandbox.build import ROOT
from sandbox.processes import Child, ChildFailed, answers, free_port

START_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Cloud:
    """emulator: our own child, None when somebody else runs the endpoint.

    is_ministack: it needs the mechanical edits of the template.
    """

    endpoint_url: str
    emulator: Child | None
    is_ministack: bool = True

    def wait(self) -> None:
        if self.emulator:
            self.emulator.wait_for(self.endpoint_url + emulator.HEALTH_PATH, START_TIMEOUT_S)


def external(endpoint_url: str) -> Cloud:
    """Somebody else's: LocalStack, a MiniStack that runs already, …

    Raises:
        ChildFailed: nobody answers there.
    """
    if not answers(endpoint_url):
        raise ChildFailed(f"nobody answers at AWS_ENDPOINT_URL {endpoint_url}")
    return Cloud(endpoint_url.rstrip("/"), None, answers(endpoint_url.rstrip("/") + emulator.HEALTH_PATH))


def start_emulator(preferred_port: int, state: Path, auth: bool) -> Cloud:
    """Starts MiniStack on loopback. auth: it enforces IAM policies."""
    port = free_port(preferred_port)
    (state / "tmp").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "sandbox.emulator"]
    environment = emulator.environment(port, state, auth)
    child = Child("the emulator", command, environment, ROOT, state / "logs" / "emulator.log")
    return Cloud(f"http://127.0.0.1:{port}", child)
