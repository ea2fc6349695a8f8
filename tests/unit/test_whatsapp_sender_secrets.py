"""The access token stays secret, whatever the other side does, and TLS is checked."""

import json
import ssl
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sahut.adapters.channels.whatsapp import WhatsAppSender
from sahut.domain.errors import ChannelRefused, SahutError, TryAgain, Uncertain
from sahut.domain.message import Contact
from sahut.ports.channel import SendRequest
from tests.unit.graph_server import Behaviour, GraphServer, answers, graph_server, hangs_up, stalls

TOKEN = "EAAGtest-token-that-must-stay-secret"
TIMEOUT_S = 0.4
ACCEPTED = answers('{"messages":[{"id":"wamid.sent"}]}')
REQUEST = SendRequest("100200300400501", Contact(phone="6281234567890"), "Halo 👋", "c1|t1|a1-1", 1e11)


@pytest.fixture
def server() -> Iterator[GraphServer]:
    with graph_server() as server:
        server.will(ACCEPTED)
        yield server


def sender_to(url: str, token: Callable[[], str] = lambda: TOKEN) -> WhatsAppSender:
    return WhatsAppSender(url, token, TIMEOUT_S)


@pytest.mark.parametrize("token", ["", "  ", "EAAG\nX-Evil: 1", "EAAG token", "EAAGé"])
def test_an_unusable_token_alerts_and_is_not_sent(server: GraphServer, token: str) -> None:
    with pytest.raises(ChannelRefused) as caught:
        sender_to(server.url, lambda: token).send(REQUEST)
    assert caught.value.code == 190
    assert not server.requests


@pytest.mark.parametrize(
    "behaviour",
    [
        hangs_up,
        stalls,
        answers("", 500),
        answers(json.dumps({"error": {"code": 190, "message": f"Malformed access token {TOKEN}"}}), 401),
        answers(TOKEN),
    ],
    ids=["hangs up", "stalls", "500", "quotes it", "echoes it"],
)
def test_no_error_tells_the_token(
    server: GraphServer, behaviour: Behaviour, caplog: pytest.LogCaptureFixture
) -> None:
    server.will(behaviour)
    with pytest.raises(SahutError) as caught:
        sender_to(server.url).send(REQUEST)
    told = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value)) + caplog.text
    assert TOKEN not in told
    assert "Halo" not in told


def test_a_changed_token_is_used_at_once(server: GraphServer) -> None:
    tokens = iter(["first", "second"])
    sender = sender_to(server.url, lambda: next(tokens))
    sender.send(REQUEST)
    sender.send(REQUEST)
    assert [came.headers["authorization"] for came in server.requests] == ["Bearer first", "Bearer second"]


def test_the_address_must_be_a_url() -> None:
    for url in ("", "graph.facebook.com/v23.0", "ftp://graph.facebook.com"):
        with pytest.raises(ValueError, match="Graph API"):
            sender_to(url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    command += ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"openssl makes no certificate here: {error}")
    return folder / "cert.pem", folder / "key.pem"


def test_over_tls_too(certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with graph_server(context) as server:
        server.will(ACCEPTED, stalls)
        with pytest.raises(TryAgain):  # nobody vouches for it
            sender_to(server.url).send(REQUEST)
        assert not server.requests
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        sender = sender_to(server.url)
        assert sender.send(REQUEST) == "wamid.sent"
        began = time.monotonic()
        with pytest.raises(Uncertain):
            sender.send(REQUEST)
        assert time.monotonic() - began < TIMEOUT_S + 0.3
