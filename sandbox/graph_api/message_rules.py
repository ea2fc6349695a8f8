"""What Meta accepts at POST /{phone_number_id}/messages, and what it refuses with which code.

Pure: a body comes in, a checked message goes out, or a GraphError. Whether the 24-hour window is
open is not known here.
"""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from sandbox.graph_api.graph_error import GraphError

MAX_TEXT = 4096  # characters of text.body
MAX_ROWS = 10
MAX_CALLBACK = 512  # characters of biz_opaque_callback_data
# E.164: at most 15 digits, none of them a leading zero.
_PHONE = re.compile(r"\+?[1-9]\d{6,14}")
# A two-letter country, a dot, at most 128 letters or digits; a parent id has ENT in between.
_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_GROUP_ID = re.compile(r"[A-Za-z0-9_:.=-]{5,128}")
# Types that Meta knows and this fake has no rules for yet.
_NOT_MODELLED = {"audio", "contacts", "document", "image", "location", "reaction", "sticker", "video"}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Text(_Strict):
    body: str = Field(min_length=1, max_length=MAX_TEXT, pattern=r"\S")
    preview_url: bool = False


class _Language(_Strict):
    code: str = Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")
    policy: Literal["deterministic"] = "deterministic"


class _Template(_Strict):
    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: _Language
    components: list[dict[str, object]] = Field(default_factory=list)


class _Reply(_Strict):
    id: str = Field(min_length=1, max_length=256)
    title: str = Field(min_length=1, max_length=20)


class _Button(_Strict):
    type: Literal["reply"]
    reply: _Reply


class _Row(_Strict):
    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=24)
    description: str = Field(default="", max_length=72)


class _Section(_Strict):
    title: str = Field(default="", max_length=24)
    rows: list[_Row] = Field(min_length=1, max_length=MAX_ROWS)


class _ButtonAction(_Strict):
    buttons: list[_Button] = Field(min_length=1, max_length=3)


class _ListAction(_Strict):
    button: str = Field(min_length=1, max_length=20)
    sections: list[_Section] = Field(min_length=1, max_length=MAX_ROWS)


class _Body(_Strict):
    text: str = Field(min_length=1, max_length=1024)


class _ListBody(_Strict):
    text: str = Field(min_length=1, max_length=MAX_TEXT)


class _Footer(_Strict):
    text: str = Field(min_length=1, max_length=60)


class _Header(_Strict):
    type: Literal["text"]
    text: str = Field(min_length=1, max_length=60)


class _Buttons(_Strict):
    type: Literal["button"]
    body: _Body
    action: _ButtonAction
    header: _Header | None = None
    footer: _Footer | None = None


class _List(_Strict):
    type: Literal["list"]
    body: _ListBody
    action: _ListAction
    header: _Header | None = None
    footer: _Footer | None = None


class _Context(_Strict):
    message_id: str = Field(min_length=1)


class _Message(_Strict):
    messaging_product: Literal["whatsapp"]
    recipient_type: Literal["individual", "group"] = "individual"
    to: str | None = None
    recipient: str | None = None
    context: _Context | None = None
    biz_opaque_callback_data: str = Field(default="", max_length=MAX_CALLBACK)

    @property
    def address(self) -> str:
        """The one recipient, a phone without its plus sign."""
        return (self.to or self.recipient or "").removeprefix("+")

    @property
    def shown(self) -> str:
        """The words that the customer reads."""
        raise NotImplementedError

    @property
    def free_form(self) -> bool:
        """Free-form messages need an open 24-hour window; templates do not."""
        return True


class TextMessage(_Message):
    type: Literal["text"]
    text: _Text

    @property
    def shown(self) -> str:
        return self.text.body


class TemplateMessage(_Message):
    type: Literal["template"]
    template: _Template

    @property
    def shown(self) -> str:
        return f"[template {self.template.name}]"

    @property
    def free_form(self) -> bool:
        return False


class InteractiveMessage(_Message):
    type: Literal["interactive"]
    interactive: Annotated[_Buttons | _List, Field(discriminator="type")]

    @property
    def shown(self) -> str:
        return self.interactive.body.text

    @property
    def choices(self) -> list[tuple[str, str]]:
        """(id, title) of every button or row."""
        action = self.interactive.action
        if isinstance(action, _ButtonAction):
            return [(button.reply.id, button.reply.title) for button in action.buttons]
        return [(row.id, row.title) for section in action.sections for row in section.rows]


class _TypingIndicator(_Strict):
    type: Literal["text"]


class ReadReceipt(_Strict):
    """Marks a customer's message as read, and may show the typing sign for 25 seconds."""

    messaging_product: Literal["whatsapp"]
    status: Literal["read"]
    message_id: str = Field(min_length=1)
    typing_indicator: _TypingIndicator | None = None


OutgoingMessage = TextMessage | TemplateMessage | InteractiveMessage

_MESSAGES: TypeAdapter[OutgoingMessage] = TypeAdapter(Annotated[OutgoingMessage, Field(discriminator="type")])


def check(body: object) -> OutgoingMessage | ReadReceipt:
    """The checked request.

    Raises:
        GraphError: 100 for wrong, missing or unknown fields, 131008 for a missing nested one,
            131009 for a wrong value, 131051 for a type that has no rules here.
    """
    if not isinstance(body, dict):
        raise GraphError(100, "The body is not a JSON object")
    try:
        if "status" in body:
            return ReadReceipt.model_validate(body)
        if str(body.get("type")) in _NOT_MODELLED:
            raise GraphError(131051, "The sandbox has no rules for this type yet")
        message = _MESSAGES.validate_python({"type": "text", **body})
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)[0], is_receipt="status" in body) from None
    _check_recipient(message)
    _check_rows(message)
    return message


def _check_recipient(message: OutgoingMessage) -> None:
    if (message.to is None) == (message.recipient is None):
        raise GraphError(100, "Exactly one of the parameters to and recipient is required")
    if message.recipient is not None:
        valid = _USER_ID.fullmatch(message.recipient)
    elif message.recipient_type == "group":
        valid = _GROUP_ID.fullmatch(message.to or "")
    else:
        valid = _PHONE.fullmatch(message.to or "")
    if not valid:
        raise GraphError(131009, "Recipient is neither a phone number nor a business-scoped user id")


def _check_rows(message: OutgoingMessage) -> None:
    """A list may have 10 rows in all its sections together."""
    if isinstance(message, InteractiveMessage) and len(message.choices) > MAX_ROWS:
        raise GraphError(131009, f"interactive.action.sections: at most {MAX_ROWS} rows in all")


def _refusal(error: ErrorDetails, *, is_receipt: bool) -> GraphError:
    """The first thing that is wrong, told without repeating what the request said."""
    if error["type"].startswith("union_tag"):
        return GraphError(100, "type: unknown, or missing")
    path = [str(step) for step in error["loc"]]
    if not is_receipt:
        path = path[1:]  # pydantic puts the chosen message type in front
    where = ".".join(path)
    if error["type"] == "extra_forbidden":
        return GraphError(100, f"Unexpected parameter {where}")
    nested = len(path) > 1 and where != "text.body"
    if nested and error["type"] == "missing":
        return GraphError(131008, f"{where}: {error['msg']}")
    return GraphError(131009 if nested else 100, f"{where}: {error['msg']}")
