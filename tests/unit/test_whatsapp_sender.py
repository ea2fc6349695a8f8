"""The sender against a real server that stalls, breaks off, lies and refuses."""

import json
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from sahut.adapters.channels.whatsapp import WhatsAppSender
from sahut.domain.errors import ChannelRefused, TryAgain, Uncertain
from sahut.domain.message import Contact
from sahut.ports.channel import SendRequest
from tests.unit.graph_server import (
    Behaviour,
    GraphServer,
    answers,
    both,
    graph_server,
    hangs_up,
    pauses,
    resets,
    sends,
    stalls,
    trickles,
)

TOKEN = "EAAGtest-token-that-must-stay-secret"
TIMEOUT_S = 0.4
ACCEPTED = answers('{"messaging_product":"whatsapp","messages":[{"id":"wamid.sent"}]}')
PHONE = Contact(phone="6281234567890", user_id="ID.84471120093385512")


@pytest.fixture(scope="module")
def running() -> Iterator[GraphServer]:
    with graph_server() as server:
        yield server


@pytest.fixture
def server(running: GraphServer) -> GraphServer:
    running.requests.clear()
    running.will(ACCEPTED)
    return running


def sender_to(
    url: str, token: Callable[[], str] = lambda: TOKEN, clock: Callable[[], float] = time.time
) -> WhatsAppSender:
    return WhatsAppSender(url, token, TIMEOUT_S, clock)


def request(contact: Contact = PHONE, deadline: float = 1e11, reply_to: str = "") -> SendRequest:
    return SendRequest("100200300400501", contact, "Halo 👋", "c1|t1|a1-1", deadline, reply_to)


# -- what is sent


def test_a_text_goes_to_a_phone_number(server: GraphServer) -> None:
    assert sender_to(server.url).send(request()) == "wamid.sent"
    (came,) = server.requests
    assert (came.method, came.path) == ("POST", "/v23.0/100200300400501/messages")
    assert came.headers["authorization"] == f"Bearer {TOKEN}"
    assert came.headers["content-type"] == "application/json"
    assert json.loads(came.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "6281234567890",
        "type": "text",
        "text": {"preview_url": False, "body": "Halo 👋"},
        "biz_opaque_callback_data": "c1|t1|a1-1",
    }


@pytest.mark.parametrize(
    ("contact", "address"),
    [
        (Contact(user_id="US.1349"), {"recipient_type": "individual", "recipient": "US.1349"}),
        (Contact(phone="628", user_id="US.1349", group_id="Y2Fw"), {"recipient_type": "group", "to": "Y2Fw"}),
    ],
    ids=["user id", "group"],
)
def test_who_has_no_phone_number_is_reached_too(
    server: GraphServer, contact: Contact, address: dict[str, str]
) -> None:
    sender_to(server.url).send(request(contact))
    body = json.loads(server.requests[0].body)
    assert {name: body[name] for name in ("recipient_type", "to", "recipient") if name in body} == address


def test_a_reply_quotes_its_question(server: GraphServer) -> None:
    sender_to(server.url).send(request(reply_to="wamid.question"))
    assert json.loads(server.requests[0].body)["context"] == {"message_id": "wamid.question"}


def test_a_customer_without_any_address_is_refused(server: GraphServer) -> None:
    with pytest.raises(ChannelRefused):
        sender_to(server.url).send(request(Contact(name="Sari")))
    assert not server.requests


def test_the_typing_sign_marks_as_read(server: GraphServer) -> None:
    server.will(answers('{"success":true}'))
    sender_to(server.url).show_typing("100200300400501", "wamid.question")
    assert json.loads(server.requests[0].body) == {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.question",
        "typing_indicator": {"type": "text"},
    }


# -- what becomes of it


@pytest.mark.parametrize(
    "behaviour",
    [
        answers('{"error":{"code":131047,"message":"(#131047) Re-engagement message"}}', 400),
        answers('{"error":{"code":131047,"message":"(#131047) Re-engagement message"}}', 500),
    ],
    ids=["400", "500"],
)
def test_a_coded_error_is_certain(server: GraphServer, behaviour: Behaviour) -> None:
    server.will(behaviour)
    with pytest.raises(ChannelRefused) as caught:
        sender_to(server.url).send(request())
    assert (caught.value.code, caught.value.title) == (131047, "(#131047) Re-engagement message")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        hangs_up,
        resets,
        stalls,
        trickles(b"HTTP/1.1 200 OK\r\nX-Slow: yes\r\n"),
        both(sends(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"), trickles(b" ")),
        both(sends(b"HTTP/1.1 200 OK\r\n\r\n{"), stalls),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + b'{"messages":[{"id":"wamid.cut"}]}'),
        sends(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        sends(b"SSH-2.0-OpenSSH_9.2\r\n"),
        sends(b"HTTP/1.1 999999999 No\r\n\r\n"),
        sends(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
        sends(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"),
        answers("", 500),
        answers("<html>Bad Gateway</html>", 502),
        answers("", 302, Location="/v23.0/elsewhere"),
        answers("welcome to the hotel's network"),
    ],
    ids=[
        *("hangs up", "resets", "stalls", "trickles headers", "trickles body", "stalls in body", "cut short"),
        *("broken chunks", "other protocol", "status nonsense", "too many headers", "long header"),
        *("500", "502", "redirect", "not json"),
    ],
)
def test_what_breaks_after_the_call_began_is_uncertain(server: GraphServer, behaviour: Behaviour) -> None:
    server.will(behaviour)
    began = time.monotonic()
    with pytest.raises(Uncertain):
        sender_to(server.url).send(request())
    assert time.monotonic() - began < TIMEOUT_S + 0.3
    assert len(server.requests) == 1, "neither repeated nor redirected"


def test_too_many_requests_may_be_tried_later(server: GraphServer) -> None:
    server.will(answers("", 429, Retry_After="7"))
    with pytest.raises(TryAgain) as caught:
        sender_to(server.url).send(request())
    assert caught.value.after_s == 7


def test_an_answer_without_end_is_not_taken(server: GraphServer) -> None:
    server.will(answers(b"", Content_Length=str(10**12)))
    with pytest.raises(Uncertain):
        sender_to(server.url).send(request())


def _refusing_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v23.0"


def test_no_connection_is_certain() -> None:
    for url in (_refusing_port(), "http://graph.invalid/v23.0"):
        with pytest.raises(TryAgain):
            sender_to(url).send(request())


def test_a_failed_handshake_is_certain(server: GraphServer) -> None:
    with pytest.raises(TryAgain):
        sender_to(server.url.replace("http:", "https:")).send(request())


# -- deadlines


def test_after_the_deadline_nothing_is_begun(server: GraphServer) -> None:
    with pytest.raises(TryAgain):
        sender_to(server.url, clock=lambda: 1000.0).send(request(deadline=1000.0))
    assert not server.requests


def test_the_deadline_is_looked_at_again_right_before_the_call(server: GraphServer) -> None:
    now = [1000.0]

    def slow_token() -> str:
        now[0] += 60
        return TOKEN

    with pytest.raises(TryAgain):
        sender_to(server.url, slow_token, lambda: now[0]).send(request(deadline=1030.0))
    assert not server.requests


def test_a_call_that_began_in_time_has_its_whole_time_out(server: GraphServer) -> None:
    """A deadline of one second (see stages.speak) must not make slow answers uncertain."""
    server.will(both(pauses(0.2), ACCEPTED))
    assert sender_to(server.url).send(request(deadline=time.time() + 0.1)) == "wamid.sent"


def test_a_connection_that_takes_too_long_is_certain() -> None:
    """A full backlog: the SYN is never answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as deaf:
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        began = time.monotonic()
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/v23.0"
        with pytest.raises(TryAgain):
            sender_to(url).send(request(deadline=time.time() + 0.1))
        assert time.monotonic() - began < 0.35
        for filler in fillers:
            filler.close()
