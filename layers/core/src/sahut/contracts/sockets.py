"""What clients send over the WebSocket, and the ticket that opens it."""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from sahut.contracts.chat import Api

# Far more than any frame of ours; API Gateway itself ends a connection at 32 KB a frame.
MAX_FRAME_BYTES = 4096


class SocketTicket(Api):
    """Connect to `url?ticket=ticket` before `expires_at` (seconds since the epoch), once."""

    ticket: str
    url: str
    expires_at: int


class Ping(Api):
    """Answered by `pong`, whose `id` is the newest line: a client that knows less resumes."""

    type: Literal["ping"]


class Resume(Api):
    """Answered by `messages`: all that came after the line `after`."""

    type: Literal["resume"]
    after: int = Field(ge=0, le=10**9, strict=True)


class Typing(Api):
    """The visitor is writing on. Send it every two seconds at most, while they do."""

    type: Literal["typing"]


Frame: TypeAlias = Annotated[Ping | Resume | Typing, Field(discriminator="type")]
FRAME: TypeAdapter[Frame] = TypeAdapter(Frame)
