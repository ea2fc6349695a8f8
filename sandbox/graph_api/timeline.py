"""What one customer sees of one chat, for the phone page. Nothing here decides anything."""

from dataclasses import asdict, dataclass, field
from typing import Literal

TYPING_S = 25.0  # Meta shows the typing sign that long, or until a reply comes
# Ticks only go forward, in whatever order the news come; failed and lost always show.
_RANK = {"posting": 0, "accepted": 0, "stored": 1, "sent": 1, "delivered": 2, "read": 3, "failed": 9}
_RANK["lost"] = _RANK["failed"]


@dataclass(slots=True)
class Bubble:
    """One message on the screen.

    side: `customer`, `business`, or `staff` (the shop's own phone app). state: of the customer's
    messages posting, stored, read or lost; of the others accepted, sent, delivered, read, failed.
    choices: (id, title) of buttons or rows that can be tapped.
    """

    message_id: str
    side: Literal["customer", "business", "staff"]
    kind: str
    text: str
    at: float
    state: str
    media_id: str = ""
    mime_type: str = ""
    quoted_id: str = ""
    choices: list[tuple[str, str]] = field(default_factory=list)
    edited: bool = False
    deleted: bool = False
    reaction: str = ""
    error_code: int = 0


@dataclass(slots=True)
class Chat:
    """All bubbles of one customer with one number. version grows with every change."""

    bubbles: list[Bubble] = field(default_factory=list)
    typing_until: float = 0.0
    version: int = 0

    def add(self, bubble: Bubble) -> None:
        self.bubbles.append(bubble)
        if bubble.side != "customer":
            self.typing_until = 0.0
        self.version += 1

    def find(self, message_id: str) -> Bubble | None:
        return next((bubble for bubble in reversed(self.bubbles) if bubble.message_id == message_id), None)

    def touched(self) -> None:
        self.version += 1

    def is_typing(self, now: float) -> bool:
        return now < self.typing_until

    def to_json(self, now: float) -> dict[str, object]:
        bubbles = [asdict(bubble) for bubble in self.bubbles]
        return {"version": self.version, "typing": self.is_typing(now), "bubbles": bubbles}


class Timelines:
    """The chats, by (phone_number_id, contact key)."""

    def __init__(self) -> None:
        self._chats: dict[tuple[str, str], Chat] = {}
        self._where: dict[str, Chat] = {}

    def chat(self, number: str, key: str) -> Chat:
        return self._chats.setdefault((number, key), Chat())

    def add(self, number: str, key: str, bubble: Bubble) -> None:
        chat = self.chat(number, key)
        chat.add(bubble)
        self._where[bubble.message_id] = chat

    def chats(self, number: str) -> list[str]:
        """Contact keys of this number's chats, the last changed first."""
        found = [(chat, key) for (of, key), chat in self._chats.items() if of == number and chat.bubbles]
        return [key for _, key in sorted(found, key=lambda pair: -pair[0].bubbles[-1].at)]

    def chat_of(self, message_id: str) -> Chat | None:
        """The chat in which a message is, None for one that the fake never saw."""
        return self._where.get(message_id)

    def mark(self, message_id: str, state: str, error_code: int = 0) -> None:
        """Moves the ticks of a message forward; unknown ids are ignored."""
        chat = self.chat_of(message_id)
        bubble = chat.find(message_id) if chat else None
        if chat is None or bubble is None or _RANK.get(state, 0) < _RANK.get(bubble.state, 0):
            return
        bubble.state = state
        bubble.error_code = error_code
        chat.touched()

    def read_up_to(self, message_id: str, now: float, *, typing: bool) -> None:
        """The business read the customer's messages up to this one, and perhaps types."""
        chat = self.chat_of(message_id)
        if chat is None:
            return
        for bubble in chat.bubbles:
            if bubble.side == "customer":
                bubble.state = "read"  # even of a message whose webhook still awaits its 200
            if bubble.message_id == message_id:
                break
        chat.typing_until = now + TYPING_S if typing else chat.typing_until
        chat.touched()

    def clear(self) -> None:
        self._chats.clear()
        self._where.clear()
