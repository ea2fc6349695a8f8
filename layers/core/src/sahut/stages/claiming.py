"""Turning unanswered messages into one turn; shared by *Gather the burst* and the hand-overs."""

from collections.abc import Sequence

from sahut.domain.conversation import Conversation
from sahut.domain.errors import Outdated
from sahut.domain.message import Media
from sahut.domain.tenant import TurnRef
from sahut.domain.turn import MAX_CLAIM, ClaimedMessage, Turn, TurnState
from sahut.ports.conversations import Line, Turns

# A turn is one item of at most 400 KB in DynamoDB, which holds its passages and its answer as well. A
# customer may type 65,536 characters a message.
MAX_CLAIM_BYTES = 250_000
# What a message takes beside its text and id: names of fields, media.
_OVERHEAD_BYTES = 500


def guard_epoch(head: Conversation, epoch: int) -> None:
    """Refuses to go on when a newer dispatch attempt owns the conversation.

    Raises:
        Outdated: it does.
    """
    if head.epoch != epoch:
        raise Outdated(f"conversation {head.ref.conversation_id} belongs to a newer attempt")


def unanswered(turns: Turns, head: Conversation) -> list[Line]:
    """Messages that no turn has claimed yet, oldest first, at most as many as one claim holds."""
    lines = turns.lines(head.ref, after=head.claimed_line)
    return fitting([line for line in lines if line.starts_turn and not line.turn_id and not line.revoked])


def fitting(lines: Sequence[Line], beside: Sequence[Line] = ()) -> list[Line]:
    """The first of `lines`, as many as one turn holds beside others; at least one. The rest come next."""
    room = MAX_CLAIM_BYTES - sum(map(_size, beside))
    fit: list[Line] = []
    for line in lines[:MAX_CLAIM]:
        room -= _size(line)
        if room < 0 and (fit or beside):
            break
        fit.append(line)
    return fit


def _size(line: Line) -> int:
    return len(line.text.encode()) + len(line.provider_id.encode()) + _OVERHEAD_BYTES


def live_messages(turns: Turns, turn: Turn) -> list[Line]:
    """The turn's messages as they are now: edits applied, revoked ones left out."""
    if not turn.messages:
        return []
    first = min(message.line for message in turn.messages)
    lines = turns.lines(turn.ref.conversation, after=first - 1)
    return [
        line for line in lines if line.turn_id == turn.ref.turn_id and line.starts_turn and not line.revoked
    ]


def new_turn(
    head: Conversation, turn_id: str, epoch: int, lines: Sequence[Line], now: float, state: TurnState
) -> Turn:
    return Turn(
        ref=TurnRef(head.ref, turn_id),
        state=state,
        epoch=epoch,
        messages=claimed(lines),
        seen_seq=head.inbound_seq,
        first_claimed_at=now,
    )


def claimed(lines: Sequence[Line]) -> tuple[ClaimedMessage, ...]:
    return tuple(
        ClaimedMessage(
            line=line.line,
            provider_id=line.provider_id,
            kind=line.kind,
            text=line.text,
            media=Media(**line.media) if line.media else None,
            sent_at=line.at,
            heard=line.heard,
        )
        for line in lines
    )
