"""What we change in MiniStack, each with its reason; nothing else of it is touched.

A test (tests/unit/sandbox/test_patches.py) fails when the pinned version changes or when MiniStack
no longer does what a patch is for, so that none of them outlives its reason.
"""

import copy
import types
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from importlib.metadata import version

from ministack.core import lambda_runtime
from ministack.core.lambda_runtime import ProvidedWorker, Worker
from ministack.services import dynamodb, lambda_svc, stepfunctions

# The version that was measured (FACTS: warm call 100 ms before, 6.7 ms after).
PATCHED_VERSION = "1.5.33"
# Seconds that Step Functions sleeps before the first state of every execution.
START_DELAY_S = 0.15
# Seconds between two looks of an idle worker's Runtime API at whether it shall stop, as MiniStack has it
# and as we have it. Its process is killed first, so nobody waits for the second look.
IDLE_POLL_S, SELDOM_S = 0.1, 2.0
# Its server is waited for when a killed worker is replaced, so it looks more often.
SERVER_POLL_S = 0.5
# How soon a worker that died in the middle of a call is noticed: 0.05 s before.
DEATH_POLL_S = 0.2


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
    copy_items_plainly()
    look_seldom()
    read_headers_plainly()


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
    _with_constant(stepfunctions._run_execution, START_DELAY_S, 0)


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


def copy_items_plainly() -> None:
    """DynamoDB copies an item some ten times per update, with `copy.deepcopy`: a fifth of all its time.

    Items are JSON. Copied as such they take a seventh of it; whatever else it copies, it copies as before.
    """
    dynamodb.copy = types.SimpleNamespace(deepcopy=copied)


def copied(value: object) -> object:
    """A copy that shares nothing that can change."""
    kind = type(value)
    if kind is str or kind is bool or kind is int or kind is float or value is None:
        return value
    if kind is dict:
        return {name: copied(each) for name, each in value.items()}  # type: ignore[attr-defined]
    if kind is list:
        return [copied(each) for each in value]  # type: ignore[attr-defined]
    return copy.deepcopy(value)


def look_seldom() -> None:
    """Two threads of every worker wake up ten times a second: 80 idle workers take a tenth of a core."""
    original = ProvidedWorker._build_handler_class

    def build(self: ProvidedWorker, generation: int, pending: object) -> type[BaseHTTPRequestHandler]:
        handler: type[BaseHTTPRequestHandler] = original(self, generation, pending)
        _with_constant(handler.do_GET, IDLE_POLL_S, SELDOM_S)  # type: ignore[attr-defined]
        return handler

    ProvidedWorker._build_handler_class = build
    _with_constant(ProvidedWorker._spawn, IDLE_POLL_S, SERVER_POLL_S)
    lambda_runtime._PROVIDED_POLL = DEATH_POLL_S


def read_headers_plainly() -> None:
    """The Runtime API reads the headers of our own runtime client as if they were an e-mail: 0.15 ms of
    processor time for each of sixteen requests a turn.
    """
    original = ProvidedWorker._build_handler_class

    def build(self: ProvidedWorker, generation: int, pending: object) -> type[BaseHTTPRequestHandler]:
        handler: type[BaseHTTPRequestHandler] = original(self, generation, pending)
        handler.parse_request = _parse_request  # type: ignore[assignment,method-assign]
        return handler

    ProvidedWorker._build_handler_class = build


def _parse_request(handler: BaseHTTPRequestHandler) -> bool:
    """As http.server's, for requests of the runtime client alone: well formed, HTTP/1.1, a line a header."""
    handler.requestline = handler.raw_requestline.decode("latin-1").strip()  # type: ignore[attr-defined]
    handler.command, handler.path, handler.request_version = handler.requestline.split()
    headers: dict[str, str] = {}
    while (line := handler.rfile.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.title()] = value.strip()
    handler.headers = headers  # type: ignore[assignment]  # only `get` is ever asked of it
    handler.close_connection = headers.get("Connection", "").lower() == "close"
    return True


def _with_constant(function: types.FunctionType, old: float, new: float) -> None:
    """Puts one number in the place of another in a function's code."""
    code = function.__code__
    constants = tuple(new if constant == old else constant for constant in code.co_consts)
    function.__code__ = code.replace(co_consts=constants)
