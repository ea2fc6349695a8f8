"""Each patch of MiniStack still has its reason. When one of these fails, remove or renew that patch."""

import inspect
import re
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from importlib.metadata import version
from pathlib import Path
from queue import Queue

from ministack.core import lambda_runtime
from ministack.core.lambda_runtime import ProvidedWorker, Worker
from ministack.services import dynamodb, lambda_svc, stepfunctions

from sandbox import patches

ROOT = Path(__file__).resolve().parents[3]
FIFO_MAPPING = {"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": "7"}}


def test_the_pinned_version_is_the_patched_one() -> None:
    assert version("ministack") == patches.PATCHED_VERSION


def test_the_runtime_api_still_writes_unbuffered_with_nagle() -> None:
    handler = ProvidedWorker("f", {}, b"")._build_handler_class(0, Queue())
    assert (handler.wbufsize, handler.disable_nagle_algorithm) == (0, False)


def test_workers_still_wait_for_log_lines() -> None:
    assert Worker._drain_stderr_bounded.__defaults__[:2] == (0.05, 0.005)


def test_executions_still_sleep_before_they_start() -> None:
    assert stepfunctions._run_execution.__code__.co_consts.count(patches.START_DELAY_S) == 1


def test_a_fifo_source_is_still_polled_by_one() -> None:
    assert lambda_svc._sqs_esm_concurrency(FIFO_MAPPING, {}, {}, {"is_fifo": True}) == 1


def test_an_update_still_copies_its_item_by_deepcopy() -> None:
    # the module's name is all that is replaced, so nothing else of `copy` may be used
    source = inspect.getsource(dynamodb)
    assert inspect.getsource(dynamodb._apply_update_expression).count("copy.deepcopy(item)") == 1
    assert source.count("copy.deepcopy(") > 20
    assert source.count(" copy.") + source.count("(copy.") == source.count(" copy.deepcopy(") + source.count(
        "(copy.deepcopy("
    )


def test_a_plain_copy_is_a_deep_one() -> None:
    item = {
        "pk": {"S": "a"},
        "list": {"L": [{"N": "1"}, {"BOOL": True}, {"NULL": None}]},
        "set": {"SS": {"x"}},
    }
    made = patches.copied(item)
    assert made == item
    assert isinstance(made, dict)
    made["list"]["L"][0]["N"] = "2"
    made["set"]["SS"].add("y")
    assert item["list"] == {"L": [{"N": "1"}, {"BOOL": True}, {"NULL": None}]}
    assert item["set"] == {"SS": {"x"}}


def test_idle_workers_still_wake_up_ten_times_a_second() -> None:
    handler = ProvidedWorker("f", {}, b"")._build_handler_class(0, Queue())
    assert handler.do_GET.__code__.co_consts.count(patches.IDLE_POLL_S) == 1
    assert ProvidedWorker._spawn.__code__.co_consts.count(patches.IDLE_POLL_S) == 1
    assert lambda_runtime._PROVIDED_POLL == 0.05


def test_the_runtime_api_still_reads_headers_as_an_email() -> None:
    handler = ProvidedWorker("f", {}, b"")._build_handler_class(0, Queue())
    assert handler.parse_request is BaseHTTPRequestHandler.parse_request
    asked = re.findall(r"self\.headers\.?(\w*)", inspect.getsource(ProvidedWorker._build_handler_class))
    assert set(asked) == {"get"}


def test_after_the_patches_none_of_it_is_so() -> None:
    """In a process of its own: these tests must see MiniStack as it comes."""
    code = """
from queue import Queue
from sandbox import patches
patches.apply()
from ministack.core.lambda_runtime import ProvidedWorker, Worker
from ministack.services import dynamodb, lambda_svc, stepfunctions
handler = ProvidedWorker("f", {}, b"")._build_handler_class(0, Queue())
assert (handler.wbufsize, handler.disable_nagle_algorithm) == (-1, True)
assert Worker._drain_stderr_bounded.__defaults__[:2] == (0.0, 0.0)
assert patches.START_DELAY_S not in stepfunctions._run_execution.__code__.co_consts
mapping = {"BatchSize": 1, "ScalingConfig": {"MaximumConcurrency": "7"}}
assert lambda_svc._sqs_esm_concurrency(mapping, {}, {}, {"is_fifo": True}) == 7
assert lambda_svc._sqs_esm_concurrency({"BatchSize": 10}, {}, {}, {"is_fifo": True}) == 1
assert dynamodb.copy.deepcopy is patches.copied
assert patches.IDLE_POLL_S not in handler.do_GET.__code__.co_consts
assert patches.IDLE_POLL_S not in ProvidedWorker._spawn.__code__.co_consts
assert handler.parse_request is patches._parse_request
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
