"""Webhook JSON exactly as the WhatsApp Cloud API posts it. Pure: no clock, no chance, no network.

A builder makes one `Item`; `batch` puts items of one number into an envelope; `join` puts the
envelopes of several numbers into one POST; `encode` and `sign` make the bytes and their header.

    body = encode(batch(business, text(customer, "hello", message_id="wamid.1", at=1700000000)))
    headers = {"X-Hub-Signature-256": sign(body, app_secret)}

`at` is seconds since the epoch; Meta sends whole seconds as text.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Business:
    """The number that a webhook is about."""

    phone_number_id: str
    display_number: str = "15550783881"
    waba_id: str = "102290129340398"


@dataclass(frozen=True, slots=True)
class Customer:
    """Who writes. phone is digits only; '' for a customer who hides it behind a username.

    user_id: business-scoped user id (`ID.1349…`), '' for one that Meta has given none.
    """

    phone: str = ""
    user_id: str = ""
    name: str = ""
    username: str = ""
    parent_user_id: str = ""
    group_id: str = ""

    @property
    def address(self) -> str:
        """What a reply is sent to: the group, else the phone, else the user id."""
        return self.group_id or self.phone or self.user_id


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a webhook tells. part: the list in `value` that it belongs to, '' if it is
    the value itself."""

    field: str
    part: str
    content: Json
    customer: Customer | None = None


@dataclass(frozen=True, slots=True)
class File:
    """What a webhook tells of a customer's file. sha256: base64, as Meta gives it."""

    media_id: str
    mime_type: str
    sha256: str = ""
    filename: str = ""


def wamid(seed: str) -> str:
    """A message id in Meta's form; the same seed gives the same id."""
    digest = hashlib.sha256(seed.encode()).digest()[:27]
    return "wamid." + base64.b64encode(digest).decode()


def text(customer: Customer, body: str, *, message_id: str, at: float, reply_to: str = "") -> Item:
    return message(customer, "text", {"body": body}, message_id=message_id, at=at, reply_to=reply_to)


def media(
    customer: Customer, kind: str, file: File, *, message_id: str, at: float, caption: str = ""
) -> Item:
    """kind: image, video, audio, document or sticker; only the first two and documents have captions."""
    content: Json = {"id": file.media_id, "mime_type": file.mime_type, "sha256": file.sha256}
    if caption and kind in ("image", "video", "document"):
        content["caption"] = caption
    if file.filename and kind == "document":
        content["filename"] = file.filename
    if kind == "audio":
        content["voice"] = "ogg" in file.mime_type
    if kind == "sticker":
        content["animated"] = False
    return message(customer, kind, content, message_id=message_id, at=at)


def image(customer: Customer, media_id: str, *, message_id: str, at: float, caption: str = "") -> Item:
    file = File(media_id, "image/jpeg")
    return media(customer, "image", file, message_id=message_id, at=at, caption=caption)


def reaction(customer: Customer, target_id: str, emoji: str, *, message_id: str, at: float) -> Item:
    """emoji '' takes an earlier reaction back: Meta then leaves the field out."""
    content: Json = {"message_id": target_id}
    if emoji:
        content["emoji"] = emoji
    return message(customer, "reaction", content, message_id=message_id, at=at)


def edit(customer: Customer, target_id: str, body: str, *, message_id: str, at: float) -> Item:
    """The customer changed the words of target_id."""
    changed: Json = {"context": {"id": target_id}, "type": "text", "text": {"body": body}}
    content: Json = {"original_message_id": target_id, "message": changed}
    return message(customer, "edit", content, message_id=message_id, at=at)


def revoke(customer: Customer, target_id: str, *, message_id: str, at: float) -> Item:
    """The customer deleted target_id for everyone."""
    return message(customer, "revoke", {"original_message_id": target_id}, message_id=message_id, at=at)


def system(customer: Customer, kind: str, *, message_id: str, at: float, now: Customer) -> Item:
    """kind: user_changed_number or user_changed_user_id; `now` is the same person afterwards.

    Meta sends no contacts array with it.
    """
    changed = f"User {customer.name} changed from {customer.address} to {now.address}"
    content: Json = {"body": changed, "type": kind, "user_id": now.user_id, "wa_id": now.phone}
    kept = {key: value for key, value in content.items() if value}
    item = message(customer, "system", kept, message_id=message_id, at=at)
    return Item(item.field, item.part, item.content, customer=None)


def unsupported(customer: Customer, *, message_id: str, at: float, kind: str = "poll") -> Item:
    item = message(customer, "unsupported", {"type": kind}, message_id=message_id, at=at)
    details = {"details": "Message type is currently not supported."}
    error: Json = {"code": 131051, "title": "Message type unknown", "error_data": details}
    return Item(item.field, item.part, {**item.content, "errors": [error]}, customer)


def message(
    customer: Customer, kind: str, content: object, *, message_id: str, at: float, reply_to: str = ""
) -> Item:
    """Any message: `content` goes under the key named after `kind`; None for kinds without content."""
    sender = {
        "from": customer.phone,
        "from_user_id": customer.user_id,
        "from_parent_user_id": customer.parent_user_id,
        "group_id": customer.group_id,
    }
    built: Json = {key: value for key, value in sender.items() if value}
    built |= {"id": message_id, "timestamp": _seconds(at), "type": kind}
    if content is not None:
        built[kind] = content
    if reply_to:
        built["context"] = {"id": reply_to}
    return Item("messages", "messages", built, customer)


def echo(business: Business, customer: Customer, body: str, *, message_id: str, at: float) -> Item:
    """The staff answered from the phone app (coexistence)."""
    content: Json = {"from": business.display_number, "id": message_id, "timestamp": _seconds(at)}
    if customer.phone:
        content["to"] = customer.phone
    if customer.user_id:
        content["to_user_id"] = customer.user_id
    content |= {"type": "text", "text": {"body": body}}
    return Item("smb_message_echoes", "message_echoes", content, customer)


def status(
    message_id: str,
    state: str,
    customer: Customer,
    *,
    at: float,
    callback_data: str = "",
    error_code: int = 0,
) -> Item:
    """state: sent, delivered, read, played or failed (then with an error_code)."""
    content: Json = {"id": message_id, "status": state, "timestamp": _seconds(at)}
    if customer.group_id or customer.phone:
        content["recipient_id"] = customer.address
    if customer.group_id:
        content["recipient_type"] = "group"
    if customer.user_id:
        content["recipient_user_id"] = customer.user_id
    if callback_data:
        content["biz_opaque_callback_data"] = callback_data
    if error_code:
        details = {"details": f"Refused with code {error_code}"}
        content["errors"] = [{"code": error_code, "title": "Message undeliverable", "error_data": details}]
    return Item("messages", "statuses", content)


def failure(code: int, title: str) -> Item:
    """`errors` alone, without any message: Meta tells of a trouble of the account."""
    return Item("messages", "errors", {"code": code, "title": title, "message": title})


def user_id_update(customer: Customer, previous: str, *, at: float) -> Item:
    """The customer's business-scoped id changed from `previous` to customer.user_id."""
    ids: Json = {"previous": previous, "current": customer.user_id}
    content: Json = {"detail": "The user id has been updated.", "user_id": ids, "timestamp": _seconds(at)}
    if customer.phone:
        content["wa_id"] = customer.phone
    return Item("user_id_update", "user_id_update", content, customer)


def account(field: str, value: Json) -> Item:
    """Any other webhook field: message_template_status_update, phone_number_quality_update …"""
    return Item(field, "", value)


def batch(business: Business, *items: Item) -> Json:
    """One envelope with all items of one number, in the given order within each kind."""
    changes: list[Json] = []
    for field in dict.fromkeys(item.field for item in items if item.part):
        of_field = [item for item in items if item.field == field and item.part]
        changes.append({"field": field, "value": _value(business, of_field)})
    changes += [{"field": item.field, "value": item.content} for item in items if not item.part]
    entry: Json = {"id": business.waba_id, "changes": changes}
    return {"object": "whatsapp_business_account", "entry": [entry]}


def join(*envelopes: Json) -> Json:
    """One envelope with the entries of all: a POST may carry several numbers."""
    entries: list[object] = []
    for envelope in envelopes:
        found = envelope["entry"]
        assert isinstance(found, list)
        entries += found
    return {"object": "whatsapp_business_account", "entry": entries}


def encode(envelope: Json) -> bytes:
    """The bytes that are posted and signed."""
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()


def sign(body: bytes, app_secret: str) -> str:
    """The value of the header X-Hub-Signature-256 for these very bytes."""
    return "sha256=" + hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()


def _value(business: Business, items: list[Item]) -> Json:
    value: Json = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": business.display_number,
            "phone_number_id": business.phone_number_id,
        },
    }
    contacts = _contacts(item.customer for item in items if item.customer)
    if contacts:
        value["contacts"] = contacts
    for part in dict.fromkeys(item.part for item in items):
        value[part] = [item.content for item in items if item.part == part]
    return value


def _contacts(customers: Iterable[Customer]) -> list[Json]:
    contacts: list[Json] = []
    for customer in dict.fromkeys(customers):
        profile = {"name": customer.name, "username": customer.username}
        contact: Json = {"profile": {key: value for key, value in profile.items() if value}}
        ids = {
            "wa_id": customer.phone,
            "user_id": customer.user_id,
            "parent_user_id": customer.parent_user_id,
        }
        contacts.append(contact | {key: value for key, value in ids.items() if value})
    return contacts


def _seconds(at: float) -> str:
    return str(int(at))
