"""The peer: Agno AgentOS 3.1.10 with its WhatsApp interface, one uvicorn process."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from bench.environment import WORK, free_port, peer_python
from bench.figures import PEER
from bench.processes import family
from bench.questions import QUESTIONS
from bench.side import Door, SideFailed

_SERVER = Path(__file__).parent / "peers" / "agno_server.py"
_APP_SECRET = "bench-agno-secret"
_START_TIMEOUT_S = 60.0


class Agno:
    """Set up as its documentation shows: see `agno_server.py`."""

    name = PEER

    def __init__(self) -> None:
        self._port = free_port()
        self._folder = WORK / "agno"
        self._process: subprocess.Popen[bytes] | None = None
        self._stub_url = ""

    def start(self, stub_url: str) -> None:
        self._stub_url = stub_url
        self._folder.mkdir(parents=True, exist_ok=True)
        for leftover in self._folder.glob("sessions.db*"):
            leftover.unlink()
        self._launch()

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    @property
    def door(self) -> Door:
        url = f"http://127.0.0.1:{self._port}/whatsapp/webhook"
        return Door(url, _APP_SECRET, tuple(QUESTIONS))

    def processes(self) -> dict[int, str]:
        root = self._process.pid if self._process else 0
        return dict.fromkeys(family(root), "server") if root else {}

    def crash(self) -> str:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._launch()
        return "server killed with -9 and started again on the same database"

    def _launch(self) -> None:
        command = [str(peer_python()), "-P", str(_SERVER), str(self._port), str(self._folder / "sessions.db")]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, self._stub_url],
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._wait_until_listening()

    def _wait_until_listening(self) -> None:
        assert self._process is not None
        until = time.monotonic() + _START_TIMEOUT_S
        while time.monotonic() < until and self._process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self._port), 1.0):
                return
            time.sleep(0.05)
        raise SideFailed(f"the peer did not start; see {self._folder.name}/server.log in .bench")


def _environment() -> dict[str, str]:
    """Only what it needs; nothing of Sahut's environment."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "WHATSAPP_ACCESS_TOKEN": "bench",
        "WHATSAPP_PHONE_NUMBER_ID": next(iter(QUESTIONS)),
        "WHATSAPP_VERIFY_TOKEN": "bench",
        "WHATSAPP_APP_SECRET": _APP_SECRET,
        "AGNO_TELEMETRY": "false",
    }
