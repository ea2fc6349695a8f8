"""Routes of the web chat: sessions, messages, long poll."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from sahut.contracts.chat import (
    CitationView,
    MessageAccepted,
    Messages,
    MessageView,
    NewMessage,
    Session,
    SessionRequest,
)
from sahut.domain.message import Channel
from sahut.domain.tenant import TenantId
from sahut.ports.conversations import Line
from sahut.runtime.bootstrap import composition, needs_of
from sahut.runtime.http_problems import HttpProblem
from sahut.runtime.lean_fastapi import APIRouter, Depends, Header, Query
from sahut.stages.webchat import Visitor, note_typing, read_messages, write_message

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
    key = made.registry.api_key(x_api_key) if x_api_key else None
    if key is None or key.tenant != tenant:
        allowed = made.registry.profile(tenant).allowed_origins
        if origin not in allowed and "*" not in allowed:
            raise HttpProblem(403, "This origin may not use the web chat")
    token = made.visitor_tokens.issue(tenant, request.webchat_key, request.visitor_token)
    return Session(visitor_token=token.text, visitor_id=token.visitor.visitor_id, expires_at=token.expires_at)


@router.post("/messages", status_code=202)
def send_message(message: NewMessage, visitor: AsVisitor) -> MessageAccepted:
    """Stores a message. The same `client_message_id` is the same message, however often it is sent."""
    stored = write_message(visitor, message.client_message_id, message.text, needs_of("webchat"))
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
    senders = {"machine": "machine", "notice": "notice", "person": "person", "staff_phone": "person"}
    return MessageView.model_validate(
        {
            "cursor": line.line,
            "sender": senders.get(line.author, "customer"),
            "text": line.text,
            "at": line.at,
            "citations": [_citation_view(each, tenant) for each in line.citations],
            "client_message_id": _client_id(line),
        }
    )


def _citation_view(citation: Mapping[str, str], tenant: TenantId) -> CitationView:
    return CitationView(
        number=int(citation["number"]),
        title=citation["title"],
        uri=citation.get("uri", "") or composition().citation_links.path(tenant, citation),
        page=int(citation.get("page", 0)),
    )


def _client_id(line: Line) -> str:
    """Webchat's provider ids are `visitor:client_message_id`."""
    return line.provider_id.partition(":")[2] if line.author == "customer" else ""
