"""Redrive: gives a dead letter another chance, once its cause is mended.

A message that is older than a day stays with the person who has it: an answer would come too late.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sahut.contracts.jobs import DispatchJob
from sahut.contracts.whatsapp import parse_webhook
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.errors import Refused
from sahut.domain.tenant import TenantId, TurnRef
from sahut.domain.turn import Turn, TurnState
from sahut.ports.conversations import Stored, Turns
from sahut.ports.work import DispatchQueue
from sahut.stages.accept import Accepting, accept, job_of
from sahut.stages.claiming import live_messages

STALE_S = 24 * 3600.0


class Requeues(Protocol):
    def stored(self, tenant: TenantId, channel_key: str, message_id: str) -> Stored:
        """The message as a duplicate would find it, under its next attempt number."""
        ...


class Reopens(Protocol):
    def reopen(self, head: Conversation, turn: Turn, live: int) -> None: ...


class LetterBox(Protocol):
    def close(self, letter_id: str, state: str, now: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Redriving:
    turns: Turns
    messages: Requeues
    ownership: Reopens
    queue: DispatchQueue
    letters: LetterBox
    accepting: Callable[[], Accepting]
    clock: Callable[[], float]


def redrive(letter_id: str, kind: str, state: str, body: str, needs: Redriving) -> str:
    """Redrives one letter and returns what became of it; a letter that is not open is left alone.

    Raises:
        Refused: letters of this kind can only be read.
    """
    if state != "open":
        return state
    if kind == "message":
        outcome = _redrive_message(DispatchJob.model_validate_json(body), needs)
    elif kind in ("unrouted", "unreadable"):
        outcome = _redrive_webhook(body, needs)
    else:
        raise Refused(f"a letter of kind {kind} can only be read")
    if outcome != "open":
        needs.letters.close(letter_id, outcome, needs.clock())
    return outcome


def _redrive_message(job: DispatchJob, needs: Redriving) -> str:
    ref = job.conversation
    now = needs.clock()
    head = needs.turns.conversation(ref)
    line = next(iter(needs.turns.lines(ref, after=job.line - 1, limit=1)), None)
    if line is not None and line.turn_id:
        turn = needs.turns.turn(TurnRef(ref, line.turn_id))
        if now - turn.first_claimed_at > STALE_S:
            return "stale"
        waits = head.owner is Owner.WAITING and head.ticket_id == turn.ref.turn_id
        live = len(live_messages(needs.turns, turn))
        if turn.state is TurnState.HANDED_OVER and waits and live:
            needs.ownership.reopen(head, turn, live)
    stored = needs.messages.stored(ref.tenant, head.channel_key, job.message_id)
    if not stored.needs_dispatch:
        return "settled"
    needs.queue.put([job_of(stored)])
    return "redriven"


def _redrive_webhook(body: str, needs: Redriving) -> str:
    raw = body.encode()
    done = accept(parse_webhook(raw, needs.clock()), raw, needs.accepting())
    return "open" if done.retry or done.unrouted or done.refused else "redriven"
