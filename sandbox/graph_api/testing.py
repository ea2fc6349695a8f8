"""For tests of the fake itself: a stand-in for the product's webhook, and a driver for the fake."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx2
from starlette.testclient import TestClient

from sandbox.graph_api.app import create_app
from sandbox.graph_api.config import GraphConfig, PhoneNumber

SHOP, BANK = "100200300400501", "100200300400502"
SARI = "6281234567001"
_SECRET = "app-secret"


@dataclass
class StandIn:
    """Keeps what was posted, checks signatures, and answers with `answers` first, then 200."""

    answers: list[int] = field(default_factory=list)
    posts: list[dict[str, object]] = field(default_factory=list)
    unsigned: int = 0

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        wanted = "sha256=" + hmac.new(_SECRET.encode(), request.content, hashlib.sha256).hexdigest()
        if request.headers.get("X-Hub-Signature-256") != wanted:
            self.unsigned += 1
            return httpx2.Response(401)
        self.posts.append(json.loads(request.content))
        return httpx2.Response(self.answers.pop(0) if self.answers else 200)

    def all(self, part: str) -> list[dict[str, object]]:
        """Everything that came under this key of `value`, in order."""
        found: list[dict[str, object]] = []
        for post in self.posts:
            entries = post["entry"]
            assert isinstance(entries, list)
            changes = [change for entry in entries for change in entry["changes"]]
            found += [one for change in changes for one in change["value"].get(part, [])]
        return found

    def states(self) -> list[object]:
        return [one["status"] for one in self.all("statuses")]


@dataclass
class Driver:
    """What tests do with a fake, in few words."""

    http: TestClient
    product: StandIn

    def send(self, body: object = None, *, number: str = SHOP, token: str = "shop-token") -> httpx2.Response:
        """Calls the messages endpoint as the product does; a plain text when no body is given."""
        headers = {"Authorization": f"Bearer {token}"}
        body = text_body() if body is None else body
        return self.http.post(f"/v23.0/{number}/messages", json=body, headers=headers)

    def write(self, *messages: dict[str, object], **more: object) -> dict[str, object]:
        """Sari writes to the shop; waits until the product took it."""
        order = {"phone_number_id": SHOP, "customer": {"phone": SARI}, "messages": messages, "wait": True}
        answer = self.http.post("/control/inbound", json=order | more)
        assert answer.status_code == 202, answer.text
        found: dict[str, object] = answer.json()
        return found

    def close_window(self, contact: str = SARI, *, pin: bool = False) -> None:
        self.http.post("/control/window", json={"contact": contact, "open": False, "pin": pin})

    def fault(self, do: str, **more: object) -> None:
        answer = self.http.post("/faults", json={"do": do} | more)
        assert answer.status_code == 201, answer.text

    def outbox(self) -> list[dict[str, object]]:
        found: list[dict[str, object]] = self.http.get("/outbox").json()
        return found


def text_body(words: str = "hello", *, recipient: str = "", **more: object) -> dict[str, object]:
    """A valid text message to Sari, or to `recipient` (a user id)."""
    address = {"recipient": recipient} if recipient else {"to": SARI}
    return {"messaging_product": "whatsapp", **address, "type": "text", "text": {"body": words}} | more


def code_of(answer: httpx2.Response) -> int:
    return int(answer.json()["error"]["code"])


def eventually(found: Callable[[], object], within_s: float = 5.0) -> None:
    """Waits for something that happens in the background."""
    until = time.monotonic() + within_s
    while not found():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.01)


@contextmanager
def running_fake() -> Iterator[Driver]:
    """A fake with two numbers, quick statuses and quick retries."""
    numbers = {
        SHOP: PhoneNumber(access_token="shop-token", display_number="1", tenant_id="shop", name="Shop"),
        BANK: PhoneNumber(access_token="bank-token", display_number="2", tenant_id="bank", name="Bank"),
    }
    config = GraphConfig(
        app_secret=_SECRET,
        phone_numbers=numbers,
        webhook_url="http://product.test/v1/webhooks/whatsapp",
        api_url="http://product.test",
        webchat_keys={"shop": "wc_shop"},
        status_delay_s=0,
        retry_first_s=0.01,
        hold_max_s=0.2,
    )
    product = StandIn()
    with TestClient(create_app(config, httpx2.MockTransport(product))) as http:
        yield Driver(http, product)
