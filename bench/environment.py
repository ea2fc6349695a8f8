"""Where the bench keeps its things, and how it makes the peer's virtual environment."""

import socket
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".bench"
LATEST = WORK / "latest.json"
PEER_REQUIREMENTS = ROOT / "bench" / "peers" / "agno_requirements.txt"
PEER_KNOWLEDGE_REQUIREMENTS = ROOT / "bench" / "peers" / "agno_knowledge_requirements.txt"
LITELLM_REQUIREMENTS = ROOT / "bench" / "peers" / "litellm_requirements.txt"


def peer_python() -> Path:
    """The interpreter of the peer's own environment, made on first use (about 40 s).

    Raises:
        subprocess.CalledProcessError: pip could not install the pinned packages.
    """
    return _environment(WORK / "agno-venv", PEER_REQUIREMENTS)


def peer_knowledge_python() -> Path:
    """The same with a vector database and the embedder, apart because it has 700 MB.

    Raises:
        subprocess.CalledProcessError: pip could not install the pinned packages.
    """
    return _environment(WORK / "agno-knowledge-venv", PEER_REQUIREMENTS, PEER_KNOWLEDGE_REQUIREMENTS)


def litellm_python() -> Path:
    """The same with LiteLLM, 300 MB.

    Raises:
        subprocess.CalledProcessError: pip could not install the pinned packages.
    """
    return _environment(WORK / "litellm-venv", LITELLM_REQUIREMENTS)


def _environment(home: Path, *requirements: Path) -> Path:
    """Its interpreter; made anew when what is pinned has changed."""
    python, stamp = home / "bin" / "python", home / "requirements.stamp"
    wanted = "\n".join(each.read_text() for each in requirements)
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    print(f"making the peer's environment in .bench/{home.name} …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    pinned = [word for each in requirements for word in ("--requirement", str(each))]
    subprocess.run([*pip, *pinned], check=True)
    stamp.write_text(wanted)
    return python


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
