"""The text of a structured reply that comes piece by piece: what stages.replies.REPLY_SCHEMA calls `text`."""

import json
import re


class JsonTextStream:
    """The text inside `"text": "…"` of a JSON object that comes piece by piece.

    Only of one that has said before that it is an answer: what a reply without one or a question back holds
    is not for the customer's eyes, and what says so too late can't be told apart.
    """

    _OPENING = re.compile(r'"text"\s*:\s*"')
    _ANSWERS = re.compile(r'"outcome"\s*:\s*"answer"')

    def __init__(self) -> None:
        self._raw = ""
        self._at = -1
        self._done = False

    def feed(self, piece: str) -> str:
        """What the piece adds to the text; a half escape waits for its other half."""
        self._raw += piece
        if self._at < 0:
            opening = self._OPENING.search(self._raw)
            if opening is None:
                return ""
            self._at = opening.end()
            self._done = not self._ANSWERS.search(self._raw[: opening.start()])
        return "" if self._done else self._take()

    def _take(self) -> str:
        end = self._at
        while end < len(self._raw):
            if self._raw[end] == '"':
                self._done = True
                break
            step = self._step(end)
            if not step:
                break
            end += step
        piece, self._at = self._raw[self._at : end], end
        read: str = json.loads(f'"{piece}"', strict=False)
        return read

    def _step(self, at: int) -> int:
        """Length of the character or whole escape at `at`; 0 while it is not all there."""
        if self._raw[at] != "\\":
            return 1
        escape = self._raw[at : at + 2]
        length = 6 if escape == "\\u" else 2
        if escape == "\\u" and self._raw[at + 2 : at + 4].lower() in ("d8", "d9", "da", "db"):
            length = 12  # a surrogate pair belongs together
        return length if at + length <= len(self._raw) else 0
