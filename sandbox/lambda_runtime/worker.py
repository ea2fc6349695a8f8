"""The process in which one local function runs: AWS's own runtime client, and faults when a test asks.

    python -P worker.py <faults file> <logical id of the function>

Runs in .venv-lambda with an empty environment; it imports nothing of the sandbox but faults.py.
"""

import importlib
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

# How soon a worker notices that the emulator is gone.
WATCH_S = 0.5


def die_with_emulator() -> None:
    """Ends this process when its parent does (the emulator was killed, so nobody will stop us)."""
    emulator = os.getppid()

    def watch() -> None:
        while os.getppid() == emulator:
            time.sleep(WATCH_S)
        os._exit(1)

    threading.Thread(target=watch, name="watch-emulator", daemon=True).start()


def own_tmp(logical_id: str) -> None:
    """AWS gives each execution environment a /tmp of its own, empty at first."""
    os.environ["TMPDIR"] = tempfile.mkdtemp(prefix=f"{logical_id}-")
    tempfile.tempdir = os.environ["TMPDIR"]


def main() -> None:
    _, faults_file, logical_id = sys.argv
    die_with_emulator()
    own_tmp(logical_id)
    sys.path.append(str(Path(__file__).parent))
    # by its own name: the package `sandbox` must stay out of functions
    faults = importlib.import_module("faults")
    sys.path.pop()
    faults.install(Path(faults_file), logical_id)

    from awslambdaric.__main__ import main as serve  # noqa: PLC0415

    serve(["awslambdaric", os.environ["_HANDLER"]])


if __name__ == "__main__":
    main()
