"""What we change in MiniStack, each with its reason; nothing else of it is touched.

A test (tests/unit/sandbox/test_patches.py) fails when the pinned version changes or when MiniStack
no longer does what a patch is for, so that none of them outlives its reason.
"""

import types
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from importlib.metadata import version

from ministack.core.lambda_runtime import ProvidedWorker, Worker
from ministack.services import lambda_svc, stepfunctions

# The version that was measured (FACTS: warm call 100 ms before, 6.7 ms after).
PATCHED_VERSION = "1.5.33"
# Seconds that Step Functions sleeps before the first state of every execution.
START_DELAY_S = 0.15


class WrongVersion(RuntimeError):
    """MiniStack is not the version that these patches were written for."""


def apply() -> None:
    """Applies all patches to this process, before MiniStack starts to serve.

    Raises:
        WrongVersion: see there.
    """
    if version("ministack") != PATCHED_VERSION:
        raise WrongVersion(f"patches are for MiniStack {PATCHED_VERSION}, not {version('ministack')}")
    answer_at_once()
    do_not_wait_for_log_lines()
    start_executions_at_once()
    run_conversations_in_parallel()


def answer_at_once() -> None:
    """The Runtime API writes each header on its own into an undelayed socket: 40 ms of delayed ACK a call.

    Buffered writes and TCP_NODELAY send one packet at once.
    """
    original = ProvidedWorker._build_handler_class

    def build(self: ProvidedWorker, generation: int, pending: object) -> type[BaseHTTPRequestHandler]:
        handler: type[BaseHTTPRequestHandler] = original(self, generation, pending)
        handler.disable_nagle_algorithm = True
        handler.wbufsize = -1  # flushed by http.server after each request
        return handler

    ProvidedWorker._build_handler_class = build


def do_not_wait_for_log_lines() -> None:
    """After each call the worker waits 50 ms for a first log line, and 5 ms after the last one.

    A line that comes later shows up with the next call's lines: harmless here.
    """
    _, _, hard_cap = Worker._drain_stderr_bounded.__defaults__
    Worker._drain_stderr_bounded.__defaults__ = (0.0, 0.0, hard_cap)


def start_executions_at_once() -> None:
    """Step Functions sleeps 150 ms before every execution. AWS doesn't."""
    function: types.FunctionType = stepfunctions._run_execution
    constants = tuple(
        0 if constant == START_DELAY_S else constant for constant in function.__code__.co_consts
    )
    function.__code__ = function.__code__.replace(co_consts=constants)


def run_conversations_in_parallel() -> None:
    """A FIFO source is polled one batch at a time, because a batch may span groups.

    With batch size 1 it can't, and AWS runs one invocation per active group; the queue itself never
    hands out two messages of a group at once. And a limit that a template parameter gives arrives as
    text, which breaks the poller of all queues.
    """
    original: Callable[..., int] = lambda_svc._sqs_esm_concurrency

    def concurrency(esm: dict[str, object], function: object, config: object, queue: object = None) -> int:
        return int(original(esm, function, config, None if esm.get("BatchSize") == 1 else queue))

    lambda_svc._sqs_esm_concurrency = concurrency
