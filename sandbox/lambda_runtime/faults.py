"""Breaks a function of the product at a named place, without a hook in the product.

The faults file is a JSON list, read again whenever it changes (no file: no faults):
    {"id": "sent-not-recorded", "function": "delivery",
     "target": "sahut.adapters.channels.whatsapp:WhatsAppSender.send",
     "when": "after", "do": "exit", "times": 1, "probability": 1.0}
function     folder name under functions/, or "*"
when         "before" or "after" the target ran
do           "exit" (as kill -9 would) · "raise:module:Class" · "sleep:<seconds>" · "hold:<file>" (waits
             until the file is gone, at most HOLD_S)
times        how often at most, over all workers together; null for no limit
probability  of each call to be hit

Every hit leaves a file `<faults file>.fired/<id>.<n>`: creating it is what takes one of the `times`.

A target is wrapped when its module is imported, so all who import it later see the wrapped one. In a
worker that runs already, the name is replaced wherever a module of the product holds it; to be sure
with plain functions, write the file and then kill the workers.

Runs inside functions: standard library only, and nothing of the product is imported early.
"""

import functools
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import json
import os
import random
import signal
import sys
import time
import types
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MARK = "__sahut_faults__"
# A test that forgets its file must not hang a worker for ever; functions have shorter time-outs anyway.
HOLD_S = 60.0


@dataclass(frozen=True)
class Fault:
    id: str
    function: str
    target: str
    when: str
    do: str
    times: int | None = 1
    probability: float = 1.0

    @property
    def module(self) -> str:
        return self.target.partition(":")[0]


class Faults:
    """The faults of one worker, and the file that they come from."""

    def __init__(self, path: Path, function: str) -> None:
        self._path = path
        self._function = function
        self._changed_at = -1
        self.active: list[Fault] = []

    def refresh(self) -> None:
        """Reads the file again if it changed, and wraps targets whose modules are loaded."""
        try:
            changed_at = self._path.stat().st_mtime_ns
        except FileNotFoundError:
            self.active, self._changed_at = [], -1
            return
        if changed_at == self._changed_at:
            return
        try:
            entries = json.loads(self._path.read_text())
        except json.JSONDecodeError:
            return  # half written: the next call sees the whole
        self._changed_at = changed_at
        self.active = [fault for fault in (Fault(**entry) for entry in entries) if self._mine(fault)]
        for fault in self.active:
            self.wrap(sys.modules.get(fault.module), fault)

    def _mine(self, fault: Fault) -> bool:
        return fault.function in ("*", self._function)

    def wrap(self, module: types.ModuleType | None, fault: Fault) -> None:
        """Puts the check around the fault's target, once."""
        if module is None:
            return
        *owners, name = fault.target.partition(":")[2].split(".")
        owner: Any = module
        for step in owners:
            owner = getattr(owner, step)
        original = getattr(owner, name)
        if hasattr(original, MARK):
            return
        wrapped = self._around(original, fault.target)
        setattr(owner, name, wrapped)
        if owner is module:
            _replace_everywhere(original, wrapped)

    def _around(self, original: Callable[..., Any], target: str) -> Callable[..., Any]:
        @functools.wraps(original)
        def call(*args: Any, **kwargs: Any) -> Any:
            self.hit(target, "before")
            result = original(*args, **kwargs)
            self.hit(target, "after")
            return result

        @functools.wraps(original)
        async def call_async(*args: Any, **kwargs: Any) -> Any:
            self.hit(target, "before")
            result = await original(*args, **kwargs)
            self.hit(target, "after")
            return result

        chosen = call_async if inspect.iscoroutinefunction(original) else call
        setattr(chosen, MARK, True)
        return chosen

    def hit(self, target: str, when: str) -> None:
        """Does what the active faults on this place ask for."""
        self.refresh()
        for fault in self.active:
            here = (fault.target, fault.when) == (target, when)
            if here and random.random() < fault.probability and self._take(fault):
                _do(fault)

    def _take(self, fault: Fault) -> bool:
        """Takes one of the fault's `times`; false when other workers took them all."""
        folder = Path(f"{self._path}.fired")
        folder.mkdir(exist_ok=True)
        names = [uuid.uuid4().hex] if fault.times is None else [str(n) for n in range(fault.times)]
        note = json.dumps({"at": time.time(), "pid": os.getpid(), "function": self._function})
        for name in names:
            try:
                with (folder / f"{fault.id}.{name}").open("x") as file:
                    file.write(note)
            except FileExistsError:
                continue
            print(f"fault {fault.id} fires: {fault.do} {fault.when} {fault.target}", flush=True)
            return True
        return False


def _do(fault: Fault) -> None:
    action, _, argument = fault.do.partition(":")
    if action == "exit":
        os.kill(os.getpid(), signal.SIGKILL)
    elif action == "sleep":
        time.sleep(float(argument))
    elif action == "hold":
        _hold(Path(argument))
    elif action == "raise":
        module, _, name = argument.partition(":")
        raise getattr(importlib.import_module(module), name)(f"injected fault {fault.id}")
    else:
        raise ValueError(f"fault {fault.id}: unknown action {fault.do!r}")


def _hold(file: Path) -> None:
    until = time.monotonic() + HOLD_S
    while file.exists() and time.monotonic() < until:
        time.sleep(0.01)


def _replace_everywhere(original: object, wrapped: object) -> None:
    """A function that others imported by name is known under their names too."""
    for name, module in list(sys.modules.items()):
        if name == "handler" or name.partition(".")[0] == "sahut":
            for key, value in list(vars(module).items()):
                if value is original:
                    setattr(module, key, wrapped)


class _Watcher(importlib.abc.MetaPathFinder):
    """Lets the ordinary finders find a module, and wraps its targets right after it has run."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._busy = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        wanted = [fault for fault in self._faults.active if fault.module == name]
        if self._busy or not wanted:
            return None
        self._busy = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._busy = False
        if spec is not None and spec.loader is not None:
            _after_run(spec.loader, functools.partial(self._wrap_all, wanted))
        return spec

    def _wrap_all(self, wanted: Sequence[Fault], module: types.ModuleType) -> None:
        for fault in wanted:
            self._faults.wrap(module, fault)


def _after_run(loader: Any, then: Callable[[types.ModuleType], None]) -> None:
    run = loader.exec_module

    def exec_module(module: types.ModuleType) -> None:
        run(module)
        then(module)

    loader.exec_module = exec_module


def install(path: Path, logical_id: str) -> None:
    """Prepares this worker; to be called before the handler is imported."""
    faults = Faults(path, _folder_of(logical_id))
    faults.refresh()
    sys.meta_path.insert(0, _Watcher(faults))
    from awslambdaric import bootstrap  # noqa: PLC0415

    handle = bootstrap.handle_event_request

    def handle_fresh(*args: Any) -> Any:
        faults.refresh()
        return handle(*args)

    bootstrap.handle_event_request = handle_fresh


def _folder_of(logical_id: str) -> str:
    """`DeadLettersFunction` → `dead_letters`."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in logical_id)
    return words.removeprefix("_").removesuffix("_function")
