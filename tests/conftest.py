"""Fixtures that start the sandbox. One stack serves all tests of a session that ask for it."""

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.customer import QUESTION, Customer
from sandbox.endpoints import Endpoints
from sandbox.progress import Progress
from sandbox.stack import Options, Stack, running

ROOT = Path(__file__).resolve().parent.parent

# The times of template.yaml, scaled down in the same order: HTTP < turn < machine < read < function <
# visibility. Generous enough for cold starts on two busy cores, short enough to wait for.
SCALED_DOWN = {
    "HttpTimeoutSeconds": "3",
    "TurnDeadlineSeconds": "20",
    "MachineTimeoutSeconds": "26",
    "DispatchReadTimeoutSeconds": "28",
    "DispatchTimeoutSeconds": "30",
    "VisibilityTimeoutSeconds": "32",
    "SettleDelaySeconds": "4",
    # Every function gets as many processes as there are turns at once, and two cores start them all.
    "DispatchMaximumConcurrency": "4",
}

PERSON = "Saya mau bicara dengan orang"


def eventually(holds: Callable[[], bool], within_s: float = 20.0) -> None:
    """Waits until `holds()`; fails the test when it does not within the given seconds."""
    until = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > until:
            pytest.fail(f"not within {within_s:g} s")
        time.sleep(0.05)


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The running sandbox with short times. Shared: use a customer of your own, undo your faults."""
    options = Options(parameters=SCALED_DOWN, state_dir=ROOT / ".sandbox" / "tests" / "shared")
    with running(options, Progress(sys.__stderr__)) as started:
        _warm_up(started)
        yield started


def _warm_up(stack: Stack) -> None:
    """One process of every function for each turn at once: what follows measures no cold starts.

    Other customers each time: on a busy machine the first ones may have been handed over, and are silent.
    """
    for text in (QUESTION, PERSON):
        customers = [Customer(stack.endpoints) for _ in range(int(SCALED_DOWN["DispatchMaximumConcurrency"]))]
        for customer in customers:
            customer.writes(text)
        for customer in customers:
            assert customer.reads(120) is not None, "the stack does not answer"


@pytest.fixture(scope="session", autouse=True)
def _namespace() -> Iterator[None]:
    """Metrics have a name space in every function (template.yaml); it is asked for once a process."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("POWERTOOLS_METRICS_NAMESPACE", "Sahut")
        yield


@pytest.fixture
def endpoints(stack: Stack) -> Endpoints:
    """What endpoints.json says."""
    return stack.endpoints


@pytest.fixture(autouse=True)
def _calm(request: pytest.FixtureRequest) -> Iterator[None]:
    """After each test that used the stack, nothing is broken on purpose any more."""
    yield
    if "stack" in request.fixturenames:
        controls = request.getfixturevalue("stack").controls
        controls.clear_faults()
        controls.throttle()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whoever asks for the stack carries its mark, so that `-m 'not stack'` is quick."""
    for item in items:
        if "stack" in getattr(item, "fixturenames", ()):
            item.add_marker("stack")
