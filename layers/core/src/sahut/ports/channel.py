"""How words reach a customer. Adapters: WhatsApp (Graph API), webchat (the stored timeline)."""

from dataclasses import dataclass
from typing import Protocol

from sahut.domain.message import Contact


@dataclass(frozen=True, slots=True)
class SendRequest:
    """callback_data: at most 512 characters; comes back in the statuses of this message.

    deadline: seconds since the epoch; the call is not begun after it. reply_to: provider id of
    the customer's message that is answered, '' for none.
    """

    channel_key: str
    contact: Contact
    text: str
    callback_data: str
    deadline: float
    reply_to: str = ""


class ChannelSender(Protocol):
    def send(self, request: SendRequest) -> str:
        """Sends one part and returns the channel's id for it.

        Raises:
            ChannelRefused: certainly not sent (a coded error).
            TryAgain: certainly not sent, and may succeed later (the call was never begun).
            Uncertain: a time-out, a broken connection or a 5xx without code.
        """
        ...

    def show_typing(self, channel_key: str, message_id: str) -> None:
        """Marks the message as read and shows the typing sign for 25 s. Best effort.

        Raises: the same as `send`; callers may ignore them.
        """
        ...

    def fetch_media(self, media_id: str) -> tuple[bytes, str]:
        """The file's bytes and its MIME type.

        Raises:
            TryAgain: may succeed later. Refused: never (expired, too large, unknown).
        """
        ...
