"""How a test breaks the running sandbox: faults in functions, throttling, killed workers."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from sandbox import workers
from sandbox.denials import Denial, read_denials
from sandbox.endpoints import write_whole


class FaultOrder(TypedDict, total=False):
    """As lambda_runtime/faults.py explains them."""

    id: str
    function: str
    target: str
    when: str
    do: str
    times: int | None
    probability: float


@dataclass(frozen=True, slots=True)
class Controls:
    """state: the sandbox's folder. emulator_pid: 0 when we don't run the emulator."""

    state: Path
    emulator_pid: int

    @property
    def faults_file(self) -> Path:
        return self.state / "faults.json"

    @property
    def throttle_file(self) -> Path:
        return self.state / "throttle.json"

    def set_faults(self, faults: Sequence[FaultOrder], *, restart: bool = True) -> None:
        """Replaces all faults and forgets which fired.

        restart: kill the idle workers of the functions meant, so that plain functions are wrapped before
        anybody imported them by name.
        """
        self.clear_faults()
        write_whole(self.faults_file, json.dumps(list(faults)))
        if restart:
            for folder in {fault["function"] for fault in faults}:
                self.kill_workers("" if folder == "*" else folder)

    def clear_faults(self) -> None:
        self.faults_file.unlink(missing_ok=True)
        shutil.rmtree(self._fired_folder, ignore_errors=True)

    def fired(self, fault_id: str) -> int:
        """How often a fault has struck."""
        return len(list(self._fired_folder.glob(f"{fault_id}.*"))) if self._fired_folder.exists() else 0

    @property
    def _fired_folder(self) -> Path:
        return Path(f"{self.faults_file}.fired")

    def throttle(
        self,
        *,
        lambda_fraction: float = 0.0,
        functions: Sequence[str] | None = None,
        dynamodb_fraction: float = 0.0,
    ) -> None:
        """From now on these fractions of invocations and of DynamoDB writes are refused; 0 ends it.

        functions: folder names; all when None.
        """
        rule: dict[str, object] = {"fraction": lambda_fraction}
        if functions is not None:
            rule["functions"] = list(functions)
        rules = {"lambda": rule, "dynamodb": {"fraction": dynamodb_fraction}}
        write_whole(self.throttle_file, json.dumps(rules))

    def denials(self) -> list[Denial]:
        """What functions were refused for want of a right, oldest first (with Options.auth only)."""
        return read_denials(self.state / "denials.log")

    def kill_workers(self, folder: str = "") -> int:
        """kill -9 to every worker, or to those of one function; returns how many there were."""
        return workers.kill(self.emulator_pid, workers.logical_id_of(folder) if folder else "")
