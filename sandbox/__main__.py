"""`python -m sandbox run` (stays until Ctrl-C) or `demo` (one question, exit code 0 or 1)."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from sandbox.customer import QUESTION, Customer, Reply
from sandbox.processes import ChildFailed
from sandbox.progress import Progress
from sandbox.sam import SamFailed
from sandbox.stack import STATE, AlreadyRunning, Options, Stack, running
from sandbox.tenants import Model

PHONE = "6281234567890"
# Cold starts of nine functions included, on two busy cores.
WAIT_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("command", choices=("run", "demo"))
    parser.add_argument("--state", type=Path, default=STATE, help="folder for logs and endpoints.json")
    parser.add_argument(
        "--parameter", action="append", default=[], metavar="NAME=VALUE", help="of template.yaml"
    )
    arguments = parser.parse_args()
    command: str = arguments.command
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _as_interrupt)
    progress = Progress()
    try:
        with running(_options(arguments.state, arguments.parameter), progress) as stack:
            answered = _show(stack, progress)
            if command == "run":
                return _stay(stack, progress)
            return 0 if answered else 1
    except KeyboardInterrupt:
        return 0 if command == "run" else 130
    except (AlreadyRunning, ChildFailed, SamFailed) as error:
        progress.say(f"\n{error}")
        return 1


def _options(state: Path, parameters: Sequence[str]) -> Options:
    """A model by SAHUT_MODEL_BASE_URL, SAHUT_MODEL and SAHUT_MODEL_KEY; a cloud by AWS_ENDPOINT_URL."""
    environment = os.environ
    base_url = environment.get("SAHUT_MODEL_BASE_URL", "")
    name, key = environment.get("SAHUT_MODEL", "default"), environment.get("SAHUT_MODEL_KEY", "none")
    return Options(
        parameters=dict(parameter.split("=", 1) for parameter in parameters),
        state_dir=state.resolve(),
        fixed_ports=True,
        model=Model(base_url, name, key) if base_url else None,
        external_endpoint_url=environment.get("AWS_ENDPOINT_URL", ""),
    )


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    """A second signal would break off the stopping: from now on all are ignored."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt


def _show(stack: Stack, progress: Progress) -> bool:
    """Asks the question and prints what came; false when no cited answer came."""
    with progress.step("asking one question by WhatsApp"):
        customer = Customer(stack.endpoints, phone=PHONE)
        customer.writes(QUESTION)
        reply = customer.reads(WAIT_S)
    progress.say(f"\n  question  {QUESTION}\n{_describe(reply)}\n")
    if reply is None:
        progress.say(f"  see the logs in {stack.logs_dir}\n")
    endpoints = stack.endpoints
    progress.say(
        f"  phone     {endpoints.phone_url}\n  webchat   {endpoints.webchat_url}\n"
        f"  API       {endpoints.api_url}/docs\n  AWS       {endpoints.aws_endpoint_url}\n"
        f"  for scripts: {stack.controls.state / 'endpoints.json'}\n"
    )
    return bool(reply and reply.citations)


def _describe(reply: Reply | None) -> str:
    if reply is None:
        return "  reply     none came"
    text = reply.text.replace("\n", "\n            ")
    cited = "; ".join(reply.citations) or "none"
    return f"  reply     {text}\n  citation  {cited}\n  took      {reply.took_s:.2f} s"


def _stay(stack: Stack, progress: Progress) -> int:
    """Returns only when something ended that should run."""
    progress.say("  Ctrl-C stops everything.")
    while not any(child.ended for child in stack.children):
        time.sleep(1)
    for child in stack.children:
        if child.ended:
            progress.say(f"\n  {child.name} has ended; see {child.log}\n{child.last_lines(5)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
