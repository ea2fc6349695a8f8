"""A real small model on a real OpenAI-compatible server: llama.cpp and SmolLM2, both out of wheels.

For wiring, streaming, time-outs and usage; never for what it says (135 million parameters).
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sandbox.processes import Child, ChildFailed, free_port

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".sandbox" / "cache" / "llama-venv"
REQUIREMENTS = Path(__file__).with_name("requirements.txt")
INSTALL_WITHIN_S = 300
READY_WITHIN_S = 60


class NoModel(Exception):
    """There is none to be had here; the text says why, in one line."""


@contextmanager
def running() -> Iterator[str]:
    """The base URL (…/v1) of a server with one model, of any name, as long as the block lasts.

    Raises:
        NoModel: it can't be installed or does not start.
    """
    python = _python()
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="sahut-llama-") as folder:
        command = [str(python), str(Path(__file__).with_name("serve.py")), str(port)]
        child = Child("llama", command, os.environ, ROOT, Path(folder) / "llama.log")
        try:
            child.wait_for(f"http://127.0.0.1:{port}/health", READY_WITHIN_S)
            yield f"http://127.0.0.1:{port}/v1"
        except ChildFailed:
            raise NoModel(f"the server does not start: {child.last_lines(1)[:200]}") from None
        finally:
            child.stop()


def _python() -> Path:
    """The interpreter of an environment that is made on first use (about 20 s, 150 MB from the registry)."""
    python, stamp = HOME / "bin" / "python", HOME / "requirements.stamp"
    wanted = REQUIREMENTS.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    _run([sys.executable, "-m", "venv", "--clear", str(HOME)])
    _run([*pip, "--only-binary", ":all:", "--requirement", str(REQUIREMENTS)])
    stamp.write_text(wanted)
    return python


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=INSTALL_WITHIN_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoModel(f"{command[2]} failed: {type(error).__name__}") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word why"])[-1]
        raise NoModel(f"{command[2]} failed: {last[:200]}")
