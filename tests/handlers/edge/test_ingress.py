"""The webhook's edge, as Meta sees it: what is let in, what is answered, and what is kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from sahut.adapters.dynamodb.table import Tables
from sahut.domain.errors import TryAgain
from sahut.runtime.ingress_app import MAX_BODY_BYTES
from tests.handlers.conftest import NUMBER
from tests.handlers.edge.conftest import APP_SECRET, VERIFY_TOKEN, WEBHOOK, Edge, signed
from tests.handlers.steps import dispatch_jobs, items_of

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "whatsapp"
WORDS = "Pesanan saya di mana? 🙏"


def webhook(*texts: str, number: str = NUMBER) -> bytes:
    messages = [
        {
            "from": "6281",
            "id": f"wamid.{n}",
            "timestamp": "1790000000",
            "type": "text",
            "text": {"body": text},
        }
        for n, text in enumerate(texts)
    ]
    value = {"metadata": {"phone_number_id": number}, "messages": messages}
    entry = {"id": "w1", "changes": [{"field": "messages", "value": value}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}, ensure_ascii=False).encode()


def stored() -> list[dict[str, Any]]:
    return [*items_of("conversations"), *items_of("once"), *items_of("logs")]


# ── verification ──────────────────────────────────────────────────────────────────────────────────
def test_meta_is_answered_its_challenge_by_the_right_token_only(edge: Edge) -> None:
    def ask(**parameters: str) -> Any:
        query = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": VERIFY_TOKEN}
        asked = {name: value for name, value in (query | parameters).items() if value}
        return edge.call("GET", WEBHOOK, query=asked)

    right = ask()
    assert (right.status, right.body) == (200, "1158201444")
    assert right.headers["content-type"].startswith("text/plain")
    wrong: list[dict[str, str]] = [
        {"hub.verify_token": "guess"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "schlüssel"},
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
    ]
    for parameters in wrong:
        reply = ask(**parameters)
        assert reply.status == 403, parameters
        assert VERIFY_TOKEN not in json.dumps(reply.problem)


# ── signature ─────────────────────────────────────────────────────────────────────────────────────
def test_nothing_of_an_unsigned_webhook_is_stored(edge: Edge) -> None:
    body = webhook(WORDS)
    right = signed(body)
    for signature in (
        "",
        right.removeprefix("sha256="),
        right.replace("sha256=", "sha1="),
        right[:-1],
        f"{right}0",
        signed(body, "another secret"),
        signed(body + b" "),
        "sha256=",
        "sha256=ünicode",
    ):
        reply = edge.webhook(body, signature)
        assert (reply.status, reply.problem["title"] != "") == (401, True), signature
    assert (stored(), dispatch_jobs(edge.world)) == ([], [])


def test_a_signed_webhook_is_stored_queued_and_acknowledged(edge: Edge) -> None:
    reply = edge.webhook(webhook(WORDS, "halo?"))
    assert (reply.status, reply.body) == (200, "")
    jobs = dispatch_jobs(edge.world)
    assert [job["message_id"] for job in jobs] == ["wamid.0", "wamid.1"]
    texts = [item.get("text") for item in items_of("conversations") if item["sk"].startswith("LINE#")]
    assert texts == [WORDS, "halo?"]


def test_the_signature_is_over_the_raw_bytes(edge: Edge) -> None:
    """Not over the JSON in them: spaces, escapes and the order of names are Meta's own."""
    body = json.dumps(json.loads(webhook(WORDS)), indent=3).encode()
    assert edge.webhook(body).status == 200


# ── bodies ────────────────────────────────────────────────────────────────────────────────────────
def test_bodies_that_are_no_webhook_are_refused_once_signed(edge: Edge) -> None:
    for body in (b"", b"no JSON", b"[]", b'"x"', b"{}", b'{"entry": {}}', b"\xff\xfe", b"[" * 100_000):
        reply = edge.webhook(body)
        assert reply.status == 400, body[:20]
        assert "problem+json" in reply.headers["content-type"]
    assert stored() == []


def test_a_body_may_have_three_megabytes(edge: Edge) -> None:
    too_large = b" " * (MAX_BODY_BYTES + 1)
    assert edge.webhook(too_large).problem["status"] == 413
    padded = webhook(WORDS)
    assert edge.webhook(padded + b" " * (MAX_BODY_BYTES - len(padded))).status == 200


def test_an_unknown_number_is_acknowledged_and_kept_for_two_weeks(edge: Edge) -> None:
    body = webhook(WORDS, number="999")
    for _ in range(2):
        assert edge.webhook(body).status == 200
    [letter] = items_of("logs")
    assert (letter["kind"], letter["state"], letter["body"]) == ("unrouted", "open", body.decode())
    assert int(letter["expires_at"]) == int(edge.world.now) + 14 * 86_400
    assert dispatch_jobs(edge.world) == []


def test_meta_sends_again_what_could_not_be_stored(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    body = webhook(WORDS)

    def throttled(*_: object) -> None:
        raise TryAgain("throttled")

    with monkeypatch.context() as broken:
        broken.setattr(Tables, "write", throttled)
        reply = edge.webhook(body)
    assert (reply.problem["status"], reply.headers["retry-after"]) == (503, "1")
    assert WORDS not in reply.body
    assert edge.webhook(body).status == 200
    assert len(dispatch_jobs(edge.world)) == 1


def test_meta_sends_again_what_could_not_be_queued(edge: Edge) -> None:
    body = webhook(WORDS)
    boto3.client("sqs").delete_queue(QueueUrl=edge.world.made.settings.messages_queue_url)
    assert edge.webhook(body).status >= 500
    boto3.client("sqs").create_queue(QueueName="messages.fifo", Attributes={"FifoQueue": "true"})
    assert edge.webhook(body).status == 200
    [job] = dispatch_jobs(edge.world)
    assert job["attempt"] == 2


@pytest.mark.parametrize("failure", ["no secret", "bug"])
def test_our_own_troubles_are_a_500_that_tells_nothing(
    edge: Edge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failure: str
) -> None:
    if failure == "no secret":
        boto3.client("ssm").delete_parameter(Name="/sahut/test/whatsapp/app_secret")
    else:

        def bug(*_: object) -> None:
            raise RuntimeError(WORDS)

        monkeypatch.setattr(Tables, "get_many", bug)
    reply = edge.webhook(webhook(WORDS))
    assert reply.problem["status"] == 500
    said = reply.body + caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    for word in (WORDS, APP_SECRET, "app_secret"):
        assert word not in said


def test_no_log_line_holds_words_numbers_or_secrets(edge: Edge, caplog: pytest.LogCaptureFixture) -> None:
    edge.webhook(webhook(WORDS))
    edge.webhook(webhook(WORDS), "sha256=wrong")
    edge.webhook(b"no JSON " + WORDS.encode())
    said = caplog.text + "".join(str(record.__dict__) for record in caplog.records)
    assert "webhook accepted" in said
    for word in (WORDS, "6281", APP_SECRET):
        assert word not in said


# ── everything that Meta is known to send ─────────────────────────────────────────────────────────
def test_every_golden_webhook_is_accepted_twice_with_the_same_result(edge: Edge) -> None:
    registry = boto3.resource("dynamodb").Table("registry")
    for number in numbers_of_goldens():
        registry.put_item(Item={"pk": f"CHANNEL#whatsapp#{number}", "sk": "ROUTE", "tenant_id": "shop"})
    for path in sorted(GOLDEN.glob("*.json")):
        assert edge.webhook(path.read_bytes()).status == 200, path.name
    before = lines_of_all()
    for path in sorted(GOLDEN.glob("*.json"), reverse=True):
        assert edge.webhook(path.read_bytes()).status == 200, path.name
    assert lines_of_all() == before
    assert not [item for item in items_of("logs") if item.get("kind") == "unstorable"]


def numbers_of_goldens() -> set[str]:
    found = set()
    for path in GOLDEN.glob("*.json"):
        for entry in json.loads(path.read_text()).get("entry", ()):
            for change in entry.get("changes", ()):
                found.add(change.get("value", {}).get("metadata", {}).get("phone_number_id", ""))
    return found - {""}


def lines_of_all() -> int:
    return sum(1 for item in items_of("conversations") if item["sk"].startswith("LINE#"))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_named(edge: Edge, method: str) -> None:
    reply = edge.call(method, WEBHOOK)
    assert reply.problem["status"] == 405
    assert {each.strip() for each in reply.headers["allow"].split(",")} & {"GET", "POST"}
