"""Text as a person sees it: what is invisible carries no meaning, so nobody and nothing shall read it.

Keeps what people do type: joiners inside emoji and Arabic or Persian words, flags, soft line breaks.
"""

import re

# Zero-width space, joiners, word joiner, invisible operators, soft hyphen, byte order mark, marks and
# overrides of direction, Hangul and Mongolian fillers, interlinear annotations.
_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\U000e0100-\U000e01ef"
)
_JOINERS = "\u200c\u200d"
# U+E0020 to U+E007E are ASCII that no screen shows; behind a black flag they name a region (England).
_TAGS = "\U000e0000-\U000e007f"
_FLAG = "\U0001f3f4"

_DROPPED = re.compile(
    rf"[{_INVISIBLE}]+|(?<![{_FLAG}{_TAGS}])[{_TAGS}]+|(?<=[\x00-\u024f])[{_JOINERS}]+|[{_JOINERS}]+(?=[\x00-\u024f])"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+"
)
_TAG_RUN = re.compile(rf"(?<![{_FLAG}{_TAGS}])[{_TAGS}]+")


def visible(text: str) -> str:
    """The text without characters that nobody sees. Linear; what has none comes back as it is."""
    return text if text.isascii() and text.isprintable() else _DROPPED.sub("", text)


def tagged(text: str) -> str:
    """What Unicode tag characters spell, one run a line: text that models read and people don't."""
    runs = (found[0] for found in _TAG_RUN.finditer(text))
    return "\n".join(
        "".join(chr(ord(char) - 0xE0000) for char in run if ord(char) >= 0xE0020) for run in runs
    )
