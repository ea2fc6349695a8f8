"""Cold starts of every function against a bare handler that imports boto3 and nothing else.

All run on the same interpreter and the same runtime client, alternating, a fresh process each time.
INIT is what Lambda calls so: interpreter, runtime client, import of the handler. A function that
imports lazily pays in its first call, so the two are told apart and added up, and the sum is held
against two bare handlers: one that returns at once, and one that asks AWS once, as ours do.
"""

import json
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.built import BuiltFunction
from bench.environment import WORK
from bench.events import first_event
from bench.figures import ColdStart
from bench.rie import Handler, Start, StartFailed, start_once

_BARE = """import boto3


def handler(event, context):
    return boto3.__version__
"""
# The least that a function of ours does in its first call: one client, one request.
_ASKING = """import boto3


def handler(event, context):
    client = boto3.client("dynamodb")
    try:
        client.get_item(TableName="none", Key={"pk": {"S": "none"}, "sk": {"S": "none"}})
    except Exception as error:
        return type(error).__name__
"""
# Asked in the same environment: is the SDK paid in INIT, or put off to the first call? botocore is the
# part of boto3 that makes clients; a function may do without the rest.
_ASK = "import sys, handler; print('botocore.client' in sys.modules)"


@dataclass
class Series:
    """The starts of one handler, one per run."""

    starts: list[Start] = field(default_factory=list)

    @property
    def init_ms(self) -> float:
        return statistics.median(start.init_ms for start in self.starts)

    @property
    def first_call_ms(self) -> float:
        return statistics.median(start.first_call_ms for start in self.starts)

    @property
    def total_ms(self) -> float:
        return statistics.median(start.init_ms + start.first_call_ms for start in self.starts)


@dataclass(frozen=True)
class Bench:
    """endpoint: an AWS that knows nothing, see `aws_stub`."""

    python: Path
    runs: int
    endpoint: str
    scratch: Path = WORK / "cold"

    def measure(self, functions: Sequence[BuiltFunction]) -> tuple[list[ColdStart], list[str]]:
        """The figures, and a line for every function that could not be started.

        Raises:
            StartFailed: not even a bare handler could be started.
        """
        shutil.rmtree(self.scratch, ignore_errors=True)
        bare = self._plain("bare", _BARE)
        asking = self._plain("asking", _ASKING)
        its, asks = Series(), Series()
        rows, failed = [], []
        for function in functions:
            handler = self._handler(function)
            ours = Series()
            for _ in range(self.runs):
                its.starts.append(start_once(bare, self.python))
                asks.starts.append(start_once(asking, self.python))
                try:
                    ours.starts.append(start_once(handler, self.python))
                except StartFailed as error:
                    failed.append(f"cold start of {function.name}: {error}")
                    break
            else:
                rows.append((handler, ours))
                print(f"cold start of {function.name}: INIT {ours.init_ms:.0f} ms", flush=True)
        named = [(bare, its), (asking, asks), *rows]
        return [self._row(handler, series, its, asks) for handler, series in named], failed

    def _plain(self, name: str, source: str) -> Handler:
        folder = self.scratch / name
        folder.mkdir(parents=True)
        (folder / "handler.py").write_text(source)
        return Handler(name, folder, [folder], {"AWS_ENDPOINT_URL": self.endpoint}, b"{}")

    def _handler(self, function: BuiltFunction) -> Handler:
        folders = [function.code, *(layer / "python" for layer in function.layers)]
        variables = {name: self._value(name) for name in function.variables}
        variables["AWS_ENDPOINT_URL"] = self.endpoint
        return Handler(function.name, folders[0], folders, variables, first_event(function.name))

    def _value(self, name: str) -> str:
        """Something of the right form: seconds, a URL, a log level or a name."""
        if name.endswith("_URL"):
            return f"{self.endpoint}/000000000000/bench.fifo"
        if name.endswith("_S"):
            return "10"
        return "INFO" if name == "LOG_LEVEL" else "bench"

    def _row(self, handler: Handler, ours: Series, bare: Series, asking: Series) -> ColdStart:
        return ColdStart(
            function=handler.name,
            init_ms=round(ours.init_ms, 1),
            first_call_ms=round(ours.first_call_ms, 1),
            runs=len(ours.starts),
            loads_sdk_in_init=_loads_sdk(handler, self.python),
            ratio_init=round(ours.init_ms / bare.init_ms, 2),
            ratio_total=round(ours.total_ms / bare.total_ms, 2),
            ratio_total_asking=round(ours.total_ms / asking.total_ms, 2),
            first_call_answer=_short(ours.starts[0].answer),
        )


def _loads_sdk(handler: Handler, python: Path) -> bool:
    path = ":".join(str(folder) for folder in handler.path)
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(python), "-c", _ASK]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return result.stdout.strip().endswith("True")


def _short(answer: str) -> str:
    """The error's type or the HTTP status, never a whole document."""
    try:
        document = json.loads(answer)
    except json.JSONDecodeError:
        return answer[:20]
    if isinstance(document, dict):
        return str(document.get("errorType") or document.get("statusCode") or "an answer")
    return str(document)[:30]
