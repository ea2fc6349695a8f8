"""Children start visibly and none is left behind, however we end."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sandbox.processes import Child, ChildFailed, answers, free_port

ROOT = Path(__file__).resolve().parents[3]
# A child with a worker of its own, as the emulator has; both pids go to a file.
FAMILY = """
import os, subprocess, sys, time
from sandbox.lifeline import die_with_parent
die_with_parent()
worker = subprocess.Popen(["sleep", "600"])
open(sys.argv[1], "w").write(f"{os.getpid()} {worker.pid}")
time.sleep(600)
"""
LAUNCHER = """
import os, sys, time
from pathlib import Path
from sandbox.processes import Child
command = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
Child("family", command, os.environ, Path.cwd(), Path(sys.argv[2] + ".log"))
time.sleep(600)
"""


def start(tmp_path: Path, *command: str) -> Child:
    return Child("child", command, os.environ, ROOT, tmp_path / "child.log")


def pids_in(path: Path) -> list[int]:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if path.exists() and len(found := path.read_text().split()) == 2:
            return [int(pid) for pid in found]
        time.sleep(0.02)
    raise AssertionError("the family never started")


def all_gone(pids: list[int]) -> bool:
    """Dead, or dead and waiting for its new parent to notice."""
    states = [Path(f"/proc/{pid}/stat") for pid in pids]
    return all(not state.exists() or state.read_text().split()[2] == "Z" for state in states)


def wait_until_gone(pids: list[int]) -> None:
    until = time.monotonic() + 5
    while not all_gone(pids):
        assert time.monotonic() < until, f"still alive: {pids}"
        time.sleep(0.02)


def test_stop_ends_the_whole_family(tmp_path: Path) -> None:
    child = start(tmp_path, sys.executable, "-c", FAMILY, str(tmp_path / "pids"))
    pids = pids_in(tmp_path / "pids")
    child.stop()
    wait_until_gone(pids)
    child.stop()


def test_a_killed_launcher_takes_the_family_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LAUNCHER, FAMILY, str(tmp_path / "pids")]
    launcher = subprocess.Popen(command, cwd=ROOT)
    pids = pids_in(tmp_path / "pids")
    launcher.send_signal(signal.SIGKILL)
    launcher.wait()
    wait_until_gone(pids)


def test_a_child_that_ends_while_starting_is_reported_with_its_words(tmp_path: Path) -> None:
    child = start(tmp_path, sys.executable, "-c", "print('no such table'); raise SystemExit(3)")
    with pytest.raises(ChildFailed, match="no such table"):
        child.wait_for("http://127.0.0.1:9/", 10)
    child.stop()


def test_a_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    child = start(tmp_path, "sleep", "60")
    with pytest.raises(ChildFailed, match=r"did not answer within 0\.2 s"):
        child.wait_for("http://127.0.0.1:9/", 0.2)
    child.stop()


def test_a_taken_port_is_replaced() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert free_port(taken) != taken
    assert not answers(f"http://127.0.0.1:{taken}/")
