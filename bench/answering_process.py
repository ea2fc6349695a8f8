"""A side of bench.answering: a process that does one call at a time, a line of JSON in, a line out."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from bench.environment import ROOT, WORK

Said = dict[str, Any]


class Side:
    """A process that does one call at a time: a line of JSON in, a line out."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._log = WORK / f"{name}.log"
        WORK.mkdir(exist_ok=True)
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def __call__(self, do: str, **given: object) -> Said:
        """Raises RuntimeError when the process has ended."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"do": do, **given}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            last = "\n".join(self._log.read_text(errors="replace").splitlines()[-5:])
            raise RuntimeError(f"{self.name} ended at {do}; see .bench/{self._log.name}:\n{last}")
        done: Said = json.loads(line)
        return done

    def stop(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
