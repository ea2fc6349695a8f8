"""The web chat's WebSocket: who connects, what they send, what they missed.

A connection is a faster way to what the long poll reads too, and nothing depends on it. Frames carry
line numbers; whoever knows less than the newest says so (`resume`) and gets the rest.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from pydantic import ValidationError

from sahut.contracts.sockets import FRAME, MAX_FRAME_BYTES, Frame, Ping, Resume
from sahut.domain.tenant import ConversationRef, TenantId
from sahut.ports.conversations import Line
from sahut.ports.push import Connected, Connections, Json, PushEvent, Reply
from sahut.stages.webchat import Finds, Timeline, Visitor, Webchat, may_use, note_typing, read_messages

# Of the lines in one frame; with one more line of 4,096 characters still below API Gateway's 128 KB.
_CHUNK_BYTES = 64 * 1024


class Entry(Enum):
    """Whether somebody may connect, as an HTTP status."""

    OPEN = 200
    NO_TICKET = 401
    WRONG_ORIGIN = 403


@dataclass(frozen=True, slots=True)
class Socketing:
    """view: a line as the API shows it. origins_of: the pages on which a tenant's chat may be used."""

    connections: Connections
    reply: Reply
    webchat: Webchat
    origins_of: Callable[[TenantId], Sequence[str]]
    view: Callable[[Line, TenantId], Mapping[str, Json]]

    @property
    def finds(self) -> Finds:
        return self.webchat.contacts


def enter(ticket_text: str, origin: str, connection_id: str, needs: Socketing) -> Entry:
    """Opens a connection for whoever brings a ticket from a page that may use it.

    Raises:
        TryAgain: the ticket may be used up; the client gets a new one.
    """
    now = needs.webchat.clock()
    ticket = needs.connections.take_ticket(ticket_text, now)
    if ticket is None:
        return Entry.NO_TICKET
    if not ticket.any_origin and not may_use(needs.origins_of(ticket.tenant), origin):
        return Entry.WRONG_ORIGIN
    connected = Connected(
        connection_id, ticket.tenant, ticket.channel_key, ticket.visitor_id, at_ms=int(now * 1000)
    )
    needs.connections.add(connected, now)
    # Looked for after it was noted: whoever writes their first message meanwhile sees the connection.
    _bound(connected, needs)
    return Entry.OPEN


def adopt(visitor: Visitor, ref: ConversationRef, connections: Connections, now: float) -> None:
    """After a visitor's first message: their connections belong to the conversation."""
    for connected in connections.waiting(visitor.tenant, visitor.channel_key, visitor.visitor_id, now):
        connections.bind(connected, ref, now)


def hear(connection_id: str, text: str, needs: Socketing) -> None:
    """Answers one frame of a client; what it can't understand is answered by an `error` event.

    Raises:
        SahutError: the stores failed; the client may send the frame again.
    """
    connected = needs.connections.get(connection_id)
    if connected is None:
        _complain(connection_id, "unknown_connection", "This connection is not known; connect again.", needs)
        return
    frame = _understood(connection_id, text, needs)
    if frame is None:
        return
    connected = _bound(connected, needs)
    visitor = Visitor(connected.tenant, connected.channel_key, connected.visitor_id)
    if isinstance(frame, Ping):
        needs.reply.send(connection_id, _pong(connected, needs))
    elif isinstance(frame, Resume):
        _catch_up(connection_id, visitor, frame.after, needs)
    else:
        note_typing(visitor, needs.webchat)


def _bound(connected: Connected, needs: Socketing) -> Connected:
    """With the conversation that its visitor has begun meanwhile, if any."""
    if connected.ref is not None:
        return connected
    alias = f"user:{connected.visitor_id}"
    ref = needs.finds.find(connected.tenant, connected.channel_key, alias)
    return connected if ref is None else needs.connections.bind(connected, ref, needs.webchat.clock())


def _understood(connection_id: str, text: str, needs: Socketing) -> Frame | None:
    """The frame, or None after its sender was told what is wrong with it."""
    if len(text.encode()) > MAX_FRAME_BYTES:
        words = f"A frame has at most {MAX_FRAME_BYTES} bytes."
        _complain(connection_id, "too_large", words, needs)
        return None
    try:
        return FRAME.validate_json(text)
    except ValidationError:
        words = 'Send JSON: {"type":"ping"}, {"type":"resume","after":<line>} or {"type":"typing"}.'
        _complain(connection_id, "not_understood", words, needs)
        return None


def _complain(connection_id: str, code: str, words: str, needs: Socketing) -> None:
    needs.reply.send(connection_id, PushEvent("error", body={"code": code, "text": words}))


def _pong(connected: Connected, needs: Socketing) -> PushEvent:
    if connected.ref is None:
        return PushEvent("pong")
    head = needs.webchat.turns.conversation(connected.ref)
    return PushEvent("pong", head.line_seq, {"owner": head.owner.value})


def _catch_up(connection_id: str, visitor: Visitor, after: int, needs: Socketing) -> None:
    """All lines after a line, in as many frames as they need; the last one says that it is."""
    timeline = read_messages(visitor, after, 0, needs.webchat)
    views = [(line.line, needs.view(line, visitor.tenant)) for line in timeline.lines]
    chunks = _chunked(views)
    for number, chunk in enumerate(chunks, start=1):
        is_last = number == len(chunks)
        upto = timeline.cursor if is_last else chunk[-1][0]
        event = _messages([view for _, view in chunk], after, upto, is_last, timeline)
        if not needs.reply.send(connection_id, event):
            return  # gone, or it will ask again
        after = upto


def _messages(
    views: Sequence[Mapping[str, Json]], after: int, upto: int, is_last: bool, timeline: Timeline
) -> PushEvent:
    body: dict[str, Json] = {
        "after": after,
        "messages": views,
        "more": not is_last,
        "owner": timeline.owner.value,
        "pending": timeline.pending,
    }
    return PushEvent("messages", upto, body)


def _chunked(views: Sequence[tuple[int, Mapping[str, Json]]]) -> list[list[tuple[int, Mapping[str, Json]]]]:
    """At least one chunk, the last one perhaps empty."""
    chunks: list[list[tuple[int, Mapping[str, Json]]]] = [[]]
    size = 0
    for each in views:
        if size > _CHUNK_BYTES:
            chunks.append([])
            size = 0
        chunks[-1].append(each)
        size += len(json.dumps(each[1], ensure_ascii=False).encode())
    return chunks
