"""Which kind of help a burst asks for: an answer, small talk, or a person. Rules only, no model.

Indonesian and English are read at once, because chats mix them. A wish for a person always wins: a
wrong hand-over costs a minute, a customer who can't get out costs the customer.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import takewhile

from sahut.domain.handover import HandoverReason
from sahut.domain.injection import suspicions
from sahut.domain.lane_phrases import ANGRY, IDENTITY, PERSON, RISK, SELF_HARM, TELLING, says
from sahut.domain.scope import Topic, out_of_scope
from sahut.domain.words import spelt_out, tokens, word_set


class Lane(StrEnum):
    """CONFIRMED, DECLINED: the customer's yes or no to what they were asked (stages/confirm.py)."""

    ANSWER = "answer"
    SMALLTALK = "smalltalk"
    PERSON = "person"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class Smalltalk(StrEnum):
    """IDENTITY: who or what are you, what can you do."""

    GREETING = "greeting"
    THANKS = "thanks"
    FAREWELL = "farewell"
    ACKNOWLEDGED = "acknowledged"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """reason: why a person, set for PERSON only. smalltalk: set for SMALLTALK only."""

    lane: Lane
    reason: HandoverReason | None = None
    smalltalk: Smalltalk | None = None


def choose_lane(
    question: str, tenant_name: str = "", own_topics: frozenset[Topic] = frozenset()
) -> LaneChoice:
    """The lane of a whole burst, one message a line.

    tenant_name: may be part of a greeting. own_topics: of domain/scope.py, what the tenant's trade is.
    """
    if _matches(SELF_HARM, question):
        return LaneChoice(Lane.PERSON, HandoverReason.SELF_HARM)
    if _matches(RISK, question):
        return LaneChoice(Lane.PERSON, HandoverReason.AT_RISK)
    # Somebody this angry gets a person as if they had asked for one.
    if _matches(PERSON, question) or _matches(ANGRY, question):
        return LaneChoice(Lane.PERSON, HandoverReason.ASKED_FOR_PERSON)
    # Orders to a model are no customer's business either, whatever else is asked with them.
    if out_of_scope(question, own_topics) or suspicions(question):
        return LaneChoice(Lane.PERSON, HandoverReason.OUT_OF_SCOPE)
    if kind := _smalltalk(question, tenant_name):
        return LaneChoice(Lane.SMALLTALK, smalltalk=kind)
    return LaneChoice(Lane.ANSWER)


def essence(question: str) -> str:
    """The burst without its greetings and thanks, on one line: what to search for."""
    pieces = [piece.strip() for piece in _PIECES.split(question)]
    kept = [rest for piece in pieces if piece and not _smalltalk(piece, "") and (rest := _bare(piece))]
    return " ".join(kept) or " ".join(question.split())


def search_text(question: str) -> str:
    """What to embed and to look up for a burst: its essence with chat shorthand spelt out."""
    return spelt_out(essence(question))[:_LONGEST_SEARCH]


def _bare(piece: str) -> str:
    words = piece.split(" ")
    courtesies = takewhile(lambda word: all(token in _COURTESY for token in tokens(word)), words)
    return " ".join(words[len(list(courtesies)) :])


def _matches(phrases: tuple[str, ...], question: str) -> bool:
    """Piece by piece, and all of it as one: people break sentences into messages."""
    pieces = [text for piece in _PIECES.split(question) if (text := _normal(piece))]
    return any(says(phrases, text) for text in (*pieces, _normal(question)))


def _normal(text: str) -> str:
    """Folded words, shorthand spelt out, near misses of the telling words corrected."""
    return " ".join(_corrected(word) for word in tokens(text))


@lru_cache(maxsize=10_000)
def _corrected(word: str) -> str:
    if len(word) < 4 or word in TELLING:
        return word
    return next((known for known in TELLING if _one_edit_apart(word, known)), word)


def _one_edit_apart(word: str, other: str) -> bool:
    """One letter more, less or other, or two neighbours swapped; the first letter must be right."""
    if word[0] != other[0] or abs(len(word) - len(other)) > 1:
        return False
    at = 0
    while at < min(len(word), len(other)) and word[at] == other[at]:
        at += 1
    rest, expected = word[at:], other[at:]
    swapped = rest[:2] == expected[1::-1] and rest[2:] == expected[2:]
    return swapped or rest[1:] == expected[1:] or rest[1:] == expected or rest == expected[1:]


# The embedder reads about 1,500 characters; a burst may have 300,000.
_LONGEST_SEARCH = 2_000

_PIECES = re.compile(r"[\n!?;]+|[.,](?=\s|$)")

_GREETINGS = word_set(
    """
    halo hallo helo hello hi hai hay hey heya hei hiya howdy yo greetings morning afternoon evening pagi siang
    sore malam malem assalamualaikum asalamualaikum assalamu assalamualaikumwrwb alaikum ass wr wb aslm
    salam shalom permisi punten misi test tes testing ping p salamualaikum
    """
)
_THANKS = word_set(
    """
    thanks thank thx tq ty tks thankyou cheers makasih makasi terimakasih terima kasih trims thankss
    trimakasih mksh makasiih suwun nuhun tengkyu appreciated appreciate
    """
)
_FAREWELLS = word_set("bye goodbye dadah dah jumpa babay")
_ACKNOWLEDGED = word_set(
    """
    ok oke okay okey okee okeh baik siap sip sipp noted great cool perfect mantap mantul good nice alright
    understood ngerti mengerti paham yes yup yep ya iya iyaa done hehe haha wkwk wkwkwk lol no nope tidak
    """
)
# May stand beside the above without making it a question.
_COURTESY = _GREETINGS | word_set(
    """
    admin min mimin kak kakak ka mas mbak mba bu ibu pak bapak sis gan bro om tante bang bund bunda there sir
    madam maam team all everyone dear selamat good day dong deh ya yaa yah nih sih mau ingin tanya nanya
    bertanya numpang izin ijin question quick i have a just wanted want to ask can you help me please
    bisa bantu bantuan tolong saya aku need some
    """
)
_FILLER = _COURTESY | word_set(
    """
    sekali banyak banget so very much a lot for your the help info infonya informasi informasinya bantuannya
    you kalau begitu then all again lagi atas jawabannya that is it thats s dulu sampai nanti see later
    have nice great day night malam sudah for quick response it very now got i will do akan coba
    """
)


def _smalltalk(question: str, tenant_name: str) -> Smalltalk | None:
    words = tokens(question)
    if not words:
        # A thumb or a heart says thanks; bare question marks ask whether anybody is there.
        wordless = question.strip()
        return Smalltalk.GREETING if not wordless or "?" in wordless else Smalltalk.ACKNOWLEDGED
    if len(words) <= 8 and says(IDENTITY, " ".join(words)):
        return Smalltalk.IDENTITY
    allowed = _FILLER | _THANKS | _ACKNOWLEDGED | _FAREWELLS | set(tokens(tenant_name))
    if len(words) > 16 or not all(word in allowed for word in words):
        return None
    if "?" in question and not any(word in _GREETINGS | _THANKS | _COURTESY for word in words):
        return None
    kinds = (
        (Smalltalk.THANKS, _THANKS),
        (Smalltalk.FAREWELL, _FAREWELLS),
        (Smalltalk.ACKNOWLEDGED, _ACKNOWLEDGED - {"ya", "good", "great", "nice"}),
    )
    for kind, telling in kinds:
        if any(word in telling for word in words):
            return kind
    greets = any(word in _COURTESY or word in tokens(tenant_name) for word in words)
    return Smalltalk.GREETING if greets else Smalltalk.ACKNOWLEDGED
