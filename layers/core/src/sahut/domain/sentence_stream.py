"""A text that comes piece by piece, cut into claims: what ends a sentence and carries a mark.

A claim is given out when the next one has begun, so the last one waits for the end of the text. The pieces,
put together, are the text, character by character.
"""

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
