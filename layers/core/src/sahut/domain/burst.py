"""How long to wait for more before answering. People write "hi" / "my order" / "is late?".

A pure rule: it sees words and seconds, and knows neither channels nor storage.
"""

import re
from collections.abc import Sequence
from enum import IntEnum

# Seconds. DESIGN §1: no wait for a finished question, about 2.5 s at most for a fragment.
MAX_WAIT_S = 2.5
# A sentence that may go on: half a fragment's time.
_UNSURE_WAIT_S = 1.2


class Completeness(IntEnum):
    """How sure we are that the customer has said what they want, from not at all to quite."""

    FRAGMENT = 0
    UNSURE = 1
    FINISHED = 2


_QUIET_S = {
    Completeness.FRAGMENT: MAX_WAIT_S,
    Completeness.UNSURE: _UNSURE_WAIT_S,
    Completeness.FINISHED: 0.0,
}

# A statement of this many words is a request by itself ("my parcel came but two cups are broken").
_LONG_STATEMENT_WORDS = 8
# With fewer, even a question word may be a beginning ("how much", "berapa harga").
_QUESTION_WORDS = 3
# Up to this many words without any sign of an end are a fragment ("my order", "saya mau tanya").
_FRAGMENT_WORDS = 3

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_ASKS = ("?", "？", "؟")
_ENDS = (".", "!", "。", "！")
_ELLIPSIS = ("..", "…")
_GOES_ON = (",", ";", ":", "-", "–", "—", "&", "+", "(", "/")
# What says something about an ending; all else after the last word is decoration (emoji, quotes).
_TELLING = frozenset("".join((*_ASKS, *_ENDS, *_ELLIPSIS, *_GOES_ON)))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Ask wherever they stand ("ongkirnya berapa", "so where is it").
_QUESTION_WORD = _words(
    "what what's whats when where where's who whose which why how how's"
    " apa apakah berapa brp bagaimana gimana gmn dimana mana kemana kapan kpn kenapa knp mengapa siapa"
    " bisakah bolehkah adakah sudahkah haruskah"
)
# Ask only when they come first ("can I pay later", but "all I can say").
_QUESTION_OPENING = _words(
    "can could do does did is are was were will would should may am has any bisa boleh ada sudah"
)
# Ask only when they come last ("bisa retur gak").
_QUESTION_TAG = _words("gak ga gk nggak ngga enggak kan right huh")

# A text that ends with one of these is in the middle of a sentence.
_DANGLING = _words(
    "and or but because so if that which the a an my your our of for to from with in on at by about also"
    " is are was plus"
    " dan atau tapi tetapi karena krn jadi kalau kalo jika ketika yang yg untuk utk buat ke di dari"
    " dengan dgn sama tentang juga serta lalu terus soalnya adalah"
)

# Said around a question: alone they say nothing yet, after a question they do not reopen it.
_COURTESY = _words(
    "hi hello hey good morning afternoon evening please pls plz thanks thank you thx ty sorry sir madam"
    " halo hallo hai hei pagi siang sore malam selamat assalamualaikum tolong mohon terima kasih makasih"
    " trims maaf permisi ya yah dong kak kakak ka min admin gan sis bang mas mbak pak bu"
)


def wait_s(texts: Sequence[str], since_last_s: float, still_typing: bool, waited_s: float) -> float:
    """Seconds to wait before looking again; 0 says: answer now.

    Args:
        texts: the burst so far, oldest first; '' stands for a file without a caption.
        since_last_s: seconds since the newest of them came.
        still_typing: whether the customer is typing right now (only webchat knows).
        waited_s: seconds that this turn has been waiting already.

    Returns:
        never negative, and never more than is left of MAX_WAIT_S.
    """
    left = max(0.0, MAX_WAIT_S - max(0.0, waited_s))
    if still_typing:
        return left
    quiet = _QUIET_S[completeness(texts)] - max(0.0, since_last_s)
    return max(0.0, min(left, quiet))


def completeness(texts: Sequence[str]) -> Completeness:
    """How finished a burst is. The newest text decides; courtesies around it do not."""
    said = [text for text in texts if not _is_courtesy(text)]
    return _completeness_of(said[-1]) if said else Completeness.FRAGMENT


def _completeness_of(text: str) -> Completeness:
    bare = _without_decoration(text)
    words = _WORD.findall(bare.lower())
    if not bare or bare.endswith(_ELLIPSIS + _GOES_ON):
        return Completeness.FRAGMENT
    if _is_asked(bare):
        return Completeness.FINISHED
    if not words or words[-1] in _DANGLING:
        return Completeness.FRAGMENT
    return _by_words(bare, words)


def _by_words(bare: str, words: Sequence[str]) -> Completeness:
    asks = _asks(words)
    ends = bare.endswith(_ENDS) and len(words) > _FRAGMENT_WORDS
    if (asks and len(words) >= _QUESTION_WORDS) or ends or len(words) >= _LONG_STATEMENT_WORDS:
        return Completeness.FINISHED
    numbered = any(character.isdigit() for character in bare)  # an order number is an answer by itself
    unsure = asks or numbered or len(words) > _FRAGMENT_WORDS
    return Completeness.UNSURE if unsure else Completeness.FRAGMENT


def _asks(words: Sequence[str]) -> bool:
    """Whether the words form a question without its mark, as most people type it."""
    opening = next((word for word in words if word not in _COURTESY), "")
    return opening in _QUESTION_OPENING or words[-1] in _QUESTION_TAG or not _QUESTION_WORD.isdisjoint(words)


def _is_asked(bare: str) -> bool:
    """Whether the last question mark ends it, but for courtesies ("is it late? thanks")."""
    at = max(bare.rfind(mark) for mark in _ASKS)
    return at >= 0 and _COURTESY.issuperset(_WORD.findall(bare[at:].lower()))


def _is_courtesy(text: str) -> bool:
    words = _WORD.findall(text.lower())
    return bool(words) and _COURTESY.issuperset(words) and not _without_decoration(text).endswith(_ASKS)


def _without_decoration(text: str) -> str:
    end = len(text)
    while end and not (text[end - 1].isalnum() or text[end - 1] in _TELLING):
        end -= 1
    return text[:end]
