"""Fetching a file in two steps, from a server that may be broken or not who it should be."""

import base64
import hashlib
import json
from collections.abc import Iterator

import pytest

from sahut.adapters.channels import whatsapp
from sahut.adapters.channels.whatsapp import WhatsAppSender
from sahut.domain.errors import ChannelRefused, Refused, SahutError, TryAgain
from tests.unit.graph_server import Behaviour, GraphServer, answers, graph_server, hangs_up, sends, stalls

FILE = b"\x89PNG" + bytes(range(256)) * 40
HEX = hashlib.sha256(FILE).hexdigest()
BASE64 = base64.b64encode(hashlib.sha256(FILE).digest()).decode()


@pytest.fixture(scope="module")
def running() -> Iterator[GraphServer]:
    with graph_server() as server:
        yield server


@pytest.fixture
def server(running: GraphServer) -> GraphServer:
    running.requests.clear()
    return running


def fetch(server: GraphServer, media_id: str = "1479537139650973") -> tuple[bytes, str]:
    return WhatsAppSender(server.url, lambda: "EAAGtoken", 0.4).fetch_media(media_id)


def described(server: GraphServer, **more: object) -> Behaviour:
    about = {
        "url": f"{server.url}/files/1?ext=2&hash=x",
        "mime_type": "image/png",
        "sha256": HEX,
        "file_size": len(FILE),
    }
    return answers(json.dumps(about | more))


@pytest.mark.parametrize("digest", [HEX, HEX.upper(), BASE64, "", None, "no digest", "ab" * 32 + "c"])
def test_a_file_is_described_then_fetched(server: GraphServer, digest: str | None) -> None:
    server.will(described(server, sha256=digest), answers(FILE, Content_Type="text/html"))
    assert fetch(server) == (FILE, "image/png")
    assert [came.path for came in server.requests] == [
        "/v23.0/1479537139650973",
        "/v23.0/files/1?ext=2&hash=x",
    ]
    assert {came.headers["authorization"] for came in server.requests} == {"Bearer EAAGtoken"}
    assert {came.method for came in server.requests} == {"GET"}


def test_the_type_is_told_by_the_file_when_the_description_does_not(server: GraphServer) -> None:
    server.will(described(server, mime_type=None), answers(FILE, Content_Type="application/pdf"))
    assert fetch(server)[1] == "application/pdf"


def test_an_id_cannot_leave_its_place_in_the_path(server: GraphServer) -> None:
    server.will(described(server), answers(FILE))
    fetch(server, "../me?fields=token")
    assert server.requests[0].path == "/v23.0/..%2Fme%3Ffields%3Dtoken"


def test_a_file_that_looks_like_an_error_is_a_file(server: GraphServer) -> None:
    file = b'{"error":{"code":190}}'
    server.will(described(server, sha256=""), answers(file))
    assert fetch(server)[0] == file


@pytest.mark.parametrize(
    "behaviour",
    [
        hangs_up,
        stalls,
        answers("", 500),
        answers("", 429),
        answers('{"error":{"code":131000}}', 500),
        answers(b"another file"),
        sends(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + FILE),
    ],
    ids=["hangs up", "stalls", "500", "429", "coded, for now", "damaged", "cut short"],
)
def test_what_may_pass_can_be_tried_again(server: GraphServer, behaviour: Behaviour) -> None:
    server.will(described(server), behaviour)
    with pytest.raises(TryAgain):
        fetch(server)


@pytest.mark.parametrize(
    "behaviour",
    [
        answers('{"error":{"code":100,"message":"Unsupported get request"}}', 400),
        answers("gone", 404),
        answers("", 302, Location="http://127.0.0.1:1/"),
    ],
    ids=["expired", "404", "redirect"],
)
def test_what_never_passes_is_refused(server: GraphServer, behaviour: Behaviour) -> None:
    server.will(behaviour)
    with pytest.raises(SahutError) as caught:
        fetch(server)
    assert len(server.requests) == 1
    assert isinstance(caught.value, ChannelRefused | TryAgain)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/v23.0/file",
        "file:///etc/passwd",
        "//evil.example/file",
        "https:///file",
        "https://evil.example:port/file",
        "https://[evil/file",
        "https://evil.example/a b",
        "https://evil.example/a\r\nX: y",
        "",
        None,
        7,
    ],
)
def test_the_token_goes_only_where_it_may(server: GraphServer, url: object) -> None:
    server.will(described(server, url=url))
    with pytest.raises(Refused):
        fetch(server)
    assert len(server.requests) == 1


def test_a_file_on_another_host_is_asked_for_over_tls(server: GraphServer) -> None:
    server.will(described(server, url="https://lookaside.invalid/file"))
    with pytest.raises(TryAgain, match="no connection"):
        fetch(server)


def test_a_large_file_is_not_even_asked_for(server: GraphServer) -> None:
    server.will(described(server, file_size=str(26 * 1024 * 1024)))
    with pytest.raises(Refused, match="too large"):
        fetch(server)
    assert len(server.requests) == 1


@pytest.mark.parametrize("length", ["10000", ""], ids=["announced", "not announced"])
def test_a_file_larger_than_described_is_refused(
    server: GraphServer, monkeypatch: pytest.MonkeyPatch, length: str
) -> None:
    monkeypatch.setattr(whatsapp, "MEDIA_LIMIT", 5000)
    server.will(described(server, file_size=100), answers(b"x" * 10_000, Content_Length=length))
    with pytest.raises(Refused, match="too large"):
        fetch(server)


def test_media_limit_is_25_megabytes() -> None:
    assert whatsapp.MEDIA_LIMIT == 25 * 1024 * 1024
