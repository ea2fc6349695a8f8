"""A question as an FTS5 expression: which of its words are looked up."""

from collections.abc import Mapping, Sequence

from sahut.domain.words import STOP_WORDS, tokens

# Words that are looked up: bounds the time of a query that somebody makes long on purpose. A question has
# 5 to 30 words.
MAX_TERMS = 40


def terms_of(text: str, synonyms: Sequence[str] = ()) -> list[str]:
    """Folded words in order, then synonyms; one of several words is a phrase. At most MAX_TERMS.

    Stop words are left out (five times faster, FACTS §5), unless there is nothing else.
    """
    words = list(dict.fromkeys(tokens(text)))
    telling = [word for word in words if word not in STOP_WORDS] or words
    phrases = (" ".join(tokens(synonym)) for synonym in synonyms)
    more = [phrase for phrase in phrases if phrase and phrase not in STOP_WORDS]
    return list(dict.fromkeys(telling + more))[:MAX_TERMS]


def rare_and_common(
    terms: Sequence[str], common: Mapping[str, int], most: int
) -> tuple[list[str], list[str]]:
    """(the rarest terms that have at most `most` occurrences together, the others); at least one is rare.

    common: in how many passages a word is, for words that are in many. The rest counts as nothing.
    """
    costs = {term: min(common.get(word, 0) for word in term.split()) for term in terms}
    rare: list[str] = []
    for term in sorted(terms, key=costs.__getitem__):
        most -= costs[term]
        if most < 0 and rare:
            break
        rare.append(term)
    return rare, [term for term in terms if term not in rare]


def match_any(terms: Sequence[str]) -> str:
    """An FTS5 expression for any of the terms. `terms_of` leaves no quotes in them."""
    return " OR ".join(f'"{term}"' for term in terms)


def match_both(terms: Sequence[str], others: Sequence[str]) -> str:
    """An FTS5 expression for any of the terms together with any of the others."""
    return f"({match_any(terms)}) AND ({match_any(others)})"
