"""Routes of the web chat: sessions, messages, long poll."""

from __future__ import annotations

from typing import Annotated

from sahut.contracts.chat import (
    MessageAccepted,
    Messages,
    MessageView,
    NewMessage,
    Session,
    SessionRequest,
)
from sahut.contracts.sockets import SocketTicket
from sahut.domain.message import Channel
from sahut.domain.tenant import TenantId
from sahut.ports.conversations import Line
from sahut.ports.push import Ticket
from sahut.runtime.bootstrap import composition, needs_of
from sahut.runtime.http_problems import HttpProblem
from sahut.runtime.lean_fastapi import APIRouter, Depends, Header, Query
from sahut.runtime.message_views import message_view
from sahut.stages.sockets import adopt
from sahut.stages.webchat import Visitor, may_use, note_typing, read_messages, write_message

# API Gateway ends a request after 29 s.
MAX_WAIT_S = 20

router = APIRouter(prefix="/v1/chat", tags=["webchat"])


def _visitor(authorization: Annotated[str, Header()] = "") -> Visitor:
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HttpProblem(401, "A visitor token is needed", "Authorization: Bearer <visitor token>")
    return composition().visitor_tokens.visitor(token)


AsVisitor = Annotated[Visitor, Depends(_visitor)]


@router.post("/sessions", status_code=201)
def open_session(
    request: SessionRequest,
    origin: Annotated[str, Header()] = "",
    x_api_key: Annotated[str, Header()] = "",
) -> Session:
    """Exchanges a public webchat key for a short-lived visitor token.

    Browsers may only come from the tenant's allowed origins; a backend sends its API key.
    """
    made = composition()
    tenant = made.registry.tenant_of(Channel.WEBCHAT, request.webchat_key)
    if tenant is None:
        raise HttpProblem(404, "No web chat has this key")
    _admit(tenant, origin, x_api_key)
    token = made.visitor_tokens.issue(tenant, request.webchat_key, request.visitor_token)
    return Session(visitor_token=token.text, visitor_id=token.visitor.visitor_id, expires_at=token.expires_at)


def _admit(tenant: TenantId, origin: str, x_api_key: str) -> bool:
    """Whether it is the tenant's backend, which comes from no page.

    Raises:
        HttpProblem: 403, it is a page that may not use the tenant's chat.
    """
    made = composition()
    key = made.registry.api_key(x_api_key) if x_api_key else None
    if key is not None and key.tenant == tenant:
        return True
    if not may_use(made.registry.profile(tenant).allowed_origins, origin):
        raise HttpProblem(403, "This origin may not use the web chat")
    return False


@router.post("/tickets", status_code=201)
def open_socket(
    visitor: AsVisitor,
    origin: Annotated[str, Header()] = "",
    x_api_key: Annotated[str, Header()] = "",
) -> SocketTicket:
    """A ticket for one WebSocket connection, valid for 30 s and once: a browser can't set headers there.

    Browsers connect from the tenant's allowed origins; a backend sends its API key here.
    """
    made = composition()
    if not made.settings.sockets_url:
        raise HttpProblem(404, "There is no WebSocket API here", "Ask for messages with `wait`.")
    is_backend = _admit(visitor.tenant, origin, x_api_key)
    ticket = Ticket(visitor.tenant, visitor.channel_key, visitor.visitor_id, any_origin=is_backend)
    text, expires_at = made.sockets.issue_ticket(ticket, made.clock())
    # https becomes wss, and http (on a developer's machine) ws
    url = "ws" + made.settings.sockets_url.removeprefix("http")
    return SocketTicket(ticket=text, url=url, expires_at=expires_at)


@router.post("/messages", status_code=202)
def send_message(message: NewMessage, visitor: AsVisitor) -> MessageAccepted:
    """Stores a message. The same `client_message_id` is the same message, however often it is sent."""
    stored = write_message(visitor, message.client_message_id, message.text, needs_of("webchat"))
    if stored.line == 1:
        made = composition()
        adopt(visitor, stored.conversation, made.sockets, made.clock())
    return MessageAccepted(message_id=stored.message_id, cursor=stored.line)


@router.put("/typing", status_code=204)
def typing(visitor: AsVisitor) -> None:
    """Says that the visitor is writing on. Send it every two seconds at most, while they do."""
    note_typing(visitor, needs_of("webchat"))


@router.get("/messages")
def get_messages(
    visitor: AsVisitor,
    after: Annotated[int, Query(ge=0)] = 0,
    wait: Annotated[float, Query(ge=0, le=MAX_WAIT_S)] = 0,
) -> Messages:
    """What came after a cursor; with `wait`, holds the request until something does (seconds)."""
    timeline = read_messages(visitor, after, wait, needs_of("webchat"))
    return Messages(
        messages=[view_of(line, visitor.tenant) for line in timeline.lines],
        cursor=timeline.cursor,
        owner=timeline.owner.value,
        pending=timeline.pending,
    )


def view_of(line: Line, tenant: TenantId) -> MessageView:
    return message_view(line, tenant, composition().citation_links.path)
