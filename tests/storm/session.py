"""One storm from beginning to end: start a sandbox, let it storm, wait, judge, tell."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sandbox.progress import Progress
from sandbox.stack import Options, Stack, running
from tests.storm.evidence import Evidence, collect
from tests.storm.oracle import verdict
from tests.storm.plan import make_plan
from tests.storm.quiet import Stuck, wait_for_quiet
from tests.storm.report import table
from tests.storm.storm import Storm
from tests.storm.trouble import NO_TROUBLE, Trouble, make_trouble
from tests.storm.watch import MetaSide, Queues

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".sandbox" / "tests" / "storm"

# The times of template.yaml, scaled down in the same order. A killed dispatcher's message comes back
# after the visibility time-out, so that one is what a storm waits for most.
SCALED_DOWN = {
    "HttpTimeoutSeconds": "2",
    "TurnDeadlineSeconds": "14",
    "MachineTimeoutSeconds": "16",
    "DispatchReadTimeoutSeconds": "17",
    "DispatchTimeoutSeconds": "18",
    "VisibilityTimeoutSeconds": "19",
    "SettleDelaySeconds": "3",
    "DispatchMaximumConcurrency": "6",
}
# Of the queues that have no parameter for it: longer than their functions take, shorter than a test.
_HIDDEN_S = {"SettleQueue": 10, "MessagesDeadLetters": 10, "SettleDeadLetters": 10, "EventDeadLetters": 10}
# Workers that the functions behind HTTP may have. Nothing else bounds them, and after everything was killed
# they would all start at once: each costs a second of a processor. What is over it hears 429 and comes again.
_AT_MOST = {"IngressFunction": 6, "ChatFunction": 4}
# Five receives of the poisoned job, and slack for what was killed at the very end.
_QUIET_AT_MOST_S = 5 * 19 + 90.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """table: the numbers. broken: by promise, what breaks it."""

    table: str
    broken: dict[str, list[str]]
    evidence: Evidence
    trouble: Trouble
    fired: dict[str, int]

    def __str__(self) -> str:
        lines = [self.table, ""]
        for promise, troubles in self.broken.items():
            lines.append(f"  {'broken' if troubles else 'kept':<7} {promise}")
            lines += [f"            {each}" for each in troubles[:8]]
            if len(troubles) > 8:
                lines.append(f"            … and {len(troubles) - 8} more")
        return "\n".join(lines)

    @property
    def all_kept(self) -> bool:
        return not any(self.broken.values())


def storm(
    messages: int, seed: int, say: Callable[[str], None], *, calm: bool = False, state: Path = STATE
) -> Outcome:
    """Runs a storm in a sandbox of its own. calm: the same messages, and nothing goes wrong.

    Raises:
        Stuck: it never became quiet.
        NeverAcknowledged, NobodyAnswers: see there.
    """
    plan = make_plan(seed, messages)
    trouble = NO_TROUBLE if calm else make_trouble(plan)
    began = time.monotonic()
    with running(Options(parameters=SCALED_DOWN, state_dir=state), Progress()) as stack:
        times = {"start": time.monotonic() - began}
        _scale_down(stack)
        course = Storm(stack, plan, trouble, say).run()
        times["posting"] = course.posting_s
        try:
            times["until quiet"] = wait_for_quiet(stack, _QUIET_AT_MOST_S, say)
        except Stuck:
            _keep(collect(stack, plan, course), state)
            raise
        seen = collect(stack, plan, course)
        broken = verdict(seen)
        times["in all"] = time.monotonic() - began
        return _outcome(stack, seen, trouble, broken, times, state)


def _scale_down(stack: Stack) -> None:
    """What the template has no parameters for."""
    for name, seconds in _HIDDEN_S.items():
        Queues(stack).hide_for(name, seconds)
    for function, workers in _AT_MOST.items():
        stack.client("lambda").put_function_concurrency(
            FunctionName=stack.outputs[function], ReservedConcurrentExecutions=workers
        )


def _outcome(
    stack: Stack,
    seen: Evidence,
    trouble: Trouble,
    broken: dict[str, list[str]],
    times: dict[str, float],
    state: Path,
) -> Outcome:
    if any(broken.values()):
        _keep(seen, state)
    fired = {fault["id"]: stack.controls.fired(fault["id"]) for fault in trouble.functions}
    graph_faults = MetaSide(stack.endpoints.graph_api.outbox_url).faults()
    return Outcome(table(seen, fired, graph_faults, times), broken, seen, trouble, fired)


def _keep(seen: Evidence, state: Path) -> None:
    """Everything that was written down, for whoever looks into a broken promise."""
    conversations = {
        f"{each.tenant}/{each.conversation_id}": {
            "head": each.head,
            "lines": each.lines,
            "turns": each.turns,
            "tickets": each.tickets,
        }
        for each in seen.ledger.conversations.values()
    }
    acts = [f"{done}" for done in seen.course.acts]
    kept = {
        "conversations": conversations,
        "outbox": seen.outbox,
        "acts": acts,
        "letters": seen.ledger.letters,
    }
    (state / "evidence.json").write_text(json.dumps(kept, indent=1, default=str, ensure_ascii=False))
