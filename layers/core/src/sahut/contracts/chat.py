"""The HTTP API of webchat and operators: what goes in and what comes out."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from sahut.contracts.problem import Problem as Problem


class Api(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


# WhatsApp's limit for a text serves the web chat as well.
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096)]
ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]


class SessionRequest(Api):
    """visitor_token: an earlier token, perhaps expired, to go on with the same conversation."""

    webchat_key: str = Field(min_length=1, max_length=100)
    visitor_token: str = Field(default="", max_length=2000)


class Session(Api):
    """expires_at: seconds since the epoch."""

    visitor_token: str
    visitor_id: str
    expires_at: int


class NewMessage(Api):
    """client_message_id: made by the client; the same id is the same message, however often sent."""

    client_message_id: ClientId
    text: Text


class MessageAccepted(Api):
    message_id: str
    cursor: int


class CitationView(Api):
    """uri: opens the source: an address on the web, or a path below the API's base. page: 0 for none."""

    number: int
    title: str
    uri: str = ""
    page: int = 0


class MessageView(Api):
    """cursor: position in the conversation; ask for what comes `after` it. at: seconds since the epoch."""

    cursor: int
    sender: Literal["customer", "machine", "person", "notice"] = Field(serialization_alias="from")
    text: str
    at: float
    citations: list[CitationView] = []
    client_message_id: str = ""


class Messages(Api):
    """pending: a reply is being worked on, so it is worth asking again at once."""

    messages: list[MessageView]
    cursor: int
    owner: Literal["machine", "waiting", "person"]
    pending: bool


class ConversationView(Api):
    conversation_id: str
    channel: str
    owner: Literal["machine", "waiting", "person"]
    ticket_id: str = ""
    reason: str = ""
    last_customer_at: float
    window_open: bool
    in_flight: int = Field(description="Parts that may still reach the customer.")


class ConversationList(Api):
    conversations: list[ConversationView]


class ConversationDetail(ConversationView):
    messages: list[MessageView]


class OwnerChange(Api):
    """by: who does it, as your own system names them; it goes into the audit."""

    by: str = Field(default="", max_length=200)


class PersonMessage(Api):
    text: Text
    by: str = Field(default="", max_length=200)


class PersonMessageResult(Api):
    """unknown: the channel did not answer; it is not sent again, look for its ticks."""

    message_id: str
    state: Literal["sent", "unknown"]
