"""Waits until nothing moves any more; if that never comes, says what is stuck."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.stack import Stack
from tests.storm.ledger import FINAL, Conversation, Item, Ledger, read_ledger, text
from tests.storm.watch import MetaSide, Queues

_POLL_S = 1.0
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

    Quiet: all queues are empty, with what is in flight and delayed; no hand-over is running; Meta's
    side has no webhook left to post; no turn is in progress; and all that for some seconds.

    Raises:
        Stuck: it is not quiet after `at_most_s`, or turns are in progress that nothing works on.
    """
    began = last_moved = time.monotonic()
    while time.monotonic() - began < at_most_s:
        moving = _moving(stack)
        if moving:
            last_moved = time.monotonic()
            say(f"not quiet after {last_moved - began:.0f} s: {'; '.join(moving)}")
        elif time.monotonic() - last_moved > _QUIET_S:
            _check_open_work(read_ledger(stack))
            return last_moved - began
        time.sleep(_POLL_S)
    raise Stuck("\n".join(_moving(stack)))


def _moving(stack: Stack) -> list[str]:
    found = [f"{name}: {depth}" for name, depth in Queues(stack).depths().items() if depth.total]
    pending = MetaSide(stack.endpoints.graph_api.outbox_url).webhooks()["pending"]
    if pending:
        found.append(f"Meta's side: {pending} webhooks to post")
    running = _running_hand_overs(stack)
    if running:
        found.append(f"hand_over: {running} executions running")
    return found


def _running_hand_overs(stack: Stack) -> int:
    client = stack.client("stepfunctions")
    pages = client.get_paginator("list_executions")
    arn = stack.outputs["HandOverMachineArn"]
    found = pages.paginate(stateMachineArn=arn, statusFilter="RUNNING")
    return sum(len(page["executions"]) for page in found)


def _check_open_work(ledger: Ledger) -> None:
    """Raises: Stuck: a turn is in progress while nothing moves."""
    stuck = [
        _described(conversation, turn_id, turn)
        for conversation, turn_id, turn in ledger.turns()
        if text(turn, "state") not in FINAL
    ]
    if stuck:
        raise Stuck("\n".join(stuck))


def _described(conversation: Conversation, turn_id: str, turn: Item) -> str:
    head = conversation.head
    return (
        f"turn {turn_id} of {conversation.tenant}/{conversation.conversation_id} is {text(turn, 'state')}"
        f" while nothing moves: epoch {turn.get('epoch')} of {head.get('epoch')},"
        f" owner {head.get('owner')}, open turn {head.get('open_turn_id')!r}"
    )
