"""Splits a long text into messages that a channel can carry, at the best places there are.

Length is counted in UTF-16 code units. WhatsApp says "4,096 characters" and not of which kind; no
kind of character is longer than that many code units, so the count is safe for all of them.
"""

import re
import unicodedata
from collections.abc import Iterator, Set

WHATSAPP_TEXT_LIMIT = 4096

# A better kind of place is taken only beyond this share of the room: no part gets needlessly short.
_WORTHWHILE = 0.5
# Characters beyond the room that are looked at: what follows decides whether a cut is good.
_AHEAD = 64

_MARK = r"\[\d{1,3}\]"
# Best first. A cut is at the end of a match. `1.` ends no sentence: it numbers a list.
_PLACES = (
    re.compile(r"(?=[^\S\n]*\n[^\S\n]*\n)"),  # paragraphs
    re.compile(rf"(?:(?<!\d)\.|[!?…。！？])[\"'”’»)*_]*(?:\s?{_MARK})*(?=\s)|(?=\n)"),  # sentences, lines
    re.compile(r"(?=\s)"),  # words
)
# A citation belongs to the words before it.
_CITATION = re.compile(rf"\s*({_MARK})")
_LINK = re.compile(r"https?://\S+")

_JOINER = "\u200d"


def utf16_length(text: str) -> int:
    """UTF-16 code units: 2 for a character outside the basic plane, else 1."""
    return len(text) + sum(character > "\uffff" for character in text)


def split_message(text: str, limit: int = WHATSAPP_TEXT_LIMIT) -> tuple[str, ...]:
    """The text in parts of at most `limit` UTF-16 code units, without white space around them.

    All that is not white space is kept, in order. A text of white space only has no parts.

    Raises:
        ValueError: limit is under 2, which can't hold every character.
    """
    if limit < 2:
        raise ValueError("a part holds at least 2 code units")
    return tuple(_parts(text.strip(), limit))


def _parts(rest: str, limit: int) -> Iterator[str]:
    while rest:
        room = _room(rest, limit)
        cut = len(rest) if room == len(rest) else _cut(rest, room)
        yield rest[:cut].rstrip()
        rest = rest[cut:].lstrip()


def _room(text: str, limit: int) -> int:
    """How many characters from the start fit into `limit` code units."""
    used = 0
    for index, character in enumerate(text[:limit]):
        used += 2 if character > "\uffff" else 1
        if used > limit:
            return index
    return min(len(text), limit)


def _cut(text: str, room: int) -> int:
    """The best place to cut at or before `room`; at least 1."""
    window = text[: room + _AHEAD]
    marks = [match.span(1) for match in _CITATION.finditer(window)]
    links = [match.span() for match in _LINK.finditer(window)]
    inside = {at for start, end in marks + links for at in range(start + 1, end)}
    apart = inside.union(*(range(match.start(), match.end()) for match in _CITATION.finditer(window)))
    for place in _PLACES:
        cuts = [match.end() for match in place.finditer(window)]
        best = max((cut for cut in cuts if 0 < cut <= room and cut not in apart), default=0)
        if best and (best >= room * _WORTHWHILE or place is _PLACES[-1]):
            return best
    return _cut_a_word(window, room, apart) or _cut_a_word(window, room, inside) or _cut_a_word(window, room)


def _cut_a_word(text: str, room: int, forbidden: Set[int] = frozenset()) -> int:
    """The last place at or before `room` that takes no visible character apart; 0 for none.

    With nothing forbidden there is always one: a cluster larger than a message is cut in two.
    """
    for cut in range(room, 0, -1):
        if cut not in forbidden and _between_clusters(text, cut):
            return cut
    return 0 if forbidden else room


def _between_clusters(text: str, at: int) -> bool:
    """Whether no character that people see as one lies across this place."""
    before, after = text[at - 1], text[at]
    if _JOINER in (before, after) or _extends(after):
        return False
    if "\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff":
        return False
    return not (_is_flag_letter(after) and _flag_letters_before(text, at) % 2)


def _extends(character: str) -> bool:
    """Accents and variation selectors, skin tones, and the tags that name regional flags."""
    return (
        unicodedata.category(character).startswith("M")
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _flag_letters_before(text: str, at: int) -> int:
    """Flags are pairs of letters."""
    start = at
    while start and _is_flag_letter(text[start - 1]):
        start -= 1
    return at - start
