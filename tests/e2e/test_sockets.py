"""The web chat's WebSocket with a real client: replies come by push, and a drop loses and repeats nothing."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from sandbox.stack import Stack
from tests.conftest import eventually
from tests.e2e.questions import BALI, PAPUA
from tests.e2e.support import Shop, http
from tests.e2e.webchat import ORIGIN, Chat, Visitor
from tests.e2e.websocket import Refused, WebSocket


class Opened:
    """Opens connections of a visitor, and closes what is left of them."""

    def __init__(self, stack: Stack) -> None:
        self._api = stack.endpoints.api_url
        self._open: list[WebSocket] = []

    def ticket(self, visitor: Visitor) -> Mapping[str, object]:
        headers = {"Authorization": f"Bearer {visitor.token}", "Origin": ORIGIN}
        answer = http("POST", f"{self._api}/v1/chat/tickets", b"", headers)
        assert answer.status == 201, answer.text
        return answer.body

    def __call__(self, visitor: Visitor, origin: str = ORIGIN) -> WebSocket:
        told = self.ticket(visitor)
        return self.with_ticket(str(told["url"]), str(told["ticket"]), origin)

    def with_ticket(self, url: str, ticket: str, origin: str = ORIGIN) -> WebSocket:
        made = WebSocket(url, ticket, origin)
        self._open.append(made)
        return made

    def end(self) -> None:
        for each in self._open:
            if each.is_open:
                each.breaks()


@pytest.fixture
def opened(stack: Stack) -> Iterator[Opened]:
    made = Opened(stack)
    yield made
    made.end()


@pytest.fixture
def visitor(stack: Stack, shop: Shop) -> Visitor:
    return Chat(stack, shop.tenant_id, shop.seeded.webchat_key).visitor()


def lines(*events: Mapping[str, Any]) -> list[int]:
    """Line numbers of all messages in `message` and `messages` events, as they came."""
    found: list[int] = []
    for event in events:
        if event["type"] == "message":
            found.append(event["message"]["cursor"])
        elif event["type"] == "messages":
            found += [message["cursor"] for message in event["messages"]]
    return found


def test_a_visitor_asks_by_http_and_hears_the_reply_by_push(visitor: Visitor, opened: Opened) -> None:
    socket = opened(visitor)
    assert visitor.writes(PAPUA.words).status == 202
    (reply,) = socket.hears("message")
    assert PAPUA.answer in reply["message"]["text"]
    assert reply["message"]["citations"][0]["uri"].startswith("/v1/citations/")
    assert (reply["id"], reply["owner"], reply["pending"]) == (2, "machine", False)
    assert [each["cursor"] for each in visitor.rests()] == [1, 2]
    assert {name: value for name, value in visitor.read[-1].items() if name != "citations"} == {
        name: value for name, value in reply["message"].items() if name != "citations"
    }


def test_a_connection_that_drops_loses_nothing_and_repeats_nothing(visitor: Visitor, opened: Opened) -> None:
    socket = opened(visitor)
    visitor.writes(PAPUA.words)
    socket.hears("message")
    seen = lines(*socket.heard)
    socket.breaks()
    visitor.writes(BALI.words)
    visitor.rests()
    again = opened(visitor)
    again.sends({"type": "resume", "after": max(seen)})
    (missed,) = again.hears("messages")
    assert lines(missed) == [3, 4]
    assert BALI.answer in missed["messages"][1]["text"]
    again.sends({"type": "resume", "after": missed["id"]})
    assert again.hears("messages", 2)[-1]["messages"] == []
    visitor.writes("Terima kasih, apakah ada cabang di Bandung?")
    again.hears("message")
    assert sorted(seen + lines(*again.heard)) == [2, 3, 4, 6]


def test_two_tabs_hear_the_same_and_one_that_is_gone_is_forgotten(
    stack: Stack, visitor: Visitor, opened: Opened
) -> None:
    first, second, gone = opened(visitor), opened(visitor), opened(visitor)
    visitor.writes(PAPUA.words)
    assert first.hears("message")[0] == second.hears("message")[0]
    gone.breaks()
    table = stack.outputs["ConversationsTable"]

    def connections() -> int:
        ref = visitor.ref
        found = stack.client("dynamodb").query(
            TableName=table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
            ExpressionAttributeValues={
                ":pk": {"S": f"T#{ref.tenant}#C#{ref.conversation_id}"},
                ":sk": {"S": "SOCKET#"},
            },
        )
        return len(found["Items"])

    eventually(lambda: connections() == 2)
    second.closes()
    eventually(lambda: connections() == 1)


def test_a_hand_over_and_a_person_are_heard_at_once(visitor: Visitor, shop: Shop, opened: Opened) -> None:
    socket = opened(visitor)
    visitor.writes("Saya mau bicara dengan orang")
    (notice,) = socket.hears("message")
    assert (notice["message"]["from"], notice["owner"], notice["pending"]) == ("notice", "waiting", False)
    path = f"/v1/conversations/{visitor.ref.conversation_id}"
    shop.calls("POST", f"{path}/take-over")
    assert socket.hears("owner")[0]["owner"] == "person"
    shop.calls("POST", f"{path}/messages", {"text": "Halo, saya Dewi."}, **{"Idempotency-Key": "1"})
    assert socket.hears("message", 2)[-1]["message"]["text"] == "Halo, saya Dewi."
    shop.calls("POST", f"{path}/release")
    assert socket.hears("owner", 2)[-1]["owner"] == "machine"


def test_the_heartbeat_and_what_is_no_frame(visitor: Visitor, opened: Opened) -> None:
    socket = opened(visitor)
    socket.sends({"type": "ping"})
    assert socket.hears("pong") == [{"type": "pong"}]
    socket.sends("nonsense")
    assert socket.hears("error")[0]["code"] == "not_understood"
    socket.sends("x" * 5000)
    assert socket.hears("error", 2)[-1]["code"] == "too_large"
    socket.sends({"type": "$connect", "action": "$disconnect"})  # names routes, and gets to none
    assert socket.hears("error", 3)[-1]["code"] == "not_understood"
    socket.sends({"type": "ping"})
    socket.hears("pong", 2)


def test_only_a_fresh_ticket_from_an_allowed_page_opens_a_connection(
    visitor: Visitor, opened: Opened
) -> None:
    told = opened.ticket(visitor)
    url, ticket = str(told["url"]), str(told["ticket"])
    opened.with_ticket(url, ticket)
    for wrong in (ticket, "", "nonsense", ticket.replace("toko-melati", "northwind-bank")):
        with pytest.raises(Refused) as refused:
            opened.with_ticket(url, wrong)
        assert refused.value.status in (401, 403)
    with pytest.raises(Refused):
        opened(visitor, origin="https://elsewhere.example")


def test_a_reply_is_on_the_screen_soon_after_it_is_stored(visitor: Visitor, opened: Opened) -> None:
    socket = opened(visitor)
    visitor.writes(PAPUA.words)
    (reply,) = socket.hears("message")
    assert time.time() - reply["message"]["at"] < 2.0
