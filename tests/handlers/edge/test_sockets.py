"""The web chat's WebSocket: tickets, connections, frames, and what was missed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from sahut.domain.errors import TryAgain
from tests.handlers.edge.conftest import BANK_CHAT, ORIGIN, SHOP_CHAT, SHOP_KEY, Edge
from tests.handlers.edge.sockets import Sockets, conversation, numbers, reply, socketing


@pytest.fixture
def sockets(edge: Edge) -> Iterator[Sockets]:
    with socketing(edge) as made:
        yield made


@pytest.fixture
def visitor(edge: Edge) -> Mapping[str, str]:
    return edge.visitor()


# ── tickets ───────────────────────────────────────────────────────────────────────────────────────
def test_a_ticket_opens_one_connection_for_thirty_seconds(
    sockets: Sockets, visitor: Mapping[str, str]
) -> None:
    ticket, late = sockets.ticket(visitor), sockets.ticket(visitor)
    assert sockets.connects(ticket) == 200
    assert sockets.connects(ticket, "c2=") == 401
    sockets.edge.world.now += 31
    assert sockets.connects(late, "c2=") == 401


def test_of_two_who_bring_the_same_ticket_at_once_one_comes_in(
    sockets: Sockets, visitor: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one takes it between our look and our deletion."""
    ticket, tables = sockets.ticket(visitor), sockets.edge.world.made.tables
    look = type(tables).get

    def looked(*args: Any) -> Any:
        found = look(*args)
        if args[2].sk == "TICKET":
            monkeypatch.setattr(type(tables), "get", look)
            assert sockets.connects(ticket, "first=") == 200
        return found

    monkeypatch.setattr(type(tables), "get", looked)
    assert sockets.connects(ticket, "second=") == 401


def test_a_ticket_names_the_address_and_its_end(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    answer = sockets.edge.call("POST", "/v1/chat/tickets", None, {"Origin": ORIGIN, **visitor}).json
    assert answer["url"] == sockets.gateway.url.replace("http", "ws", 1)
    assert answer["expires_at"] == int(sockets.edge.world.now) + 30


def test_a_ticket_that_is_none_opens_nothing(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    secret = sockets.ticket(visitor).partition(".")[2]
    for ticket in ("", "x", "shop.", f"bank.{secret}", f"SHOP.{secret}", f"shop#.{secret}", "shop.é"):
        assert sockets.connects(ticket) == 401, ticket


def test_a_ticket_lies_nowhere_in_its_own_words(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    secret = sockets.ticket(visitor).partition(".")[2]
    items = boto3.client("dynamodb").scan(TableName="once")["Items"]
    assert len(items) == 1
    assert secret not in str(items)


def test_only_a_visitor_gets_a_ticket(sockets: Sockets) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}):
        refused = sockets.edge.call("POST", "/v1/chat/tickets", None, {"Origin": ORIGIN, **headers})
        assert refused.problem["status"] == 401


def test_pages_that_may_not_chat_get_no_ticket_and_no_connection(
    sockets: Sockets, visitor: Mapping[str, str]
) -> None:
    for origin in ("https://elsewhere.example", "null", ""):
        headers = {**visitor, **({"Origin": origin} if origin else {})}
        assert sockets.edge.call("POST", "/v1/chat/tickets", None, headers).problem["status"] == 403
        assert sockets.connects(sockets.ticket(visitor), origin=origin) == 403


def test_a_backend_with_its_key_connects_from_no_page(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    ticket = sockets.ticket({**visitor, "X-Api-Key": SHOP_KEY}, Origin="")
    assert sockets.connects(ticket, origin="") == 200


def test_a_key_of_another_tenant_is_no_pass(sockets: Sockets) -> None:
    bank = sockets.edge.visitor(BANK_CHAT)
    headers = {**bank, "X-Api-Key": SHOP_KEY}
    assert sockets.edge.call("POST", "/v1/chat/tickets", None, headers).problem["status"] == 403


def test_without_a_websocket_api_there_are_no_tickets(edge: Edge) -> None:
    refused = edge.call("POST", "/v1/chat/tickets", None, {"Origin": ORIGIN, **edge.visitor()})
    assert refused.problem["status"] == 404


# ── frames ────────────────────────────────────────────────────────────────────────────────────────
def test_a_ping_tells_the_newest_line(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.opens(visitor)
    assert sockets.sends({"type": "ping"}) == [{"type": "pong"}]
    sockets.edge.say(visitor, "halo", "m1")
    assert sockets.sends({"type": "ping"}) == [{"type": "pong", "id": 1, "owner": "machine"}]


def test_resume_brings_all_that_came_after_a_line(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.edge.say(visitor, "halo", "m1")
    reply(sockets.edge, conversation(sockets.edge), "satu", "dua")
    sockets.opens(visitor)
    (everything,) = sockets.sends({"type": "resume", "after": 0})
    assert (numbers(everything), everything["after"], everything["id"]) == ([1, 2, 3], 0, 3)
    assert everything["messages"][0]["client_message_id"] == "m1"
    (rest,) = sockets.sends({"type": "resume", "after": 2})
    assert (numbers(rest), rest["more"]) == ([3], False)
    (nothing,) = sockets.sends({"type": "resume", "after": 3})
    assert (numbers(nothing), nothing["id"]) == ([], 3)


def test_a_long_absence_is_told_in_several_frames(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    for number in range(20):
        sockets.edge.say(visitor, "é" * 4000, f"m{number}")
    sockets.opens(visitor)
    frames = sockets.sends({"type": "resume", "after": 0})
    assert len(frames) == 3
    assert [number for frame in frames for number in numbers(frame)] == list(range(1, 21))
    assert [frame["more"] for frame in frames] == [True] * (len(frames) - 1) + [False]
    assert [frame["after"] for frame in frames] == [0, *(frame["id"] for frame in frames[:-1])]


def test_typing_is_noted_as_over_http(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.opens(visitor)
    assert sockets.sends({"type": "typing"}) == []
    sockets.edge.say(visitor, "halo", "m1")
    sockets.edge.world.now += 5
    assert sockets.sends({"type": "typing"}) == []
    assert sockets.edge.world.head(conversation(sockets.edge)).typing_at == sockets.edge.world.now


NO_FRAMES = (
    "", "ping", "null", "[]", "{}", '{"type":"pong"}', '{"type":"$connect"}', '{"type":["ping"]}',
    '{"type":"resume"}', '{"type":"resume","after":-1}', '{"type":"resume","after":"1"}',
    '{"type":"resume","after":1e400}', '{"type":"resume","after":true}', '{"type":"ping","x":1}',
    '{"type":"resume","after":99999999999999999999}', "cGluZw==", "[" * 4000,
)  # fmt: skip


def test_a_frame_that_is_none_is_answered_by_an_error(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.opens(visitor)
    for frame in NO_FRAMES:
        (error,) = sockets.sends(frame)
        assert (error["type"], error["code"]) == ("error", "not_understood"), frame
        assert '{"type":"ping"}' in error["text"]
    assert sockets.sends({"type": "ping"}) == [{"type": "pong"}]
    (error,) = sockets.sends('{"type":"ping"}' + " " * 4096)
    assert (error["type"], error["code"]) == ("error", "too_large")


def test_a_connection_that_nobody_knows_is_told_so(sockets: Sockets) -> None:
    sockets.gateway.open["stray="] = []
    (error,) = sockets.sends({"type": "ping"}, "stray=")
    assert error["code"] == "unknown_connection"


def test_trouble_of_ours_is_told_and_ends_nothing(
    sockets: Sockets, visitor: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(*args: object) -> None:
        raise TryAgain("throttled")

    sockets.edge.say(visitor, "halo", "m1")
    sockets.opens(visitor)
    with monkeypatch.context() as broken:
        broken.setattr(type(sockets.edge.world.made.turns), "conversation", throttled)
        (error,) = sockets.sends({"type": "ping"})
    assert error["code"] == "not_available"
    assert sockets.sends({"type": "ping"})[0]["type"] == "pong"


def test_trouble_of_ours_at_the_door_is_no_refusal(
    sockets: Sockets, visitor: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(*args: object) -> None:
        raise TryAgain("throttled")

    ticket = sockets.ticket(visitor)
    monkeypatch.setattr(type(sockets.edge.world.made.sockets), "add", throttled)
    assert sockets.connects(ticket) == 503


def test_nothing_that_anybody_wrote_is_logged(
    sockets: Sockets, visitor: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    sockets.opens(visitor)
    sockets.sends('{"type":"my secret words"}')
    sockets.connects("shop.my-secret-ticket", "c3=")
    assert "secret" not in "".join(capsys.readouterr())


def test_the_key_of_the_chat_is_that_of_the_session(sockets: Sockets) -> None:
    """A visitor of one chat of a tenant is another one in its other chats."""
    first = sockets.edge.visitor(SHOP_CHAT)
    sockets.opens(first)
    connected = sockets.edge.world.made.sockets.get("c1=")
    assert connected is not None
    assert (str(connected.tenant), connected.channel_key, connected.ref) == ("shop", SHOP_CHAT, None)
