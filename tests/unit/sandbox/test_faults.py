"""Faults strike where, when and as often as the file says, in all workers together."""

import asyncio
import importlib
import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from sandbox.lambda_runtime.faults import Fault, Faults, _folder_of, _Watcher

SOURCE = """
calls = []

class Sender:
    def send(self, text):
        calls.append(text)
        return f"sent {text}"

def plain(x):
    return x + 1

async def slow(x):
    return x * 2
"""


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a module that can be imported and is not yet."""
    (tmp_path / "broken_on_purpose.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(tmp_path)
    yield "broken_on_purpose"
    sys.modules.pop("broken_on_purpose", None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "faults.json"


def order(path: Path, **fields: object) -> None:
    entry = {"id": "f", "function": "delivery", "when": "before", "do": "raise:builtins:OSError", **fields}
    path.write_text(json.dumps([entry]))
    os.utime(path, ns=(0, time.monotonic_ns()))


def loaded(faults: Faults, name: str) -> ModuleType:
    """Imports `name` as a worker does: with the watcher in place."""
    faults.refresh()
    watcher = _Watcher(faults)
    sys.meta_path.insert(0, watcher)
    try:
        return importlib.import_module(name)
    finally:
        sys.meta_path.remove(watcher)


def test_a_method_fails_as_often_as_ordered_and_then_works(target: str, path: Path) -> None:
    order(path, target=f"{target}:Sender.send", times=2)
    module = loaded(Faults(path, "delivery"), target)
    for _ in range(2):
        with pytest.raises(OSError, match="injected fault f"):
            module.Sender().send("a")
    assert module.Sender().send("b") == "sent b"
    assert module.calls == ["b"]


def test_after_means_that_the_work_was_done(target: str, path: Path) -> None:
    order(path, target=f"{target}:Sender.send", when="after", times=1)
    module = loaded(Faults(path, "delivery"), target)
    with pytest.raises(OSError, match="injected"):
        module.Sender().send("a")
    assert module.calls == ["a"]


def test_two_workers_share_the_count(target: str, path: Path) -> None:
    order(path, target=f"{target}:plain", times=1)
    first, second = Faults(path, "delivery"), Faults(path, "delivery")
    module = loaded(first, target)
    with pytest.raises(OSError, match="injected"):
        module.plain(1)
    second.refresh()
    second.hit(f"{target}:plain", "before")
    assert len(list(Path(f"{path}.fired").iterdir())) == 1


def test_other_functions_are_left_alone(target: str, path: Path) -> None:
    order(path, target=f"{target}:plain")
    assert loaded(Faults(path, "gathering"), target).plain(1) == 2


def test_a_star_means_every_function(target: str, path: Path) -> None:
    order(path, target=f"{target}:plain", function="*")
    with pytest.raises(OSError, match="injected"):
        loaded(Faults(path, "gathering"), target).plain(1)


def test_coroutines_are_struck_too(target: str, path: Path) -> None:
    order(path, target=f"{target}:slow", times=1)
    module = loaded(Faults(path, "delivery"), target)
    with pytest.raises(OSError, match="injected"):
        asyncio.run(module.slow(1))
    assert asyncio.run(module.slow(2)) == 4


def test_a_file_that_comes_later_reaches_a_running_worker(target: str, path: Path) -> None:
    faults = Faults(path, "delivery")
    module = loaded(faults, target)
    assert module.plain(1) == 2
    order(path, target=f"{target}:plain", times=None)
    faults.refresh()
    for _ in range(3):
        with pytest.raises(OSError, match="injected"):
            module.plain(1)
    path.unlink()
    assert module.plain(1) == 2


def test_sleep_delays(target: str, path: Path) -> None:
    order(path, target=f"{target}:plain", do="sleep:0.05")
    module = loaded(Faults(path, "delivery"), target)
    began = time.monotonic()
    assert module.plain(1) == 2
    assert time.monotonic() - began >= 0.05


def test_probability_zero_never_strikes(target: str, path: Path) -> None:
    order(path, target=f"{target}:plain", times=None, probability=0.0)
    assert loaded(Faults(path, "delivery"), target).plain(1) == 2


def test_the_module_of_a_target() -> None:
    assert Fault("f", "*", "a.b:C.d", "before", "exit").module == "a.b"


@pytest.mark.parametrize(
    ("logical_id", "folder"),
    [("DeadLettersFunction", "dead_letters"), ("DeliveryFunction", "delivery")],
)
def test_a_function_is_known_by_its_folder(logical_id: str, folder: str) -> None:
    assert _folder_of(logical_id) == folder


def test_hold_waits_until_its_file_is_gone(target: str, path: Path, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    gate.touch()
    order(path, target=f"{target}:plain", do=f"hold:{gate}", times=None)
    module = loaded(Faults(path, "delivery"), target)
    threading.Timer(0.1, gate.unlink).start()
    began = time.monotonic()
    assert module.plain(1) == 2
    assert time.monotonic() - began >= 0.09
    assert module.plain(1) == 2  # open gates hold nobody
