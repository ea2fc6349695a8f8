"""What a site's robots.txt allows (RFC 9309). Fetches nothing.

Why not urllib.robotparser: until Python 3.15 it knows no `*` and `$` in paths, and takes the first rule
that fits instead of the longest; a site's `Disallow: /*?sort=` would be overlooked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sahut.domain.web_sources import escaped

# RFC 9309 §2.5: parsers take at least this much; the rest is not read.
MAX_BYTES = 500 * 1024
_TOKEN = re.compile(r"[A-Za-z_-]+")


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules for one robot on one host. rules: (pattern, allowed). delay_s: 0 when none is asked for."""

    rules: tuple[tuple[str, bool], ...] = ()
    delay_s: float = 0.0

    def allows(self, target: str) -> bool:
        """target: path and query, as `web_url` spells them. The longest rule that fits decides."""
        fitting = [(len(pattern), allowed) for pattern, allowed in self.rules if _fits(pattern, target)]
        return max(fitting, default=(0, True))[1]


EVERYTHING = Robots()


def parse_robots(body: bytes, user_agent: str) -> Robots:
    """The rules for this robot, or else those for all; groups of the same robot count together."""
    token = product_token(user_agent)
    own, common = _Group(), _Group()
    named = False
    for agents, group in _groups(body[:MAX_BYTES].decode("utf-8-sig", "replace")):
        if token in agents:
            named = True
            own.take(group)
        elif "*" in agents:
            common.take(group)
    chosen = own if named else common
    return Robots(tuple(chosen.rules), chosen.delay_s)


def product_token(user_agent: str) -> str:
    found = _TOKEN.match(user_agent)
    return found.group().lower() if found else ""


class _Group:
    def __init__(self) -> None:
        self.rules: list[tuple[str, bool]] = []
        self.delay_s = 0.0

    def take(self, other: _Group) -> None:
        self.rules += other.rules
        self.delay_s = max(self.delay_s, other.delay_s)

    def add(self, key: str, value: str) -> None:
        if key in ("allow", "disallow") and value:
            pattern = value if value.startswith(("/", "*")) else f"/{value}"
            self.rules.append((escaped(pattern, "?"), key == "allow"))
        elif key == "crawl-delay" and re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value):
            self.delay_s = max(self.delay_s, float(value))


def _groups(text: str) -> Iterator[tuple[frozenset[str], _Group]]:
    agents: set[str] = set()
    group = _Group()
    in_rules = False
    for key, value in _lines(text):
        if key == "user-agent":
            if in_rules:
                yield frozenset(agents), group
                agents, group, in_rules = set(), _Group(), False
            agents.add("*" if value.startswith("*") else product_token(value))
        elif key in ("allow", "disallow", "crawl-delay"):
            in_rules = True
            group.add(key, value)
    yield frozenset(agents), group


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"\r\n|\r|\n", text):
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _fits(pattern: str, target: str) -> bool:
    """`*` stands for anything, `$` for the end. Looks at each part once: no pattern can be slow."""
    first, *rest = pattern.removesuffix("$").split("*")
    if not target.startswith(first):
        return False
    at_end = pattern.endswith("$")
    if not rest:
        return not at_end or target == first
    *middle, last = rest
    at = len(first)
    for part in middle:
        found = target.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return target.endswith(last) and len(target) - len(last) >= at if at_end else target.find(last, at) >= 0
