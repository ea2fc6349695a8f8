"""`make run` as a newcomer meets it: it answers, says where, listens to this machine only, ends cleanly."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.processes import answers
from tests.conftest import eventually

ROOT = Path(__file__).resolve().parents[2]
LISTENING = "0A"  # TCP state in /proc/net/tcp
LOOPBACK = "0100007F"
needs_proc = pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="looks into /proc (Linux)")


class Run:
    """`python -m sandbox <command>` with a state folder of its own."""

    def __init__(self, command: str, state: Path) -> None:
        self.state = state
        self.output = state / "output.txt"
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        state.mkdir(exist_ok=True)
        with self.output.open("w") as output:
            arguments = [sys.executable, "-m", "sandbox", command, "--state", str(state)]
            self.process = subprocess.Popen(
                arguments, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT
            )

    def says(self, words: str) -> bool:
        assert self.process.poll() is None, self.output.read_text()
        return words in self.output.read_text()

    def processes(self) -> list[int]:
        """Everything that runs for this state folder, workers included."""
        return [
            int(folder.name)
            for folder in Path("/proc").glob("[0-9]*")
            if str(self.state) in of_process(folder, "cmdline") + of_process(folder, "environ")
        ]

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


def of_process(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_bytes().decode(errors="replace")
    except OSError:  # it ended, or it is another user's
        return ""


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    started = Run("run", tmp_path / "state")
    yield started
    started.process.kill()
    started.process.wait()


@needs_proc
def test_it_answers_and_ctrl_c_leaves_nothing(run: Run) -> None:
    eventually(lambda: run.says("Ctrl-C stops everything"), within_s=120)
    told = run.output.read_text()
    assert "question  Berapa lama" in told
    assert "citation  [1]" in told
    endpoints = json.loads((run.state / "endpoints.json").read_text())
    for url in (endpoints["phone_url"], endpoints["webchat_url"], f"{endpoints['api_url']}/docs"):
        with urllib.request.urlopen(url, timeout=30) as response:
            assert response.status == 200, url
    assert listeners_outside_loopback(run.processes()) == []
    assert run.end(signal.SIGINT) == 0
    eventually(lambda: run.processes() == [], within_s=5)
    assert not (run.state / "endpoints.json").exists()
    assert not answers(endpoints["phone_url"])


@needs_proc
def test_killed_while_starting_it_leaves_nothing_either(run: Run) -> None:
    eventually(lambda: run.says("sam deploy"), within_s=60)
    eventually(lambda: len(run.processes()) >= 4, within_s=20)
    run.end(signal.SIGKILL)
    eventually(lambda: run.processes() == [], within_s=5)


def listeners_outside_loopback(pids: list[int]) -> list[str]:
    """Addresses (hexadecimal, as the kernel tells them) on which one of `pids` listens to the network."""
    mine = {inode for pid in pids for inode in socket_inodes(pid)}
    found = []
    for name, loopback in (("tcp", LOOPBACK), ("tcp6", f"{'0' * 24}01000000")):
        table = Path("/proc/net") / name
        rows = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
        for row in rows:
            address, state, inode = row[1], row[3], row[9]
            if state == LISTENING and inode in mine and not address.startswith(loopback):
                found.append(address)
    return found


def socket_inodes(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(OSError):  # closed meanwhile
            link = str(descriptor.readlink())
            if link.startswith("socket:["):
                found.add(link.removeprefix("socket:[").removesuffix("]"))
    return found


def test_the_listener_check_sees_an_open_port() -> None:
    """The test above would otherwise pass on a machine where it sees nothing."""
    if not Path("/proc/net/tcp").exists():
        pytest.skip("looks into /proc (Linux)")
    with socket.socket() as open_to_all:
        open_to_all.bind(("0.0.0.0", 0))
        open_to_all.listen()
        assert listeners_outside_loopback([os.getpid()]) != []
