"""The SAM command line as a child that dies with us. Run as `python -m sandbox.sam <arguments>`."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.lifeline import die_with_parent
from sandbox.processes import Child

ROOT = Path(__file__).resolve().parent.parent


class SamFailed(RuntimeError):
    """`sam` ended with an error; the message is what it said, without what went well."""


def sam(arguments: Sequence[str], cwd: Path, log: Path, extra: Mapping[str, str] | None = None) -> None:
    """Runs one command of sam to its end; its words go to `log`.

    Raises:
        SamFailed: see there.
    """
    command = [sys.executable, str(Path(__file__)), *arguments]  # by path: cwd is not always the root
    child = Child(f"sam {arguments[0]}", command, environment() | dict(extra or {}), cwd, log)
    if child.finish():
        raise SamFailed(f"{child.name} failed:\n{_essence(log.read_text(errors='replace'))}")


def environment() -> dict[str, str]:
    """Our Python first in PATH, no telemetry, and no look at the developer's own AWS settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SAM_"))}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.5",  # seconds between looks at a running deployment
        "AWS_DEFAULT_REGION": "us-east-1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(ROOT),
    }


def _essence(output: str) -> str:
    noise = ("CREATE_IN_PROGRESS", "CREATE_COMPLETE", "DELETE_", "+ Add", "----")
    return "\n".join(line for line in output.splitlines() if line.strip() and not line.startswith(noise))


def main() -> None:
    die_with_parent()
    from samcli.cli.main import cli  # noqa: PLC0415  slow to import, and only this process needs it

    cli(prog_name="sam")


if __name__ == "__main__":
    main()
