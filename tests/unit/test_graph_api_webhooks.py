"""The webhook builders make what Meta posts, and the signature holds for the very bytes."""

import hashlib
import hmac
import json

from sandbox.graph_api import webhooks
from sandbox.graph_api.webhooks import Business, Customer

SHOP = Business("100200300400501", "6285550001111", "9001")
SARI = Customer(phone="6281234567001", name="Sari")
AYU = Customer(user_id="ID.7411", username="ayu", name="Ayu")
AT = 1_700_000_000.9


def _value(envelope: webhooks.Json) -> dict[str, object]:
    entry = envelope["entry"]
    assert isinstance(entry, list)
    value = entry[0]["changes"][0]["value"]
    assert isinstance(value, dict)
    return value


def test_a_whole_text_message() -> None:
    item = webhooks.text(SARI, "Halo", message_id="wamid.1", at=AT, reply_to="wamid.0")
    message = {
        "from": "6281234567001",
        "id": "wamid.1",
        "timestamp": "1700000000",
        "type": "text",
        "text": {"body": "Halo"},
        "context": {"id": "wamid.0"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "6285550001111", "phone_number_id": "100200300400501"},
        "contacts": [{"profile": {"name": "Sari"}, "wa_id": "6281234567001"}],
        "messages": [message],
    }
    change = {"field": "messages", "value": value}
    expected = {"object": "whatsapp_business_account", "entry": [{"id": "9001", "changes": [change]}]}
    assert webhooks.batch(SHOP, item) == expected


def test_a_customer_without_a_phone_has_no_phone_fields() -> None:
    value = _value(webhooks.batch(SHOP, webhooks.text(AYU, "Hai", message_id="wamid.1", at=AT)))
    assert value["contacts"] == [{"profile": {"name": "Ayu", "username": "ayu"}, "user_id": "ID.7411"}]
    messages = value["messages"]
    assert isinstance(messages, list)
    assert messages[0]["from_user_id"] == "ID.7411"
    assert "from" not in messages[0]


def test_messages_and_statuses_share_a_change() -> None:
    items = [
        webhooks.text(SARI, "1", message_id="wamid.1", at=AT),
        webhooks.text(AYU, "2", message_id="wamid.2", at=AT),
        webhooks.status("wamid.9", "delivered", SARI, at=AT, callback_data="turn#1"),
    ]
    value = _value(webhooks.batch(SHOP, *items))
    messages, statuses, contacts = value["messages"], value["statuses"], value["contacts"]
    assert isinstance(messages, list)
    assert isinstance(contacts, list)
    assert [one["id"] for one in messages] == ["wamid.1", "wamid.2"]
    assert len(contacts) == 2
    status = {"id": "wamid.9", "status": "delivered", "timestamp": "1700000000"}
    assert statuses == [status | {"recipient_id": SARI.phone, "biz_opaque_callback_data": "turn#1"}]


def test_other_fields_are_changes_of_their_own() -> None:
    echo = webhooks.echo(SHOP, SARI, "I am on it", message_id="wamid.3", at=AT)
    quality = webhooks.account("phone_number_quality_update", {"event": "FLAGGED"})
    entry = webhooks.batch(SHOP, echo, quality)["entry"]
    assert isinstance(entry, list)
    fields = [change["field"] for change in entry[0]["changes"]]
    assert fields == ["smb_message_echoes", "phone_number_quality_update"]
    assert entry[0]["changes"][1]["value"] == {"event": "FLAGGED"}
    assert entry[0]["changes"][0]["value"]["message_echoes"][0]["to"] == SARI.phone


def test_edit_revoke_and_taken_back_reaction() -> None:
    edit = webhooks.edit(SARI, "wamid.1", "new", message_id="wamid.2", at=AT).content
    revoke = webhooks.revoke(SARI, "wamid.1", message_id="wamid.3", at=AT).content
    reaction = webhooks.reaction(SARI, "wamid.1", "", message_id="wamid.4", at=AT).content
    assert edit["edit"] == {
        "original_message_id": "wamid.1",
        "message": {"context": {"id": "wamid.1"}, "type": "text", "text": {"body": "new"}},
    }
    assert revoke["revoke"] == {"original_message_id": "wamid.1"}
    assert reaction["reaction"] == {"message_id": "wamid.1"}


def test_a_system_message_has_no_contacts() -> None:
    moved = Customer(phone="6281234567999", user_id="ID.8", name="Sari")
    item = webhooks.system(SARI, "user_changed_number", message_id="wamid.1", at=AT, now=moved)
    value = _value(webhooks.batch(SHOP, item))
    assert "contacts" not in value
    assert item.content["system"] == {
        "body": "User Sari changed from 6281234567001 to 6281234567999",
        "type": "user_changed_number",
        "user_id": "ID.8",
        "wa_id": "6281234567999",
    }


def test_errors_may_come_alone() -> None:
    value = _value(webhooks.batch(SHOP, webhooks.failure(130429, "Rate limit hit")))
    assert set(value) == {"messaging_product", "metadata", "errors"}


def test_joined_envelopes_keep_all_entries() -> None:
    one = webhooks.batch(SHOP, webhooks.text(SARI, "1", message_id="wamid.1", at=AT))
    two = webhooks.batch(Business("2"), webhooks.text(SARI, "2", message_id="wamid.2", at=AT))
    entries = webhooks.join(one, two)["entry"]
    assert isinstance(entries, list)
    assert len(entries) == 2


def test_signature_is_over_the_raw_bytes() -> None:
    body = webhooks.encode(webhooks.batch(SHOP, webhooks.text(SARI, "Halo ☕", message_id="w", at=AT)))
    expected = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert webhooks.sign(body, "secret") == f"sha256={expected}"
    assert "☕" in body.decode()
    assert json.loads(body)["object"] == "whatsapp_business_account"


def test_ids_from_seeds() -> None:
    assert webhooks.wamid("a") == webhooks.wamid("a")
    assert webhooks.wamid("a") != webhooks.wamid("b")
    assert webhooks.wamid("a").startswith("wamid.")
