"""A question as an FTS5 expression: which of its words are looked up."""

from collections.abc import Mapping, Sequence


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
