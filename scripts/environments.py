"""Makes the two virtual environments from their locks, on a machine that has Python and nothing else.

.venv         tools, tests, the local cloud, and the package itself (editable)
.venv-lambda  what AWS's Python runtime provides and nothing more: functions run in it locally

Runs on the system's Python, so it imports the standard library only.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
STAMP = "sahut-lock.sha256"


@dataclass(frozen=True, slots=True)
class Environment:
    """editable: project folders that are installed in place, without their dependencies."""

    folder: Path
    lock: Path
    editable: tuple[Path, ...] = ()

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def digest(self) -> str:
        """Of all that decides the content: the lock, the editable projects' metadata, the Python."""
        parts = [self.lock.read_bytes(), sys.version.encode(), str(self.folder).encode()]
        parts += [(project / "pyproject.toml").read_bytes() for project in self.editable]
        return hashlib.sha256(b"\0".join(parts)).hexdigest()

    @property
    def ready(self) -> bool:
        stamp = self.folder / STAMP
        return stamp.exists() and stamp.read_text() == self.digest


def environments(root: Path = ROOT) -> tuple[Environment, ...]:
    return (
        Environment(root / ".venv", root / "locks/dev.txt", (root / "layers/core",)),
        Environment(root / ".venv-lambda", root / "locks/lambda-runtime.txt"),
    )


def install(environment: Environment) -> None:
    """Creates or updates one environment; the stamp is written last, so a broken run is repeated.

    Raises:
        subprocess.CalledProcessError: pip failed (its own words were printed).
    """
    name = environment.folder.name
    print(f"venv: installing {name} from {environment.lock.name} …", flush=True)
    if not environment.python.exists():
        venv.create(environment.folder, with_pip=True, symlinks=True)
    _pip(environment, "install", "--no-deps", "--require-hashes", "--requirement", str(environment.lock))
    for project in environment.editable:
        _pip(environment, "install", "--no-deps", "--no-build-isolation", "--editable", str(project))
    (environment.folder / STAMP).write_text(environment.digest)


def _pip(environment: Environment, *arguments: str) -> None:
    command = [str(environment.python), "-m", "pip", *arguments]
    subprocess.run([*command, "--quiet", "--disable-pip-version-check"], check=True)


@contextmanager
def _one_at_a_time(root: Path) -> Iterator[None]:
    """Two `make` in one tree don't install over each other: the second waits."""
    descriptor = os.open(root / ".venv.lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def main() -> int:
    if sys.version_info < OLDEST_PYTHON:
        oldest, mine = ".".join(map(str, OLDEST_PYTHON)), sys.version.split()[0]
        print(f"Sahut needs Python {oldest} or newer; this is {mine}. Try: make PYTHON=python{oldest} …")
        return 1
    with _one_at_a_time(ROOT):
        try:
            for environment in environments():
                if not environment.ready:
                    install(environment)
        except subprocess.CalledProcessError as error:
            print(
                f"venv: pip failed with exit code {error.returncode}; its message is above", file=sys.stderr
            )
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
