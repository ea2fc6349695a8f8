"""Placeholders for personal data: a model sees `⟦EMAIL_1⟧`, the customer gets the address back.

One vault a turn, never stored and never logged.
"""

import re
from dataclasses import dataclass, field

from sahut.domain.pii import Kind, replaced


@dataclass(slots=True)
class Vault:
    """What the placeholders of one turn stand for. The same value has the same placeholder."""

    _names: dict[tuple[Kind, str], str] = field(default_factory=dict)
    _values: dict[str, str] = field(default_factory=dict)

    def placeholder(self, kind: Kind, value: str) -> str:
        key = (kind, value.casefold())
        if key not in self._names:
            number = 1 + sum(known is kind for known, _ in self._names)
            name = f"{kind.name}_{number}"
            self._names[key], self._values[name] = name, value
        return f"⟦{self._names[key]}⟧"

    def value(self, name: str) -> str | None:
        """name: as in `EMAIL_1`."""
        return self._values.get(name)

    def only(self, kind: str) -> str | None:
        """The value of a kind that has just one, for a placeholder that lost its number."""
        values = [value for name, value in self._values.items() if name.rpartition("_")[0] == kind]
        return values[0] if len(values) == 1 else None

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        """How many, never what: a repr ends up in error texts."""
        return f"Vault({len(self)})"


@dataclass(frozen=True, slots=True)
class Restored:
    """unknown: placeholders that stood for nothing and were taken out; such an answer must not go out."""

    text: str
    unknown: tuple[str, ...] = ()


_KINDS = "|".join(kind.name for kind in Kind)
# Our own brackets may hold anything that a model made of it. Others, or none, must look like a placeholder:
# "(card 2)" and "phone 1" are words.
_OURS = re.compile(r"[⟦〚][⟦〚\[\s]{0,3}([^⟦⟧〚〛\n]{0,40}?)[\]\s]{0,3}[⟧〛]{1,2}")
_SHAPED = re.compile(
    rf"[⟦〚\[【{{<]{{1,2}}\s{{0,2}}(({_KINDS})[\s_-]{{0,3}}(\d{{1,4}}))(?:\s{{0,2}}[⟧〛\]】}}>]{{1,2}})?"
    rf"|(?<![^\W_])(({_KINDS})\s?\\?_\s?(\d{{1,4}}))(?!\w)(?:\s{{0,2}}[⟧〛]{{1,2}})?",
    re.IGNORECASE,
)
_NAME = re.compile(rf"({_KINDS})\W*_?\W*(\d{{0,4}})", re.IGNORECASE)
_LEFT = re.compile(r"[⟦⟧〚〛]")


def tokenise(text: str, vault: Vault) -> str:
    """The text with placeholders for personal data. Brackets like ours that somebody typed become others."""
    return replaced(_LEFT.sub("|", text), vault.placeholder)


def restore(text: str, vault: Vault) -> Restored:
    """The text with the values back, also where a model bent a placeholder's case, spaces or brackets."""
    unknown: list[str] = []

    def ours(found: re.Match[str]) -> str:
        name = _NAME.fullmatch(found[1].strip())
        return value_of(name[1], name[2], found[0]) if name else missing(found[0])

    def shaped(found: re.Match[str]) -> str:
        kind, number = (found[2], found[3]) if found[1] else (found[5], found[6])
        return value_of(kind, number, found[0])

    def value_of(kind: str, number: str, whole: str) -> str:
        name = kind.upper()
        value = vault.value(f"{name}_{int(number)}") if number else vault.only(name)
        return missing(whole) if value is None else value

    def missing(whole: str) -> str:
        unknown.append(whole)
        return ""

    pieces = _OURS.split(text)
    # Values are put back in one pass each over what is not a value yet: one can't bring in another.
    outside = [_SHAPED.sub(shaped, piece) for piece in pieces[::2]]
    inside = [ours(found) for found in _OURS.finditer(text)]
    joined = "".join(a + b for a, b in zip(outside, [*inside, ""], strict=True))
    if unknown or not _LEFT.search(joined):
        return Restored(_LEFT.sub("", joined) if unknown else joined, tuple(unknown))
    return Restored(_LEFT.sub("", joined), ("⟦",))
