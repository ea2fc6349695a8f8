"""Our side: the real template on the sandbox's emulator, with model and Graph API at the stubs."""

from contextlib import ExitStack

from bench.environment import WORK
from bench.figures import OURS
from bench.processes import command_line, family
from bench.questions import QUESTIONS
from bench.side import Door, SideFailed
from sandbox import workers
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

    def __init__(self) -> None:
        self._undo = ExitStack()
        self._stack: Stack | None = None

    def start(self, stub_url: str) -> None:
        parameters = _TIMES | {
            "GraphApiUrl": f"{stub_url}/v23.0",
            "DispatchMaximumConcurrency": _CONCURRENCY,
        }
        model = Model(base_url=f"{stub_url}/v1", model="stub", key="bench")
        options = Options(parameters=parameters, state_dir=WORK / "sahut", model=model)
        self._stack = self._undo.enter_context(running(options))

    def stop(self) -> None:
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
        return Door(whatsapp.webhook_url, whatsapp.app_secret, tuple(QUESTIONS))

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

    def _kind(self, pid: int) -> str:
        """`emulator`, or the logical id at the end of a worker's command line."""
        if pid == self.emulator_pid:
            return "emulator"
        last = command_line(pid).rsplit(maxsplit=1)
        return last[-1] if last and last[-1].endswith("Function") else "emulator's children"
