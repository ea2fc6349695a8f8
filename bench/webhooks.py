"""Signed WhatsApp webhooks, as Meta posts them."""

import hashlib
import hmac
import itertools
import json
import time

_message_numbers = itertools.count(1)


def next_message_id() -> str:
    """Unique over runs: a store that survives a run must not take us for a duplicate."""
    return f"wamid.BENCH{time.time_ns():x}{next(_message_numbers):06d}"


def text_webhook(phone_number_id: str, customer: str, text: str, message_id: str) -> bytes:
    """One text message of one customer (digits of a phone number), as raw bytes."""
    message = {
        "from": customer,
        "id": message_id,
        "timestamp": str(int(time.time())),
        "type": "text",
        "text": {"body": text},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550001111", "phone_number_id": phone_number_id},
        "contacts": [{"profile": {"name": "Bench Customer"}, "wa_id": customer}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    document = {"object": "whatsapp_business_account", "entry": [{"id": "WABA", "changes": [change]}]}
    return json.dumps(document, separators=(",", ":")).encode()


def signature_header(body: bytes, app_secret: str) -> dict[str, str]:
    digest = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature-256": f"sha256={digest}"}
