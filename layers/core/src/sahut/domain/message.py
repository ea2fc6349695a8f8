"""What customers send us and what channels tell us, free of any channel's wire format."""

from dataclasses import dataclass, field
from enum import StrEnum


class Channel(StrEnum):
    WHATSAPP = "whatsapp"
    WEBCHAT = "webchat"


class MessageKind(StrEnum):
    """Every kind of FACTS on the WhatsApp Cloud API; webchat sends TEXT only."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    AUDIO = "audio"
    STICKER = "sticker"
    REACTION = "reaction"
    LOCATION = "location"
    CONTACTS = "contacts"
    ORDER = "order"
    INTERACTIVE = "interactive"
    BUTTON = "button"
    SYSTEM = "system"
    REQUEST_WELCOME = "request_welcome"
    EDIT = "edit"
    REVOKE = "revoke"
    UNSUPPORTED = "unsupported"
    ECHO = "echo"
    UNKNOWN = "unknown"


MEDIA_KINDS = frozenset(
    {
        MessageKind.IMAGE,
        MessageKind.VIDEO,
        MessageKind.DOCUMENT,
        MessageKind.AUDIO,
        MessageKind.STICKER,
    }
)

# What a customer says and expects an answer to. The rest is stored, acknowledged and left alone.
_STARTS_TURN = MEDIA_KINDS | {
    MessageKind.TEXT,
    MessageKind.LOCATION,
    MessageKind.CONTACTS,
    MessageKind.ORDER,
    MessageKind.INTERACTIVE,
    MessageKind.BUTTON,
    MessageKind.REQUEST_WELCOME,
    MessageKind.UNSUPPORTED,
    MessageKind.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Media:
    """A file that came with a message. `object_key` is set once it was fetched to S3."""

    media_id: str
    mime_type: str
    filename: str = ""
    sha256: str = ""
    object_key: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """A customer on one channel. Either address may be missing, never both.

    phone: digits, as in WhatsApp's `wa_id`. user_id: business-scoped user id, as `US.1349…`.
    For webchat, user_id is the visitor id.
    """

    phone: str = ""
    user_id: str = ""
    username: str = ""
    name: str = ""
    group_id: str = ""

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names this contact is found by, steadiest first (a BSUID changes with its number).

        In a group the group is the conversation partner, whoever of it speaks.
        """
        if self.group_id:
            return (f"group:{self.group_id}",)
        named = (("user", self.user_id), ("phone", self.phone))
        return tuple(f"{kind}:{value}" for kind, value in named if value)


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """One item that a customer (or the staff's phone app: ECHO) sent.

    sent_at: seconds since the epoch, the channel's clock. target_id: the provider id of the
    message that a reaction, an edit or a revoke is about, or that a reply quotes.
    raw: the provider's own JSON of this item, for kinds that we do not model.
    """

    provider_id: str
    kind: MessageKind
    contact: Contact
    sent_at: float
    text: str = ""
    media: Media | None = None
    target_id: str = ""
    raw: str = ""

    @property
    def starts_turn(self) -> bool:
        return self.kind in _STARTS_TURN


class DeliveryStatus(StrEnum):
    """How far a sent part came. FAILED is apart: see `status_rank`."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    PLAYED = "played"
    FAILED = "failed"


_RANK = {
    DeliveryStatus.SENT: 1,
    DeliveryStatus.DELIVERED: 2,
    DeliveryStatus.READ: 3,
    DeliveryStatus.PLAYED: 4,
}


def status_rank(status: DeliveryStatus) -> int:
    """Rank for the monotonic order sent < delivered < read < played; FAILED ranks 0."""
    return _RANK.get(status, 0)


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A channel's word on a message of ours. callback_data: what we gave along when sending."""

    provider_id: str
    status: DeliveryStatus
    at: float
    callback_data: str = ""
    error_code: int = 0
    error_title: str = ""


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """A webhook field other than `messages`: template, account, quality, `user_id_update`…

    old_user_id, new_user_id: set when a customer's business-scoped id changed. phone is their
    number now, old_phone the one before it when that changed too.
    """

    field: str
    summary: str
    raw: str
    phone: str = ""
    old_user_id: str = ""
    new_user_id: str = ""
    old_phone: str = ""

    @property
    def links(self) -> tuple[tuple[str, str], ...]:
        """(known alias, added alias) pairs by which the customer stays the same conversation.

        Which of the known ones we have seen is the storage's knowledge: it tries them in order.
        """
        if not (self.old_user_id or self.old_phone):
            return ()
        before = (f"user:{self.old_user_id}", f"phone:{self.old_phone or self.phone}")
        after = (f"user:{self.new_user_id}", f"phone:{self.phone}")
        named = [(known, added) for added in after for known in before if known != added]
        return tuple(pair for pair in named if not any(alias.endswith(":") for alias in pair))


@dataclass(frozen=True, slots=True)
class ChannelBatch:
    """All that one webhook change says about one of our numbers.

    channel_key: '' when the change names no number of ours (account and template fields).
    account_id: the WhatsApp Business Account that the change is about; every change has one.
    refused: raw JSON of items that could not be read at all, each with a reason; they go to the
    dead letters.
    """

    channel: Channel
    channel_key: str
    messages: tuple[InboundMessage, ...] = ()
    statuses: tuple[StatusUpdate, ...] = ()
    notices: tuple[AccountNotice, ...] = ()
    refused: tuple[tuple[str, str], ...] = field(default=())
    account_id: str = ""
