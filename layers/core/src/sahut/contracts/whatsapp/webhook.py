"""The envelope of a webhook: entries × changes. One change makes one ChannelBatch.

Nothing that Meta signed is dropped: what can't be read goes into `refused` as raw JSON with a
reason, and takes none of its siblings with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from sahut.contracts.whatsapp.messages import read_echo, read_message
from sahut.contracts.whatsapp.people import Person, people_of
from sahut.contracts.whatsapp.reading import (
    Item,
    MalformedWebhook,
    Unreadable,
    id_at,
    item_of,
    list_of,
    load,
    object_at,
    raw_of,
    text_at,
)
from sahut.contracts.whatsapp.reports import USER_ID_UPDATE, id_change, notice, read_status, user_id_update
from sahut.domain.message import (
    AccountNotice,
    Channel,
    ChannelBatch,
    InboundMessage,
    MessageKind,
    StatusUpdate,
)

_ACCOUNT = "whatsapp_business_account"
_MESSAGES = "messages"
_ECHOES = "message_echoes"
# What staff sent from their phones (coexistence), or through another app on the same number.
_ECHO_FIELDS = (f"smb_{_ECHOES}", _ECHOES)


def parse_webhook(raw: bytes, received_at: float = 0.0) -> tuple[ChannelBatch, ...]:
    """Everything that a webhook says, one batch per change.

    Args:
        raw: the body as it came.
        received_at: seconds since the epoch; stands in for a timestamp that can't be read.

    Raises:
        MalformedWebhook: not JSON, or not an object with a list of entries. Nothing else.
    """
    body = item_of(load(raw))
    if not isinstance(body.get("entry"), list):
        raise MalformedWebhook("the body is no webhook")
    if body.get("object") not in (_ACCOUNT, None):
        return (_refused_batch("", body, "a webhook of another product"),)
    return tuple(batch for entry in list_of(body["entry"]) for batch in _entry_batches(entry, received_at))


def _entry_batches(entry: object, received_at: float) -> Iterable[ChannelBatch]:
    account_id = id_at(item_of(entry), "id")
    changes = list_of(item_of(entry).get("changes"))
    if not changes:
        yield _refused_batch(account_id, entry, "an entry without changes")
    for change in changes:
        if isinstance(item_of(change).get("value"), dict):
            yield _change_batch(account_id, item_of(change), received_at)
        else:
            yield _refused_batch(account_id, change, "a change without a value")


def _refused_batch(account_id: str, value: object, reason: str) -> ChannelBatch:
    return ChannelBatch(Channel.WHATSAPP, "", refused=((raw_of(value), reason),), account_id=account_id)


@dataclass(slots=True)
class _Reading:
    """What was read of one change so far."""

    people: tuple[Person, ...]
    received_at: float
    messages: list[InboundMessage] = field(default_factory=list)
    statuses: list[StatusUpdate] = field(default_factory=list)
    notices: list[AccountNotice] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def each(self, values: object, read: Callable[[Item], None]) -> None:
        """Reads every item of a list; what can't be read is refused alone."""
        if values is not None and not isinstance(values, list | dict):
            self.refused.append((raw_of(values), "not a list"))
        for value in list_of(values):
            try:
                read(item_of(value))
            except Unreadable as error:
                self.refused.append((raw_of(value), str(error)))

    def message(self, item: Item) -> None:
        message = read_message(item, self.people, self.received_at)
        self.messages.append(message)
        change = id_change(item) if message.kind is MessageKind.SYSTEM else None
        self.notices.extend([change] if change else [])

    def echo(self, item: Item) -> None:
        self.messages.append(read_echo(item, self.people, self.received_at))

    def status(self, item: Item) -> None:
        update = read_status(item, self.received_at)
        if isinstance(update, StatusUpdate):
            self.statuses.append(update)
        else:
            self.notices.append(update)

    def user_id_update(self, item: Item) -> None:
        self.notices.append(user_id_update(item))

    def error(self, item: Item) -> None:
        self.notices.append(notice("errors", item))


def _change_batch(account_id: str, change: Item, received_at: float) -> ChannelBatch:
    name = text_at(change, "field") or _MESSAGES
    value = object_at(change, "value")
    reading = _Reading(people_of(value), received_at)
    if name == _MESSAGES or name in _ECHO_FIELDS:
        _read_conversations(reading, value, name)
    elif name == USER_ID_UPDATE and value.get(name):
        reading.each(value[name], reading.user_id_update)
    else:
        reading.each([value], lambda item: reading.notices.append(notice(name, item)))
    read = (reading.messages, reading.statuses, reading.notices, reading.refused)
    if not any(read):
        reading.refused.append((raw_of(change), "nothing that we know is in this change"))
    return ChannelBatch(
        channel=Channel.WHATSAPP,
        channel_key=id_at(object_at(value, "metadata"), "phone_number_id"),
        messages=tuple(reading.messages),
        statuses=tuple(reading.statuses),
        notices=tuple(reading.notices),
        refused=tuple(reading.refused),
        account_id=account_id,
    )


def _read_conversations(reading: _Reading, value: Item, name: str) -> None:
    """Messages only from the field of that name: other fields repeat or relay them."""
    if name == _MESSAGES:
        reading.each(value.get(_MESSAGES), reading.message)
        reading.each(value.get("statuses"), reading.status)
        reading.each(value.get("errors"), reading.error)
    reading.each(value.get(_ECHOES), reading.echo)
