"""One fresh run of a handler under AWS's Runtime Interface Emulator, which times INIT itself.

The emulator ships inside aws-sam-cli. It starts the runtime client when the first call arrives, so a
run is: start the emulator, post one event, read what its log says of INIT and of the call.
"""

import contextlib
import importlib.util
import platform
import re
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.environment import free_port
from bench.processes import family, send_signal

_INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)\)")
_CALL = re.compile(r"INVOKE RTDONE\(status: \w+, produced bytes: \d+, duration: ([0-9.]+)ms\)")
_INVOCATIONS = "/2015-03-31/functions/function/invocations"
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds. answer: what the handler returned."""

    init_ms: float
    first_call_ms: float
    answer: str


@dataclass(frozen=True, slots=True)
class Handler:
    """folder: has handler.py and is the working directory. path: PYTHONPATH, the folder included."""

    name: str
    folder: Path
    path: Sequence[Path]
    environment: Mapping[str, str]
    event: bytes


class StartFailed(RuntimeError):
    """The emulator did not answer, or its log lacks the times."""


def start_once(handler: Handler, python: Path) -> Start:
    """Raises StartFailed: see there."""
    port = free_port()
    address = ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    address += ["--runtime-api-address", f"127.0.0.1:{free_port()}"]
    command = [str(_emulator()), *address, str(python), "-m", "awslambdaric", "handler.handler"]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, cwd=handler.folder, env=_environment(handler), stdout=output, stderr=subprocess.STDOUT
        )
        try:
            answer = _post(port, handler.event)
        finally:
            # Asked to stop, the emulator takes 10 s to see that its runtime is gone.
            send_signal(family(process.pid), signal.SIGKILL)
            process.wait()
        output.seek(0)
        log = output.read().decode(errors="replace")
    init, call = _INIT.search(log), _CALL.search(log)
    if not init or not call:
        raise StartFailed(f"no times in the emulator's log of {handler.name}: {log[-2000:]}")
    return Start(float(init.group(1)), float(call.group(1)), answer)


def _environment(handler: Handler) -> dict[str, str]:
    """As on Lambda: the code's folder is read-only there, so no byte code is written."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "LAMBDA_TASK_ROOT": str(handler.folder),
        "PYTHONPATH": ":".join(str(folder) for folder in handler.path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_LAMBDA_FUNCTION_NAME": handler.name,
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(int(_TIMEOUT_S)),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        **handler.environment,
    }


def _emulator() -> Path:
    spec = importlib.util.find_spec("samcli")
    if spec is None or spec.origin is None:
        raise StartFailed("aws-sam-cli is not installed, and the emulator ships inside it")
    machine = "arm64" if platform.machine() in ("aarch64", "arm64") else "x86_64"
    return Path(spec.origin).parent / "local" / "rapid" / f"aws-lambda-rie-{machine}"


def _post(port: int, event: bytes) -> str:
    _wait_until_listening(port)
    url = f"http://127.0.0.1:{port}{_INVOCATIONS}"
    try:
        with urllib.request.urlopen(url, data=event, timeout=_TIMEOUT_S) as response:
            return str(response.read(65_536).decode(errors="replace"))
    except OSError as error:
        raise StartFailed(f"the emulator did not answer: {error}") from error


def _wait_until_listening(port: int) -> None:
    until = time.monotonic() + 10.0
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.01)
    raise StartFailed("the Runtime Interface Emulator did not start")
