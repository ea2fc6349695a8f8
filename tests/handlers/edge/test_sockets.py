"""The web chat's WebSocket: tickets, connections, what was missed, and pushes that fail."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from sahut.domain.conversation import Owner
from sahut.domain.errors import TryAgain
from sahut.domain.tenant import ConversationRef, TurnRef
from sahut.domain.turn import Part, Turn, TurnState
from sahut.ports.conversations import Fence
from sahut.ports.push import PushEvent
from sahut.stages.speak import speak
from tests.handlers.conftest import SHOP
from tests.handlers.edge.conftest import BANK_CHAT, ORIGIN, SHOP_CHAT, SHOP_KEY, Edge
from tests.handlers.edge.sockets import Sockets, gateway


@pytest.fixture
def sockets(edge: Edge) -> Iterator[Sockets]:
    made = edge.world.made
    with gateway() as served:
        made.settings = dataclasses.replace(made.settings, sockets_url=served.url)
        yield Sockets(edge, served)


@pytest.fixture
def visitor(edge: Edge) -> Mapping[str, str]:
    return edge.visitor()


def conversation(edge: Edge) -> ConversationRef:
    """The only one of the shop that the machine has."""
    (ref,) = edge.world.made.inbox.list(SHOP, Owner.MACHINE, 10)
    return ref


def reply(edge: Edge, ref: ConversationRef, *texts: str, turn_id: str = "t1") -> None:
    """The machine answers as delivery does, part by part."""
    made = edge.world.made
    parts = {f"r1-{n}": Part(f"r1-{n}", text, order=n) for n, text in enumerate(texts, start=1)}
    task = edge.world.task(ref)
    turn = Turn(TurnRef(ref, turn_id), TurnState.OPEN, task.epoch, (), 0, edge.world.now, parts=parts)
    made.turns.open_spoken(turn)
    boto3.resource("dynamodb").Table("conversations").update_item(
        Key={"pk": f"T#shop#C#{ref.conversation_id}", "sk": "HEAD"},
        UpdateExpression="SET open_turn_id = :turn",
        ExpressionAttributeValues={":turn": turn_id},
    )
    for number, part in enumerate(parts.values(), start=1):
        head = made.turns.conversation(ref)
        fence = Fence(Owner.MACHINE, task.epoch, "machine", head.channel_key, edge.world.now, 0)
        speak(head, turn, part, fence, number == len(parts), made.voice)


def told(event: Mapping[str, Any]) -> tuple[int, str]:
    return event["id"], event["message"]["text"]


def numbers(event: Mapping[str, Any]) -> list[int]:
    return [each["cursor"] for each in event["messages"]]


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


# ── what is pushed ────────────────────────────────────────────────────────────────────────────────
def test_whoever_is_connected_hears_each_part_at_once(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.edge.say(visitor, "halo", "m1")
    sockets.opens(visitor)
    reply(sockets.edge, conversation(sockets.edge), "satu", "dua")
    first, second = sockets.heard()
    assert (told(first), first["pending"]) == ((2, "satu"), True)
    assert (told(second), second["pending"], second["owner"]) == ((3, "dua"), False, "machine")
    polled = sockets.edge.read(visitor, after=1).json["messages"]
    assert [first["message"], second["message"]] == polled


def test_who_connected_before_their_first_message_hears_the_reply(
    sockets: Sockets, visitor: Mapping[str, str]
) -> None:
    sockets.opens(visitor)
    sockets.opens(visitor, "c2=")
    sockets.edge.say(visitor, "halo", "m1")
    reply(sockets.edge, conversation(sockets.edge), "satu")
    assert [told(event) for event in sockets.heard()] == [(2, "satu")]
    assert sockets.heard("c2=") == sockets.heard()


def test_nobody_hears_another_visitor(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.opens(sockets.edge.visitor(), "other=")
    sockets.opens(sockets.edge.visitor(BANK_CHAT), "bank=")
    sockets.edge.say(visitor, "halo", "m1")
    reply(sockets.edge, conversation(sockets.edge), "satu")
    assert (sockets.heard("other="), sockets.heard("bank=")) == ([], [])
    assert sockets.sends({"type": "resume", "after": 0}, "other=")[0]["messages"] == []


def test_a_person_is_heard_and_seen_to_come_and_go(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    edge = sockets.edge
    edge.say(visitor, "halo", "m1")
    sockets.opens(visitor)
    path = f"/v1/conversations/{conversation(edge).conversation_id}"
    backend = {"X-Api-Key": SHOP_KEY, "Idempotency-Key": "1"}
    edge.call("POST", f"{path}/take-over", None, backend)
    edge.call("POST", f"{path}/messages", {"text": "Saya Ani."}, backend)
    edge.call("POST", f"{path}/release", None, backend)
    came, said, went = sockets.heard()
    assert (came["type"], came["owner"]) == ("owner", "person")
    assert (told(said), said["message"]["from"], said["owner"]) == ((2, "Saya Ani."), "person", "person")
    assert (went["owner"], "id" in went) == ("machine", False)


def test_who_left_is_told_nothing_more(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.edge.say(visitor, "halo", "m1")
    sockets.opens(visitor)
    sockets.leaves()
    ref = conversation(sockets.edge)
    assert sockets.edge.world.made.sockets.of(ref, sockets.edge.world.now) == []
    assert sockets.edge.world.made.sockets.get("c1=") is None


def test_a_connection_that_is_gone_is_forgotten(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    """$disconnect is told on a best-effort basis."""
    sockets.edge.say(visitor, "halo", "m1")
    sockets.opens(visitor)
    sockets.opens(visitor, "c2=")
    del sockets.gateway.open["c1="]
    ref, made = conversation(sockets.edge), sockets.edge.world.made
    assert made.push.push(ref, PushEvent("message", 1)) == 1
    assert made.sockets.of(ref, sockets.edge.world.now) == ["c2="]


def test_a_connection_ends_with_its_time(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.edge.say(visitor, "halo", "m1")
    sockets.opens(visitor)
    later = sockets.edge.world.now + 2 * 3600
    ref, store = conversation(sockets.edge), sockets.edge.world.made.sockets
    assert store.of(ref, later) == ["c1="]
    assert store.of(ref, later + 3600) == []


def test_the_newest_connections_come_first_and_not_all_of_them(
    sockets: Sockets, visitor: Mapping[str, str]
) -> None:
    sockets.edge.say(visitor, "halo", "m1")
    for number in range(10):
        sockets.edge.world.now += 1
        sockets.opens(visitor, f"c{number}=")
    ref = conversation(sockets.edge)
    found = sockets.edge.world.made.sockets.of(ref, sockets.edge.world.now)
    assert found == [f"c{number}=" for number in range(9, 1, -1)]


# ── pushes that fail ──────────────────────────────────────────────────────────────────────────────
def test_a_push_that_hangs_costs_a_second_and_no_reply(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.edge.say(visitor, "halo", "m1")
    for number in range(5):
        sockets.opens(visitor, f"c{number}=")
    sockets.gateway.slow_s = 3
    began = time.monotonic()
    reply(sockets.edge, conversation(sockets.edge), "satu")
    assert time.monotonic() - began < 2
    assert [each["text"] for each in sockets.edge.read(visitor).json["messages"]] == ["halo", "satu"]


def test_a_gateway_in_trouble_costs_no_reply(sockets: Sockets, visitor: Mapping[str, str]) -> None:
    sockets.edge.say(visitor, "halo", "m1")
    sockets.opens(visitor)
    sockets.gateway.status = 500
    reply(sockets.edge, conversation(sockets.edge), "satu")
    sockets.gateway.status = 200
    (missed,) = sockets.sends({"type": "resume", "after": 1})
    assert (numbers(missed), missed["id"]) == ([2], 2)


def test_connections_that_cant_be_listed_cost_no_reply(
    sockets: Sockets, visitor: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(*args: object) -> None:
        raise TryAgain("throttled")

    sockets.edge.say(visitor, "halo", "m1")
    monkeypatch.setattr(type(sockets.edge.world.made.sockets), "of", throttled)
    reply(sockets.edge, conversation(sockets.edge), "satu")
    assert len(sockets.edge.read(visitor).json["messages"]) == 2


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
