"""Items of the Conversations table to domain objects and back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sahut.adapters.dynamodb.tool_items import pending_from, use_item, uses_from
from sahut.adapters.dynamodb.wire import Item, Value, float_of, int_of, map_of, maps_of, text_of
from sahut.domain.answer import Citation, FoundPassage, Passage
from sahut.domain.conversation import Conversation, Owner
from sahut.domain.message import Channel, Contact, InboundMessage, Media, MessageKind
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import ClaimedMessage, Part, PartState, Turn, TurnState
from sahut.ports.conversations import Line


def conversation_from(ref: ConversationRef, item: Item) -> Conversation:
    return Conversation(
        ref=ref,
        channel=Channel(text_of(item, "channel")),
        channel_key=text_of(item, "channel_key"),
        contact=contact_from(map_of(item, "contact")),
        owner=Owner(text_of(item, "owner")),
        epoch=int_of(item, "epoch"),
        inbound_seq=int_of(item, "inbound_seq"),
        line_seq=int_of(item, "line_seq"),
        claimed_line=int_of(item, "claimed_line"),
        watermark=int_of(item, "watermark"),
        open_turn_id=text_of(item, "open_turn_id"),
        open_turn_live=int_of(item, "open_turn_live"),
        ticket_id=text_of(item, "ticket_id"),
        last_customer_at=float_of(item, "last_customer_at"),
        session_started_at=float_of(item, "session_started_at"),
        disclosed_at=float_of(item, "disclosed_at"),
        language=text_of(item, "language"),
        typing_at=float_of(item, "typing_at"),
        summary=text_of(item, "summary"),
        summary_until=int_of(item, "summary_until"),
        pending=pending_from(map_of(item, "pending")),
        in_flight={name: float_of(map_of(item, "in_flight"), name) for name in map_of(item, "in_flight")},
    )


def contact_from(item: Item) -> Contact:
    return Contact(**{name: text_of(item, name) for name in Contact.__slots__})


def contact_item(contact: Contact) -> dict[str, Value]:
    return {name: getattr(contact, name) for name in Contact.__slots__ if getattr(contact, name)}


def media_item(media: Media | None) -> dict[str, Value]:
    if media is None:
        return {}
    return {name: getattr(media, name) for name in Media.__slots__ if getattr(media, name)}


def media_from(item: Item) -> Media | None:
    if not item:
        return None
    return Media(**{name: text_of(item, name) for name in Media.__slots__})


def inbound_line_item(message: InboundMessage, line: int, now: float) -> dict[str, Value]:
    item: dict[str, Value] = {
        "line": line,
        "author": "staff_phone" if message.kind is MessageKind.ECHO else "customer",
        "kind": message.kind.value,
        "text": message.text,
        "at": now,
        "sent_at": message.sent_at,
        "provider_id": message.provider_id,
        "starts_turn": message.starts_turn,
        "revision": 0,
    }
    optional: dict[str, Value] = {
        "media": media_item(message.media),
        "target_id": message.target_id,
        "raw": message.raw,
    }
    return item | {name: value for name, value in optional.items() if value}


def line_from(item: Item) -> Line:
    return Line(
        line=int_of(item, "line"),
        author=text_of(item, "author"),
        kind=MessageKind(text_of(item, "kind", MessageKind.TEXT.value)),
        text=text_of(item, "text"),
        heard=text_of(item, "heard"),
        at=float_of(item, "at"),
        provider_id=text_of(item, "provider_id"),
        starts_turn=bool(item.get("starts_turn")),
        turn_id=text_of(item, "turn_id"),
        revoked=bool(item.get("revoked")),
        revision=int_of(item, "revision"),
        media={name: str(value) for name, value in map_of(item, "media").items()},
        citations=tuple(
            {name: str(value) for name, value in each.items()} for each in maps_of(item, "citations")
        ),
    )


def turn_item(turn: Turn) -> dict[str, Value]:
    """The turn as a claim stores it: a new round starts without parts and passages."""
    return {
        "turn_id": turn.ref.turn_id,
        "state": turn.state.value,
        "epoch": turn.epoch,
        "messages": [_claimed_item(each) for each in turn.messages],
        "seen_seq": turn.seen_seq,
        "first_claimed_at": turn.first_claimed_at,
        "round": turn.round,
        "parts": {},
        # What was done at a customer's word stays known, whatever else begins anew.
        "tools": {use.call_id: use_item(use) for use in turn.tools if use.effectful},
        "reason": turn.reason,
        "ticket_id": turn.ticket_id,
    }


def turn_from(ref: TurnRef, item: Item) -> Turn:
    parts = {
        name: part_from(name, each)
        for name, each in map_of(item, "parts").items()
        if isinstance(each, Mapping)
    }
    return Turn(
        ref=ref,
        state=TurnState(text_of(item, "state")),
        epoch=int_of(item, "epoch"),
        messages=tuple(_claimed_from(each, map_of(item, "heard")) for each in maps_of(item, "messages")),
        seen_seq=int_of(item, "seen_seq"),
        first_claimed_at=float_of(item, "first_claimed_at"),
        round=int_of(item, "round", 1),
        language=text_of(item, "language"),
        lane=text_of(item, "lane"),
        smalltalk=text_of(item, "smalltalk"),
        parts=parts,
        passages=passages_from(item),
        evidence_score=float_of(item, "evidence_score"),
        enough=bool(item.get("enough", True)),
        tools=uses_from(map_of(item, "tools")),
        kb_version=text_of(item, "kb_version"),
        reason=text_of(item, "reason"),
        ticket_id=text_of(item, "ticket_id"),
        asked_back=bool(item.get("asked_back")),
        streaming=bool(item.get("streaming")),
        model=text_of(item, "model"),
        gave_up=text_of(item, "gave_up"),
    )


def _claimed_item(message: ClaimedMessage) -> dict[str, Value]:
    return {
        "line": message.line,
        "provider_id": message.provider_id,
        "kind": message.kind.value,
        "text": message.text,
        "media": media_item(message.media),
        "sent_at": message.sent_at,
        "heard": message.heard,
    }


def _claimed_from(item: Item, heard: Item) -> ClaimedMessage:
    return ClaimedMessage(
        line=int_of(item, "line"),
        provider_id=text_of(item, "provider_id"),
        kind=MessageKind(text_of(item, "kind")),
        text=text_of(item, "text"),
        media=media_from(map_of(item, "media")),
        sent_at=float_of(item, "sent_at"),
        heard=text_of(heard, str(int_of(item, "line"))) or text_of(item, "heard"),
    )


def part_item(part: Part) -> dict[str, Value]:
    return {
        "text": part.text,
        "state": part.state.value,
        "order": part.order,
        "status_rank": part.status_rank,
        "citations": [citation_item(each) for each in part.citations],
    }


def part_from(part_id: str, item: Item) -> Part:
    return Part(
        part_id=part_id,
        text=text_of(item, "text"),
        state=PartState(text_of(item, "state")),
        order=int_of(item, "order"),
        provider_id=text_of(item, "provider_id"),
        status_rank=int_of(item, "status_rank"),
        failed_code=int_of(item, "failed_code"),
        sending_since=float_of(item, "sending_since"),
        citations=tuple(
            Citation(
                number=int_of(each, "number"),
                passage_id=text_of(each, "passage_id"),
                document_id=text_of(each, "document_id"),
                title=text_of(each, "title"),
                uri=text_of(each, "uri"),
                page=int_of(each, "page"),
                document_version=text_of(each, "document_version"),
            )
            for each in maps_of(item, "citations")
        ),
    )


def citation_item(citation: Citation) -> dict[str, Value]:
    return {name: getattr(citation, name) for name in Citation.__slots__}


def passages_text(passages: Sequence[FoundPassage]) -> str:
    """One attribute. As maps of maps, eight passages are 120 attribute values, which the SDK reads and
    writes one by one: 2.5 ms of processor time for each read of their turn, most of which want its state.
    """
    return json.dumps([_found_item(each) for each in passages], ensure_ascii=False)


def passages_from(item: Item) -> tuple[FoundPassage, ...]:
    """Also of a turn that an earlier version stored, which still wrote maps."""
    stored = item.get("passages")
    found = json.loads(stored) if isinstance(stored, str) else maps_of(item, "passages")
    return tuple(_found_from(each) for each in found)


def _found_item(found: FoundPassage) -> dict[str, Value]:
    passage: dict[str, Value] = {name: getattr(found.passage, name) for name in Passage.__slots__}
    return {"passage": passage, "fused": found.fused, "dense": found.dense, "lexical": found.lexical}


def _found_from(item: Item) -> FoundPassage:
    of = map_of(item, "passage")
    numbers = {name: int_of(of, name) for name in ("page", "start", "end")}
    words = {name: text_of(of, name) for name in Passage.__slots__ if name not in numbers}
    return FoundPassage(
        passage=Passage(**words, **numbers),  # type: ignore[arg-type]  # the two dicts cover the fields by type
        fused=float_of(item, "fused"),
        dense=float_of(item, "dense"),
        lexical=float_of(item, "lexical"),
    )
