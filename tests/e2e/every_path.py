"""Everything that outsiders can make the functions do, once: each path uses its rights."""

import hashlib
import hmac
import json
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from typing import Any

from sandbox.customer import QUESTION, Customer
from sandbox.endpoints import Endpoints
from sandbox.stack import Stack
from tests.conftest import eventually
from tests.e2e.websocket import WebSocket

SHOP = "toko-melati"


def call(method: str, url: str, content: object = None, headers: Mapping[str, str] | None = None) -> Any:
    """The decoded answer of an HTTP call; an error status raises urllib's HTTPError."""
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **(headers or {})})
    request.method = method
    with urllib.request.urlopen(request, timeout=40) as response:
        text = response.read()
    return json.loads(text) if text else None


def webchat(endpoints: Endpoints) -> None:
    """A visitor asks on the shop's site and polls for the answer."""
    origin = {"Origin": endpoints.webchat_url.partition("/shop")[0]}
    key = {"webchat_key": endpoints.tenant(SHOP).webchat_key}
    session = call("POST", f"{endpoints.api_url}/v1/chat/sessions", key, origin)
    visitor = {"Authorization": f"Bearer {session['visitor_token']}"}
    messages = f"{endpoints.api_url}/v1/chat/messages"
    call("PUT", f"{endpoints.api_url}/v1/chat/typing", None, visitor)
    sent = call("POST", messages, {"client_message_id": uuid.uuid4().hex, "text": QUESTION}, visitor)
    eventually(lambda: "machine" in senders(messages, sent["cursor"], visitor), within_s=40)


def sockets(endpoints: Endpoints) -> None:
    """A visitor connects, hears the answer, pings, types, resumes, and leaves; another connection breaks."""
    origin = endpoints.webchat_url.partition("/shop")[0]
    key = {"webchat_key": endpoints.tenant(SHOP).webchat_key}
    session = call("POST", f"{endpoints.api_url}/v1/chat/sessions", key, {"Origin": origin})
    visitor = {"Authorization": f"Bearer {session['visitor_token']}", "Origin": origin}
    socket, other = (connected(endpoints, visitor) for _ in range(2))
    sent = {"client_message_id": uuid.uuid4().hex, "text": QUESTION}
    call("POST", f"{endpoints.api_url}/v1/chat/messages", sent, visitor)
    assert socket.hears("message", within_s=60)[0]["message"]["citations"]
    other.breaks()
    for frame in ({"type": "ping"}, {"type": "typing"}, {"type": "resume", "after": 0}):
        socket.sends(frame)
    assert socket.hears("messages")[0]["messages"][-1]["citations"]
    socket.hears("pong")
    socket.closes()
    connected(endpoints, visitor).closes()  # with a conversation from the start


def connected_and_polling(endpoints: Endpoints) -> None:
    """A visitor is connected, hears nothing, and reads the answer all the same."""
    origin = endpoints.webchat_url.partition("/shop")[0]
    key = {"webchat_key": endpoints.tenant(SHOP).webchat_key}
    session = call("POST", f"{endpoints.api_url}/v1/chat/sessions", key, {"Origin": origin})
    visitor = {"Authorization": f"Bearer {session['visitor_token']}", "Origin": origin}
    socket = connected(endpoints, visitor)
    messages = f"{endpoints.api_url}/v1/chat/messages"
    sent = call("POST", messages, {"client_message_id": uuid.uuid4().hex, "text": QUESTION}, visitor)
    eventually(lambda: "machine" in senders(messages, sent["cursor"], visitor), within_s=40)
    socket.rests(1.0)
    assert socket.heard == []
    socket.closes()


def connected(endpoints: Endpoints, visitor: Mapping[str, str]) -> WebSocket:
    told = call("POST", f"{endpoints.api_url}/v1/chat/tickets", None, visitor)
    return WebSocket(told["url"], told["ticket"], visitor["Origin"])


def senders(messages: str, after: int, visitor: Mapping[str, str]) -> set[str]:
    found = call("GET", f"{messages}?after={after}&wait=5", headers=visitor)
    return {message["from"] for message in found["messages"]}


def person_takes_over_and_gives_back(endpoints: Endpoints) -> None:
    """A customer asks for a person, who comes, writes and leaves."""
    customer = Customer(endpoints)
    customer.writes("Saya mau bicara dengan petugas")
    assert customer.reads() is not None
    backend = {"X-Api-Key": endpoints.tenant(SHOP).api_key}
    conversations = f"{endpoints.api_url}/v1/conversations"
    waiting = call("GET", f"{conversations}?owner=waiting", headers=backend)["conversations"]
    mine = f"{conversations}/{waiting[-1]['conversation_id']}"
    call("GET", mine, headers=backend)
    call("POST", f"{mine}/take-over", {"by": "ani"}, backend)
    words = {"text": "Halo, saya Ani.", "by": "ani"}
    call("POST", f"{mine}/messages", words, {**backend, "Idempotency-Key": uuid.uuid4().hex})
    call("POST", f"{mine}/release", {"by": "ani"}, backend)


def picture(endpoints: Endpoints) -> None:
    """A picture is fetched to S3, and a person has to look at it."""
    customer = Customer(endpoints)
    inbound(endpoints, customer, [{"kind": "image", "text": "rusak"}])
    assert customer.reads() is not None


def uncertain_send(endpoints: Endpoints) -> None:
    """Nobody knows whether the answer arrived: settling looks, and a person is told."""
    customer = Customer(endpoints)
    fault(endpoints, customer, "timeout_before")
    customer.writes(QUESTION)
    assert customer.reads(wait_s=40) is not None


def refused_afterwards(endpoints: Endpoints) -> None:
    """The channel takes the answer and then says that it failed."""
    customer = Customer(endpoints)
    fault(endpoints, customer, "failed_after_200:131026")
    customer.writes(QUESTION)
    assert customer.reads() is not None


def foreign_number(endpoints: Endpoints) -> None:
    """A signed webhook for a number that is nobody's: acknowledged, and kept with the dead letters."""
    value = {"metadata": {"phone_number_id": "1"}, "messages": [{"id": "wamid.x", "type": "text"}]}
    entry = {
        "id": "1",
        "changes": [{"field": "messages", "value": {"messaging_product": "whatsapp", **value}}],
    }
    raw = json.dumps({"object": "whatsapp_business_account", "entry": [entry]})
    signature = hmac.new(endpoints.whatsapp.app_secret.encode(), raw.encode(), hashlib.sha256).hexdigest()
    request = urllib.request.Request(endpoints.whatsapp.webhook_url, raw.encode(), method="POST")
    request.add_header("X-Hub-Signature-256", f"sha256={signature}")
    with urllib.request.urlopen(request, timeout=30) as response:
        assert response.status == 200


def knowledge(endpoints: Endpoints) -> None:
    """A document comes, answers, is cited, is left out by an older version, and goes."""
    base = f"{endpoints.api_url}/v1/knowledge-bases/default"
    backend = {"X-Api-Key": endpoints.tenant(SHOP).api_key}
    call("PUT", base, {"urls": [], "synonyms": [["parkir", "parking"]]}, backend)
    document = {"name": "parkir.md", "text": "# Parkir\n\nParkir gratis selama dua jam."}
    call("POST", f"{base}/documents", document, backend)

    def rests() -> bool:
        return not call("GET", base, headers=backend)["build"]["running"]

    def indexed() -> bool:
        return bool(call("GET", f"{base}/documents/parkir.md", headers=backend)["state"] == "indexed")

    eventually(lambda: indexed() and rests(), within_s=90)
    found = call("POST", f"{base}/search", {"query": "Apakah parkir gratis?"}, backend)
    assert found["passages"][0]["document"] == "parkir.md"
    questions = json.dumps({"id": 1, "question": "x", "answerable": False})
    call_text("PUT", f"{base}/evaluation-set", questions, backend)
    call("POST", f"{base}/reindex", None, backend)
    versions = call("GET", f"{base}/versions", headers=backend)["versions"]
    call("POST", f"{base}/versions/{versions[1]['version']}/activate", {}, backend)
    call("DELETE", f"{base}/documents/parkir.md", headers=backend)
    eventually(
        lambda: rests() and len(call("GET", f"{base}/versions", headers=backend)["activations"]) > 3, 90
    )
    call("GET", f"{base}/sources", headers=backend)


def call_text(method: str, url: str, body: str, headers: Mapping[str, str]) -> None:
    request = urllib.request.Request(url, body.encode(), dict(headers), method=method)
    request.add_header("Content-Type", "application/x-ndjson")
    with urllib.request.urlopen(request, timeout=40) as response:
        assert response.status == 200


def dead_letter(stack: Stack) -> None:
    """What nobody can read is recorded, and its queue is empty then."""
    queues = stack.client("sqs")
    url = stack.outputs["EventDeadLettersUrl"]
    queues.send_message(QueueUrl=url, MessageBody=f"garbage {uuid.uuid4().hex}")
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def empty() -> bool:
        counts = queues.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return all(counts[name] == "0" for name in names)

    eventually(empty)


def inbound(endpoints: Endpoints, customer: Customer, messages: list[dict[str, str]]) -> None:
    order = {
        "phone_number_id": endpoints.tenant(customer.tenant_id).phone_number_id,
        "customer": {"phone": customer.phone, "name": customer.name},
        "messages": messages,
    }
    call("POST", urllib.parse.urljoin(endpoints.graph_api.outbox_url, "/control/inbound"), order)


def fault(endpoints: Endpoints, customer: Customer, do: str) -> None:
    order = {"match": {"to": customer.phone}, "do": do}
    call("POST", urllib.parse.urljoin(endpoints.graph_api.outbox_url, "/faults"), order)
