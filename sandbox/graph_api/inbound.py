"""What customers can send: the control request, and the webhook JSON that each kind becomes."""

import json
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.graph_api import webhooks
from sandbox.graph_api.poster import Signature
from sandbox.graph_api.samples import CONTENT, sample_file
from sandbox.graph_api.webhooks import Customer, File, Item, Json
from sandbox.graph_api.world import World

MEDIA = ("image", "video", "audio", "document", "sticker")


class Person(BaseModel):
    """Who writes; give a phone, a user_id, or both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phone: str = ""
    user_id: str = ""
    name: str = "Customer"
    username: str = ""
    parent_user_id: str = ""
    group_id: str = ""

    @model_validator(mode="after")
    def _has_an_address(self) -> "Person":
        if not (self.phone or self.user_id):
            raise ValueError("a customer needs a phone or a user_id")
        return self

    def customer(self) -> Customer:
        return Customer(**self.model_dump())


class InboundMessage(BaseModel):
    """One message, event or status. kind: see `KINDS`; any other name is sent as a type that Meta
    may invent tomorrow. id and at are made when left out. content replaces the sample content of
    kinds such as location, order or contacts. field: webhook field of kind `field`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = "text"
    id: str = ""
    at: float | None = None
    customer: Person | None = None
    text: str = ""
    reply_to: str = ""
    target_id: str = ""
    emoji: str = ""
    choice_id: str = ""
    media_id: str = ""
    mime_type: str = ""
    filename: str = ""
    state: str = "delivered"
    callback_data: str = ""
    error_code: int = 0
    field: str = ""
    content: dict[str, object] | list[object] | None = None
    now: Person | None = None


class InboundRequest(BaseModel):
    """One POST to the webhook with all `messages` in it. copies: the same bytes so often, at once.
    wait: answer only when the webhook was taken or given up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    phone_number_id: str
    customer: Person
    messages: list[InboundMessage] = Field(min_length=1)
    signature: Signature = "good"
    copies: int = Field(default=1, ge=1, le=20)
    wait: bool = False


class Stamped(BaseModel):
    """A message with everything that was left out filled in."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    said: InboundMessage
    who: Customer
    message_id: str
    at: float


def _text(one: Stamped) -> Item:
    said = one.said
    return webhooks.text(one.who, said.text, message_id=one.message_id, at=one.at, reply_to=said.reply_to)


def _reaction(one: Stamped) -> Item:
    said = one.said
    return webhooks.reaction(one.who, said.target_id, said.emoji, message_id=one.message_id, at=one.at)


def _edit(one: Stamped) -> Item:
    return webhooks.edit(one.who, one.said.target_id, one.said.text, message_id=one.message_id, at=one.at)


def _revoke(one: Stamped) -> Item:
    return webhooks.revoke(one.who, one.said.target_id, message_id=one.message_id, at=one.at)


def _choice(one: Stamped) -> Item:
    """A tapped button or list row."""
    chosen = {"id": one.said.choice_id, "title": one.said.text}
    content: Json = {"type": one.said.kind, one.said.kind: chosen}
    return webhooks.message(
        one.who, "interactive", content, message_id=one.message_id, at=one.at, reply_to=one.said.reply_to
    )


def _form(one: Stamped) -> Item:
    answers = json.dumps(one.said.content or {"flow_token": "token", "size": "M"})
    content: Json = {
        "type": "nfm_reply",
        "nfm_reply": {"name": "flow", "body": "Sent", "response_json": answers},
    }
    return webhooks.message(one.who, "interactive", content, message_id=one.message_id, at=one.at)


def _system(one: Stamped) -> Item:
    after = one.said.now.customer() if one.said.now else one.who
    return webhooks.system(one.who, one.said.kind, message_id=one.message_id, at=one.at, now=after)


def _user_id_update(one: Stamped) -> Item:
    """The customer's present user_id takes the place of target_id."""
    return webhooks.user_id_update(one.who, one.said.target_id, at=one.at)


def _status(one: Stamped) -> Item:
    said = one.said
    return webhooks.status(
        said.target_id,
        said.state,
        one.who,
        at=one.at,
        callback_data=said.callback_data,
        error_code=said.error_code,
    )


def _unsupported(one: Stamped) -> Item:
    return webhooks.unsupported(one.who, message_id=one.message_id, at=one.at)


def _welcome(one: Stamped) -> Item:
    return webhooks.message(one.who, "request_welcome", None, message_id=one.message_id, at=one.at)


def _errors(one: Stamped) -> Item:
    return webhooks.failure(one.said.error_code or 131000, one.said.text or "Something went wrong")


def _field(one: Stamped) -> Item:
    value = one.said.content
    return webhooks.account(one.said.field or "account_update", value if isinstance(value, dict) else {})


_BUILDERS: dict[str, Callable[[Stamped], Item]] = {
    "text": _text,
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "button_reply": _choice,
    "list_reply": _choice,
    "nfm_reply": _form,
    "user_changed_number": _system,
    "user_changed_user_id": _system,
    "user_id_update": _user_id_update,
    "status": _status,
    "unsupported": _unsupported,
    "request_welcome": _welcome,
    "errors": _errors,
    "field": _field,
}
KINDS = (*_BUILDERS, *MEDIA, *CONTENT, "echo")


def build(world: World, number: str, one: Stamped) -> Item:
    """The webhook item of one message. Media without a media_id gets a small sample file."""
    said = one.said
    if said.kind == "echo":
        business = world.config.business(number)
        return webhooks.echo(business, one.who, said.text, message_id=one.message_id, at=one.at)
    if said.kind in MEDIA:
        return _media(world, one)
    builder = _BUILDERS.get(said.kind)
    if builder:
        return builder(one)
    content = said.content if said.content is not None else CONTENT.get(said.kind, {"body": said.text})
    return webhooks.message(one.who, said.kind, content, message_id=one.message_id, at=one.at)


def _media(world: World, one: Stamped) -> Item:
    said = one.said
    kept = world.media.find(said.media_id) if said.media_id else world.media.add(*sample_file(said.kind))
    file = File(said.media_id, said.mime_type or "application/octet-stream", filename=said.filename)
    if kept:
        names = (said.mime_type or kept.mime_type, kept.sha256, said.filename or kept.filename)
        file = File(kept.media_id, *names)
    return webhooks.media(one.who, said.kind, file, message_id=one.message_id, at=one.at, caption=said.text)
