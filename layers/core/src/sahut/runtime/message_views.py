"""A line of the timeline as the API shows it: over HTTP, over the WebSocket, to people."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sahut.contracts.chat import CitationView, MessageView
from sahut.domain.tenant import TenantId
from sahut.domain.tool_use import is_from_tool
from sahut.ports.conversations import Line
from sahut.ports.push import Json

# Opens a cited original of a tenant: a path below the API's base.
LinkOf = Callable[[TenantId, Mapping[str, str]], str]

_SENDERS = {"machine": "machine", "notice": "notice", "person": "person", "staff_phone": "person"}


def message_view(line: Line, tenant: TenantId, link_of: LinkOf) -> MessageView:
    return MessageView.model_validate(
        {
            "cursor": line.line,
            "sender": _SENDERS.get(line.author, "customer"),
            "text": line.text,
            "at": line.at,
            "citations": [_citation_view(each, tenant, link_of) for each in line.citations],
            "client_message_id": _client_id(line),
        }
    )


def message_json(line: Line, tenant: TenantId, link_of: LinkOf) -> Mapping[str, Json]:
    """The same, as it goes into a frame."""
    view: dict[str, Json] = message_view(line, tenant, link_of).model_dump(mode="json", by_alias=True)
    return view


def _citation_view(citation: Mapping[str, str], tenant: TenantId, link_of: LinkOf) -> CitationView:
    return CitationView(
        number=int(citation["number"]),
        title=citation["title"],
        uri=citation.get("uri", "") or _link(citation, tenant, link_of),
        page=int(citation.get("page", 0)),
    )


def _link(citation: Mapping[str, str], tenant: TenantId, link_of: LinkOf) -> str:
    """'' for what a tool said: there is no document to open."""
    return "" if is_from_tool(citation.get("document_id", "")) else link_of(tenant, citation)


def _client_id(line: Line) -> str:
    """Webchat's provider ids are `visitor:client_message_id`."""
    return line.provider_id.partition(":")[2] if line.author == "customer" else ""
