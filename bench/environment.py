"""Where the bench keeps its things, and how it makes the peer's virtual environment."""

import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".bench"
LATEST = WORK / "latest.json"
PEER_REQUIREMENTS = ROOT / "bench" / "peers" / "agno_requirements.txt"


def peer_python() -> Path:
    """The interpreter of the peer's own environment, made on first use (about 40 s).

    Raises:
        subprocess.CalledProcessError: pip could not install the pinned packages.
    """
    home = WORK / "agno-venv"
    python = home / "bin" / "python"
    stamp = home / "requirements.stamp"
    wanted = PEER_REQUIREMENTS.read_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print("making the peer's environment in .bench/agno-venv …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--requirement", str(PEER_REQUIREMENTS)], check=True)
    stamp.write_text(wanted)
    return python


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
