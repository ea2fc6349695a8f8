"""Child processes that start visibly, log to a file, and leave nothing behind.

Each child leads its own process group: the terminal's Ctrl-C reaches only us, and a stop reaches the
child's workers too. The pipe on its standard input ends with us (see lifeline.py).
"""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

# MiniStack ends within 0.5 s of SIGTERM; what takes longer is stuck.
STOP_GRACE_S = 3.0
POLL_S = 0.05


class ChildFailed(RuntimeError):
    """A child ended, or never answered. The message names its log and quotes the end of it."""


class Child:
    """A running child process and its log."""

    def __init__(
        self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path
    ) -> None:
        self.name = name
        self.log = log
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def wait_for(self, url: str, timeout_s: float) -> None:
        """Returns when `url` answers below 500.

        Raises:
            ChildFailed: the child ended before, or `timeout_s` passed.
        """
        until = time.monotonic() + timeout_s
        while time.monotonic() < until:
            if self.ended:
                raise ChildFailed(f"{self.name} ended while starting; see {self.log}:\n{self.last_lines()}")
            if answers(url):
                return
            time.sleep(POLL_S)
        raise ChildFailed(f"{self.name} did not answer within {timeout_s:g} s; see {self.log}")

    def last_lines(self, count: int = 15) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def finish(self) -> int:
        """Waits until the child ends by itself and returns its exit code; interrupted, it ends the child."""
        try:
            return self._process.wait()
        finally:
            self.stop()

    def stop(self) -> None:
        """Ends the child and all of its group; safe to call twice."""
        _signal_group(self.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_GRACE_S)
        _signal_group(self.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin:
            self._process.stdin.close()


def _signal_group(leader: int, number: signal.Signals) -> None:
    """A group lives on while it has a member, also after its leader was reaped."""
    with suppress(ProcessLookupError, PermissionError):  # the group is empty
        os.killpg(leader, number)


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def free_port(preferred: int = 0) -> int:
    """`preferred` when nobody listens there, else one that the system picks (loopback only)."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ChildFailed("no free port on the loopback interface")
