"""One signed WhatsApp question to a seeded tenant, and the reply that its customer would read."""

import json
import re
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.endpoints import Endpoints

QUESTION = "Berapa lama pengiriman ke Surabaya?"
TENANT = "toko-melati"
CUSTOMER = {"phone": "6281234567890", "name": "Sari"}
# Cold starts of nine functions included, on two busy cores.
WAIT_S = 60.0
POLL_S = 0.02
# `[1] Delivery`, or `Sources: [1] Delivery · [2] Fees`; an answer's own lines end with their mark.
_CITATION = re.compile(r"^\s*(?:\w+:\s*)?(\[\d+\].*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reply:
    """text: the message as the phone shows it. took_s: from our POST to Meta's acceptance of the reply."""

    text: str
    took_s: float

    @property
    def citations(self) -> list[str]:
        """The lines that say where the answer comes from."""
        return [line.strip() for line in _CITATION.findall(self.text)]


def ask(
    endpoints: Endpoints, question: str = QUESTION, tenant_id: str = TENANT, wait_s: float = WAIT_S
) -> Reply | None:
    """Lets a customer ask by WhatsApp and waits for the reply; None when none comes."""
    origin = endpoints.graph_api.outbox_url.removesuffix("/outbox")
    seen = len(_outbox(endpoints))
    phone_number_id = endpoints.tenant(tenant_id).phone_number_id
    message = {"kind": "text", "text": question}
    began = time.monotonic()
    _post(
        f"{origin}/control/inbound",
        {"phone_number_id": phone_number_id, "customer": CUSTOMER, "messages": [message]},
    )
    while time.monotonic() - began < wait_s:
        for sent in _outbox(endpoints)[seen:]:
            if sent.get("to") == CUSTOMER["phone"] and sent.get("type") == "text":
                return Reply(_text(sent), time.monotonic() - began)
        time.sleep(POLL_S)
    return None


def _text(sent: Mapping[str, object]) -> str:
    body = sent.get("body")
    return str(body.get("body", "")) if isinstance(body, dict) else str(body)


def _outbox(endpoints: Endpoints) -> list[dict[str, object]]:
    with urllib.request.urlopen(endpoints.graph_api.outbox_url, timeout=10) as response:
        found: list[dict[str, object]] = json.load(response)
    return found


def _post(url: str, content: Mapping[str, object]) -> None:
    request = urllib.request.Request(url, json.dumps(content).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30):
        pass
