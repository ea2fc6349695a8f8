"""The web chat's WebSocket: what is pushed to whom, and pushes that fail."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

import pytest

from sahut.domain.errors import TryAgain
from sahut.ports.push import PushEvent
from tests.handlers.edge.conftest import BANK_CHAT, SHOP_KEY, Edge
from tests.handlers.edge.sockets import Sockets, conversation, numbers, reply, socketing, told


@pytest.fixture
def sockets(edge: Edge) -> Iterator[Sockets]:
    with socketing(edge) as made:
        yield made


@pytest.fixture
def visitor(edge: Edge) -> Mapping[str, str]:
    return edge.visitor()


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
