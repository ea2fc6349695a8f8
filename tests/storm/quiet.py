"""Waits until nothing moves any more; if that never comes, says what is stuck."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.stack import Stack
from tests.storm.ledger import FINAL, Ledger, read_ledger, text
from tests.storm.watch import MetaSide, Queues

_POLL_S = 0.5
# As long as this nothing may move: the longest pause of a status on its way (see status_late).
_QUIET_S = 4.0


@dataclass(frozen=True, slots=True)
class Stuck(Exception):
    """report: one line for everything that still moves, or never will."""

    report: str

    def __str__(self) -> str:
        return self.report


def wait_for_quiet(stack: Stack, at_most_s: float, say: Callable[[str], None]) -> float:
    """Returns the seconds it took until the last thing moved.

    Quiet: all queues are empty, with what is in flight and delayed; no turn is in progress; no
    hand-over is running; Meta's side has no webhook left to post, and all that for some seconds.

    Raises:
        Stuck: it is not quiet after `at_most_s`.
    """
    began = last_moved = time.monotonic()
    said = ""
    while time.monotonic() - began < at_most_s:
        moving = _moving(stack)
        if moving:
            last_moved = time.monotonic()
            said = _tell(moving, said, say, last_moved - began)
        elif time.monotonic() - last_moved > _QUIET_S:
            return last_moved - began
        time.sleep(_POLL_S)
    raise Stuck("\n".join(_moving(stack) + _open_work(read_ledger(stack))))


def _tell(moving: list[str], said: str, say: Callable[[str], None], after_s: float) -> str:
    now = "; ".join(moving)
    if now != said and int(after_s) % 5 == 0:
        say(f"not quiet after {after_s:.0f} s: {now}")
    return now


def _moving(stack: Stack) -> list[str]:
    found = [f"{name}: {depth}" for name, depth in Queues(stack).depths().items() if depth.total]
    pending = MetaSide(stack.endpoints.graph_api.outbox_url).webhooks()["pending"]
    if pending:
        found.append(f"Meta's side: {pending} webhooks to post")
    running = _running_hand_overs(stack)
    if running:
        found.append(f"hand_over: {running} executions running")
    return found or _in_progress(read_ledger(stack))


def _running_hand_overs(stack: Stack) -> int:
    client = stack.client("stepfunctions")
    pages = client.get_paginator("list_executions")
    arn = stack.outputs["HandOverMachineArn"]
    found = pages.paginate(stateMachineArn=arn, statusFilter="RUNNING")
    return sum(len(page["executions"]) for page in found)


def _in_progress(ledger: Ledger) -> list[str]:
    states = Counter(text(turn, "state") for _, _, turn in ledger.turns() if text(turn, "state") not in FINAL)
    return [f"{count} turns {state}" for state, count in states.items()]


def _open_work(ledger: Ledger) -> list[str]:
    return [
        f"turn {turn_id} of {conversation.tenant}/{conversation.conversation_id} is {text(turn, 'state')}:"
        f" epoch {turn.get('epoch')} of {conversation.head.get('epoch')}, owner {conversation.head.get('owner')},"
        f" open turn {conversation.head.get('open_turn_id')!r}"
        for conversation, turn_id, turn in ledger.turns()
        if text(turn, "state") not in FINAL
    ]
