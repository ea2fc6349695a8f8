"""One item of `messages` or `message_echoes`, read into an InboundMessage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sahut.contracts.whatsapp.people import Person, contact_at
from sahut.contracts.whatsapp.reading import (
    ITEM_LIMIT,
    TEXT_LIMIT,
    Item,
    Unreadable,
    id_at,
    object_at,
    objects_at,
    raw_of,
    seconds_at,
    text_at,
)
from sahut.contracts.whatsapp.reports import id_change
from sahut.contracts.whatsapp.words import card_words, order_words, place_words, tapped_words
from sahut.domain.message import MEDIA_KINDS, Contact, InboundMessage, Media, MessageKind


@dataclass(frozen=True, slots=True)
class _Content:
    kind: MessageKind
    text: str = ""
    media: Media | None = None
    target_id: str = ""


_Reader = Callable[[Item, str], _Content | None]

# Kinds whose JSON says nothing more than our own fields do; of the others the JSON is kept.
_FULLY_READ = MEDIA_KINDS | {
    MessageKind.TEXT,
    MessageKind.REACTION,
    MessageKind.REQUEST_WELCOME,
    MessageKind.EDIT,
    MessageKind.REVOKE,
}


def read_message(item: Item, people: Sequence[Person], received_at: float) -> InboundMessage:
    """What a customer sent.

    Raises:
        Unreadable: no id, nobody who sent it, or larger than we can keep.
    """
    content, contact = _content(item), contact_at(item, "from", people)
    if content.kind is MessageKind.SYSTEM:
        contact = _known_as(contact, item)
    return _message(item, content, contact, received_at)


def read_echo(item: Item, people: Sequence[Person], received_at: float) -> InboundMessage:
    """What the staff sent from their phone; the contact is the customer who got it.

    Raises:
        Unreadable: as `read_message`.
    """
    message = _message(item, _content(item), contact_at(item, "to", people), received_at)
    said = message.kind in MEDIA_KINDS or message.kind is MessageKind.TEXT
    raw = message.raw if said else _kept_raw(item, MessageKind.ECHO)
    return replace(message, kind=MessageKind.ECHO, raw=raw)


def _message(item: Item, content: _Content, contact: Contact, received_at: float) -> InboundMessage:
    provider_id = id_at(item, "id")
    if not provider_id:
        raise Unreadable("a message without a usable id")
    if not contact.aliases:
        raise Unreadable("a message that names no customer")
    if len(content.text) > TEXT_LIMIT:
        raise Unreadable("a message longer than WhatsApp allows")
    return InboundMessage(
        provider_id=provider_id,
        kind=content.kind,
        contact=contact,
        sent_at=seconds_at(item, "timestamp", received_at),
        text=content.text,
        media=content.media,
        target_id=content.target_id or id_at(object_at(item, "context"), "id"),
        raw=_kept_raw(item, content.kind),
    )


def _kept_raw(item: Item, kind: MessageKind) -> str:
    """`referral` is the advertisement that the customer came from."""
    if kind in _FULLY_READ and "referral" not in item:
        return ""
    raw = raw_of(item)
    if len(raw) > ITEM_LIMIT:
        raise Unreadable("a message larger than we can keep")
    return raw


def _known_as(contact: Contact, item: Item) -> Contact:
    """A customer whose number or id changes is still known by what they had before."""
    change = id_change(item)
    if change is None:
        return contact
    known = replace(
        contact,
        phone=contact.phone or change.old_phone,
        user_id=change.old_user_id or contact.user_id,
    )
    return known if known.aliases else replace(known, phone=change.phone, user_id=change.new_user_id)


def _content(item: Item) -> _Content:
    """The message's own words; UNSUPPORTED when its kind is known but it can't be read."""
    name = text_at(item, "type") or next((each for each in _READERS if each in item), "")
    if name not in _READERS:
        return _Content(MessageKind.UNSUPPORTED if item.get("errors") else MessageKind.UNKNOWN)
    return _READERS[name](item, name) or _Content(MessageKind.UNSUPPORTED)


def _read_text(item: Item, name: str) -> _Content | None:
    text = text_at(object_at(item, name), "body", TEXT_LIMIT + 1)
    return _Content(MessageKind.TEXT, text) if text else None


def _read_media(item: Item, name: str) -> _Content | None:
    file = object_at(item, name)
    media_id = id_at(file, "id")
    if not media_id:
        return None
    media = Media(
        media_id=media_id,
        mime_type=text_at(file, "mime_type") or "application/octet-stream",
        filename=text_at(file, "filename"),
        sha256=text_at(file, "sha256"),
    )
    kind = MessageKind.AUDIO if name == "voice" else MessageKind(name)
    return _Content(kind, text_at(file, "caption", TEXT_LIMIT + 1), media)


def _read_reaction(item: Item, name: str) -> _Content | None:
    """No emoji: an earlier reaction was taken back."""
    reaction = object_at(item, name)
    target_id = id_at(reaction, "message_id")
    emoji = text_at(reaction, "emoji")
    return _Content(MessageKind.REACTION, emoji, target_id=target_id) if target_id else None


def _read_edit(item: Item, name: str) -> _Content | None:
    """The new words. An edit that can't be read must not blank what we have: it is UNSUPPORTED."""
    edit = object_at(item, name)
    target_id, changed = id_at(edit, "original_message_id"), object_at(edit, "message")
    within = text_at(changed, "type") or next((each for each in _EDITABLE if each in changed), "")
    content = _READERS[within](changed, within) if within in _EDITABLE else None
    if content is None or not target_id:
        return None
    return _Content(MessageKind.EDIT, content.text, target_id=target_id)


def _read_revoke(item: Item, name: str) -> _Content | None:
    target_id = id_at(object_at(item, name), "original_message_id")
    return _Content(MessageKind.REVOKE, target_id=target_id) if target_id else None


def _read_words(item: Item, name: str) -> _Content | None:
    words = _WORDS[name](item)
    return _Content(MessageKind(name), words) if words else None


def _read_system(item: Item, name: str) -> _Content | None:
    return _Content(MessageKind.SYSTEM, text_at(object_at(item, name), "body", 1024))


def _read_welcome(_: Item, __: str) -> _Content | None:
    return _Content(MessageKind.REQUEST_WELCOME)


def _read_unsupported(_: Item, __: str) -> _Content | None:
    return None


def _button_words(button: Item) -> str:
    return text_at(button, "text", 1024) or text_at(button, "payload", 1024)


_WORDS: Mapping[str, Callable[[Item], str]] = {
    "location": lambda item: place_words(object_at(item, "location")),
    "contacts": lambda item: card_words(objects_at(item, "contacts")),
    "order": lambda item: order_words(object_at(item, "order")),
    "interactive": lambda item: tapped_words(object_at(item, "interactive")),
    "button": lambda item: _button_words(object_at(item, "button")),
}

_EDITABLE = ("text", "image", "video", "document", "audio", "voice")

_READERS: Mapping[str, _Reader] = {
    "text": _read_text,
    **dict.fromkeys(("image", "video", "document", "audio", "voice", "sticker"), _read_media),
    "reaction": _read_reaction,
    **dict.fromkeys(_WORDS, _read_words),
    "system": _read_system,
    "request_welcome": _read_welcome,
    "edit": _read_edit,
    "revoke": _read_revoke,
    "unsupported": _read_unsupported,
}
