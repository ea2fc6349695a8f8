"""Asking a customer before something is done, and reading what they say to that. Both languages at once."""

from collections.abc import Mapping
from enum import StrEnum

from sahut.domain.words import tokens, word_set

_LONGEST_VALUE = 80

_YES = word_set(
    """
    ya iya yaa iyaa yah yup yes yep yeah yea ok oke okay okee okey betul benar boleh silakan silahkan lanjut
    lanjutkan setuju sure correct confirm confirmed right y
    """
)
_NO = word_set(
    """
    tidak tdk gak ga gk nggak enggak ngga engga jangan no nope not nah dont n
    """
)
# Beside a yes or a no they change nothing.
_BESIDE = word_set(
    """
    ya kak ka min mas mbak pak bu dong deh saja aja please tolong thanks thank you terima kasih makasih jadi
    do it that is that's go ahead usah perlu dulu lah sih kok
    """
)
# "batal" and "cancel" are neither: of a question about cancelling they may mean yes.
_PHRASES = frozenset({"go ahead", "do it"})


class Said(StrEnum):
    YES = "yes"
    NO = "no"
    SOMETHING_ELSE = "something_else"


def said(text: str) -> Said:
    """What a whole burst says to a question for yes or no; anything unclear is something else."""
    words = tokens(text)
    if not words or "?" in text:
        return Said.SOMETHING_ELSE
    if " ".join(words) in _PHRASES:
        return Said.YES
    if any(word not in _YES | _NO | _BESIDE for word in words):
        return Said.SOMETHING_ELSE
    says_no = any(word in _NO for word in words)
    if any(word in _YES - _BESIDE for word in words) or (not says_no and words[0] == "ya"):
        return Said.SOMETHING_ELSE if says_no else Said.YES  # "oke ga usah" is not clear enough to act on
    return Said.NO if says_no else Said.SOMETHING_ELSE


def question(title: str, arguments: Mapping[str, object], language: str) -> str:
    """What the customer is asked: by us, never in a model's words."""
    what = _described(title, arguments)
    if language == "id":
        return f"Boleh saya lakukan ini: {what}? Balas ya atau tidak."
    return f"Shall I do this: {what}? Reply yes or no."


def done(title: str, arguments: Mapping[str, object], language: str) -> str:
    """The reply to a yes, once it is done; [1] is what the tool said."""
    what = _described(title, arguments)
    return f"Sudah dilakukan: {what}. [1]" if language == "id" else f"Done: {what}. [1]"


def declined(language: str) -> str:
    if language == "id":
        return "Baik, tidak saya lakukan. Ada lagi yang bisa saya bantu?"
    return "All right, I won't do it. Is there anything else?"


def _described(title: str, arguments: Mapping[str, object]) -> str:
    told = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in arguments.items())
    return f"{title} ({told})" if told else title


def _short(value: object) -> str:
    """As it is said in a chat: one line, no marks that could pass for a citation."""
    text = value if isinstance(value, str) else str(value)
    plain = " ".join(text.translate(str.maketrans("[]【】", "()()")).split())
    return plain if len(plain) <= _LONGEST_VALUE else f"{plain[:_LONGEST_VALUE]}…"
