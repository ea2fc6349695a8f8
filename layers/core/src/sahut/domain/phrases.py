"""Phrases as patterns over folded words with single spaces (domain/words.py).

A text of them has one after each `- `; a line that is indented continues the one before. `<name>` stands for
one of a group of words, and a text of groups has `name: one|another`.
"""

import re
from functools import cached_property

_GROUP = re.compile(r"<([a-z]+)>")
_CONTINUED = re.compile(r"\n {4}")


class Phrases:
    """Compiled when they are first looked for: a module full of them costs nothing at import."""

    def __init__(self, text: str, groups: str = "") -> None:
        self._text, self._groups_text = text, groups

    def in_text(self, normal: str) -> str:
        """The words by which one of the phrases occurs, '' for none. normal: folded words."""
        found = self._pattern.search(normal)
        return found[0].strip() if found else ""

    @property
    def each(self) -> tuple[str, ...]:
        """Every phrase as a pattern of its own."""
        return tuple(_GROUP.sub(self._group, line.removeprefix("- ")) for line in _lines(self._text))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(rf"\b(?:{phrase})\b" for phrase in self.each))

    @cached_property
    def _groups(self) -> dict[str, str]:
        pairs = (line.partition(": ") for line in _lines(self._groups_text))
        return {name: words for name, _, words in pairs}

    def _group(self, found: re.Match[str]) -> str:
        return f"(?:{self._groups[found[1]]})"


def _lines(text: str) -> list[str]:
    return [line for line in _CONTINUED.sub("", text).split("\n") if line]
