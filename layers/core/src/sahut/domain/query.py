"""What to look for: a follow-up with the words that it leaves unsaid, and a tenant's synonyms.

"And to Papua?" means something only after "How long does delivery to Bali take?". Rules and word lists of
two languages, no model; knows nothing of any index. Of 20 follow-ups of other trades that were written
after the rules, 16 are seen, and none of 25 complete questions is taken for one (tests/unit/test_query.py).
Wrong either way is cheap: a complete question with more words still finds its passages, and a follow-up
without them is handed over for want of evidence.
"""

from collections.abc import Iterator, Sequence

from sahut.domain.query_words import (
    ANAPHORS,
    ATTRIBUTES,
    FRAMES,
    INTERROGATIVES,
    OPENERS,
    SUFFIX,
    VALUES,
    WEAK_OPENERS,
    opening,
)
from sahut.domain.words import STOP_WORDS, best_likeness, tokens

# Earlier questions that are looked at; a topic is seldom kept longer.
_EARLIER = 4
# A longer message says what it is about.
_LONGEST_FOLLOW_UP = 14
# Longer ones with "it" or "kalau" name what they mean themselves.
_SHORT = 7


def rewrite(question: str, earlier: Sequence[str]) -> str:
    """The question, and behind it what a follow-up leaves unsaid.

    earlier: the customer's own questions before this one, oldest first. A complete question stays as it is,
    and so does everything when there are no earlier ones.
    """
    topic: tuple[str, ...] = ()
    for before in earlier[-_EARLIER:]:
        said = tuple(_said(before))
        topic = (*said, *_missing(before, topic)) if is_follow_up(before) else said or topic
    if not topic or not is_follow_up(question):
        return question
    missing = _missing(question, topic)
    return f"{question.strip()} {' '.join(missing)}" if missing else question


def is_follow_up(question: str) -> bool:
    """Whether it can't be understood alone."""
    words = opening(tokens(question))
    if not words or len(words) > _LONGEST_FOLLOW_UP:
        return False
    opener = next((phrase for phrase in OPENERS if words[: len(phrase)] == list(phrase)), ())
    rest = words[len(opener) :]
    topic = [word for word in dict.fromkeys(rest) if _tells(word)]
    asks = any(word in ATTRIBUTES or word in INTERROGATIVES for word in rest)
    framed = any(word in FRAMES for word in rest)
    if not topic:
        return bool(opener) or asks or _refers(rest)
    if len(words) <= _SHORT and len(topic) <= 2 and _refers(rest):
        return True
    if opener and opener not in WEAK_OPENERS:
        return len(topic) <= (1 if framed else 3)
    if opener:
        return len(words) <= _SHORT and len(topic) <= (1 if framed else 2)
    if len(topic) > 1 or words[0] in FRAMES:
        return False
    return topic[0] in VALUES or (len(words) <= 2 and not asks and not framed)


def synonyms_for(text: str, groups: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """What the text could say instead: the other words of each group of which it has one.

    Words and phrases are compared folded and whole; what the text says already is not repeated.
    """
    spoken_words = tokens(text)
    found: dict[str, None] = {}
    for group in groups:
        phrases = {each: tokens(each) for each in group}
        said = {each for each, words in phrases.items() if _has(spoken_words, words)}
        if said:
            found.update((each, None) for each, words in phrases.items() if words and each not in said)
    return tuple(found)


def _has(words: Sequence[str], phrase: Sequence[str]) -> bool:
    size = len(phrase)
    return size > 0 and any(
        list(words[at : at + size]) == list(phrase) for at in range(len(words) - size + 1)
    )


def _tells(word: str) -> bool:
    """Says what it is about, not only what is asked of it."""
    bare = word.removesuffix(SUFFIX)
    known = STOP_WORDS | ATTRIBUTES | INTERROGATIVES | FRAMES
    return len(word) > 1 and word not in known and bare not in ATTRIBUTES and bare not in STOP_WORDS


def _refers(words: Sequence[str]) -> bool:
    """Points to something said before: it, that one, itu, warnanya."""
    text = f" {' '.join(words)} "
    if any(f" {phrase} " in text for phrase in ANAPHORS):
        return True
    suffixed = [word for word in words if word.endswith(SUFFIX) and len(word) > 5]
    return len(words) <= 4 and bool(suffixed) and sum(_tells(word) for word in words) <= len(suffixed)


def _said(question: str) -> Iterator[str]:
    """What a question tells, with the words that ask, in order."""
    words = opening(tokens(question))
    seen: set[str] = set()
    for word in words:
        if word not in seen and (_tells(word) or word in ATTRIBUTES or word in INTERROGATIVES):
            seen.add(word)
            yield word


def _missing(question: str, topic: Sequence[str]) -> tuple[str, ...]:
    """Words of the topic that the question doesn't have, less what it says otherwise."""
    words = tokens(question)
    own = frozenset(words)
    kinds = {VALUES[word] for word in words if word in VALUES}
    asks = any(word in ATTRIBUTES or word.removesuffix(SUFFIX) in ATTRIBUTES for word in words)
    return tuple(
        word
        for word in topic
        if best_likeness(word, own) == 0.0
        and VALUES.get(word) not in kinds
        and not (asks and (word in ATTRIBUTES or word in INTERROGATIVES))
    )
