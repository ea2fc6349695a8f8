"""Our side: the real template on the sandbox's emulator, with model and Graph API at the stubs."""

import json
import signal
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

from bench.counting_emulator import COUNTS
from bench.environment import WORK
from bench.figures import OURS
from bench.processes import command_line, family, send_signal
from bench.questions import QUESTIONS
from bench.side import Door, SideFailed
from sandbox import workers
from sandbox.processes import Child
from sandbox.stack import Options, Stack, running
from sandbox.tenants import Model

# The production times scaled down, in the same order, so that a crash is over within a minute.
_TIMES = {
    "HttpTimeoutSeconds": "5",
    "TurnDeadlineSeconds": "20",
    "MachineTimeoutSeconds": "24",
    "DispatchReadTimeoutSeconds": "27",
    "DispatchTimeoutSeconds": "30",
    "VisibilityTimeoutSeconds": "35",
    "SettleDelaySeconds": "10",
}
# Two cores serve no more at once; each conversation in work costs a process of every function.
_CONCURRENCY = "8"


class Sahut:
    """Emulator and function workers count as the product; the sandbox's pages do not (nobody asks them)."""

    name = OURS

    def __init__(self, counting: bool = False) -> None:
        """counting: the emulator counts its requests, see `request_counts`."""
        self._undo = ExitStack()
        self._stack: Stack | None = None
        self._counting = counting

    def start(self, stub_url: str) -> None:
        parameters = _TIMES | {
            "GraphApiUrl": f"{stub_url}/v23.0",
            "DispatchMaximumConcurrency": _CONCURRENCY,
        }
        model = Model(base_url=f"{stub_url}/v1", model="stub", key="bench")
        options = Options(parameters=parameters, state_dir=WORK / "sahut", model=model)
        with mock.patch("sandbox.cloud.Child", _counting_child if self._counting else Child):
            self._stack = self._undo.enter_context(running(options))

    def stop(self) -> None:
        send_signal(self.processes(), signal.SIGCONT)  # one that rests can't end by itself
        self._undo.close()
        self._stack = None

    @property
    def stack(self) -> Stack:
        """Raises SideFailed: it is not running."""
        if self._stack is None:
            raise SideFailed("Sahut's stack is not running")
        return self._stack

    @property
    def door(self) -> Door:
        whatsapp = self.stack.endpoints.whatsapp
        return Door(whatsapp.webhook_url, whatsapp.app_secret, tuple(QUESTIONS), answer_mark="[1]")

    @property
    def emulator_pid(self) -> int:
        return self.stack.controls.emulator_pid

    def processes(self) -> dict[int, str]:
        if self._stack is None:
            return {}
        return {pid: self._kind(pid) for pid in family(self.emulator_pid)}

    def crash(self) -> str:
        killed = workers.kill(self.emulator_pid)
        return f"all {killed} function workers killed with -9; the emulator lives on"

    def request_counts(self) -> dict[str, tuple[int, float]]:
        """Requests to the emulator since the last call: how many, and its processor seconds for them."""
        path = WORK / "sahut" / COUNTS
        path.unlink(missing_ok=True)
        send_signal([self.emulator_pid], signal.SIGUSR1)
        until = time.monotonic() + 5.0
        while not path.exists() and time.monotonic() < until:
            time.sleep(0.02)
        counts = json.loads(path.read_text())
        return {name: (int(number), float(seconds)) for name, (number, seconds) in counts.items()}

    def _kind(self, pid: int) -> str:
        """`emulator`, or the logical id at the end of a worker's command line."""
        if pid == self.emulator_pid:
            return "emulator"
        last = command_line(pid).rsplit(maxsplit=1)
        return last[-1] if last and last[-1].endswith("Function") else "emulator's children"


def _counting_child(name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path, log: Path) -> Child:
    words = ["bench.counting_emulator" if word == "sandbox.emulator" else word for word in command]
    return Child(name, words, env, cwd, log)
