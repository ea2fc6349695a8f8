"""A customer with a phone: writes to a tenant by WhatsApp and reads what comes back."""

import json
import random
import re
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.endpoints import Endpoints

POLL_S = 0.02
# To the shop, in its language, answered by its own documents.
QUESTION = "Berapa lama pengiriman ke Papua?"
# `[1] Delivery`, or `Sources: [1] Delivery · [2] Fees`; an answer's own lines end with their mark.
_CITATION = re.compile(r"^\s*(?:\w+:\s*)?(\[\d+\].*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reply:
    """text: the message as the phone shows it. took_s: since the customer last wrote."""

    text: str
    took_s: float

    @property
    def citations(self) -> list[str]:
        """The lines that say where the answer comes from."""
        return [line.strip() for line in _CITATION.findall(self.text)]


def new_phone() -> str:
    """A number that nobody in this sandbox had before (one in 10⁹)."""
    return f"6281{random.randrange(10**9):09d}"


@dataclass
class Customer:
    """One phone that talks with one tenant."""

    endpoints: Endpoints
    tenant_id: str = "toko-melati"
    phone: str = field(default_factory=new_phone)
    name: str = "Sari"
    _read: int = field(default=0, init=False)
    _wrote_at: float = field(default=0.0, init=False)

    def writes(self, *texts: str) -> None:
        """Sends each text as a message of its own, in one signed webhook."""
        order = {
            "phone_number_id": self.endpoints.tenant(self.tenant_id).phone_number_id,
            "customer": {"phone": self.phone, "name": self.name},
            "messages": [{"kind": "text", "text": text} for text in texts],
        }
        self._wrote_at = time.monotonic()
        _post(f"{self._origin}/control/inbound", order)

    def reads(self, wait_s: float = 30.0) -> Reply | None:
        """The next text that was not read yet; None when none comes within `wait_s`."""
        until = time.monotonic() + wait_s
        while True:
            texts = self.received()
            if len(texts) > self._read:
                self._read += 1
                return Reply(texts[self._read - 1], time.monotonic() - self._wrote_at)
            if time.monotonic() > until:
                return None
            time.sleep(POLL_S)

    def received(self) -> list[str]:
        """Every text that Meta accepted for this phone, oldest first."""
        query = urllib.parse.urlencode({"to": self.phone})
        with urllib.request.urlopen(f"{self.endpoints.graph_api.outbox_url}?{query}", timeout=10) as response:
            sent: list[dict[str, object]] = json.load(response)
        return [_text(one) for one in sent if one.get("type") == "text"]

    @property
    def _origin(self) -> str:
        return self.endpoints.graph_api.outbox_url.removesuffix("/outbox")


def _text(sent: Mapping[str, object]) -> str:
    body = sent.get("body")
    return str(body.get("body", "")) if isinstance(body, dict) else str(body)


def _post(url: str, content: Mapping[str, object]) -> None:
    request = urllib.request.Request(url, json.dumps(content).encode(), method="POST")
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30):
        pass
