"""A text that comes piece by piece, cut into claims: what ends a sentence and carries a mark.

A claim is given out when the next one has begun, so the last one waits for the end of the text. The pieces,
put together, are the text, character by character.
"""

import json
import re

# "… costs £20. [3] " and "… costs £20 [3]. ", when something else than a mark or a full stop follows.
_END = re.compile(
    r"(?:[.!?…]+\s*(?:\[[\d,; ]{1,12}\]\s*)+|(?:\[[\d,; ]{1,12}\]\s*)+[.!?…]+\s*)(?=[^\s\[.!?…])"
)


class SentenceStream:
    """Feed it pieces of a text."""

    def __init__(self) -> None:
        self._waiting = ""

    def feed(self, piece: str) -> list[str]:
        """The claims that are complete now, each with the white space after it."""
        self._waiting += piece
        claims = []
        while found := _END.search(self._waiting):
            claims.append(self._waiting[: found.end()])
            self._waiting = self._waiting[found.end() :]
        return claims

    @property
    def rest(self) -> str:
        """What has not been given out."""
        return self._waiting


class JsonTextStream:
    """The text inside `"text": "…"` of a JSON object that comes piece by piece."""

    _OPENING = re.compile(r'"text"\s*:\s*"')

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
