"""What stands at the head and foot of every page: said once, left out afterwards. Knows no PDF.

It would else cut the sentence that goes on over the page, and come up with every answer.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from sahut.adapters.parsers.pdf_places import Line

_DIGITS = re.compile(r"\d+")
# A page with fewer lines may be a form or a slide, which has no head.
_LEAST_LINES = 8
_AT_EDGE = 2
_LEAST_PAGES = 3
_SHARE = 0.3
# "Page 3 of 12" is the same as "Page 4 of 12"; longer lines with other numbers are others.
_SHORT = 20

_Key = tuple[str, int]


class RunningLines:
    """Args:
    sample: the first pages of the document.
    """

    def __init__(self, sample: Iterable[Sequence[Line]]) -> None:
        pages = [page for page in sample if len(page) >= _LEAST_LINES]
        counts = Counter(key for page in pages for key in {_key(line) for line in _edges(page)})
        least = max(_LEAST_PAGES, _SHARE * len(pages))
        self._running = {key for key, pages_with_it in counts.items() if pages_with_it >= least}
        self._seen: set[_Key] = set()

    def without(self, page: Sequence[Line]) -> list[Line]:
        """The page's lines without those that an earlier page had."""
        if len(page) < _LEAST_LINES or not self._running:
            return list(page)
        edges = {id(line) for line in _edges(page)}
        return [line for line in page if id(line) not in edges or not self._is_known(line)]

    def _is_known(self, line: Line) -> bool:
        key = _key(line)
        if key not in self._running:
            return False
        known = key in self._seen
        self._seen.add(key)
        return known


def _edges(page: Sequence[Line]) -> list[Line]:
    """Lines that stand first and last, by their place: some programs write the foot before the text."""
    placed = sorted((line for line in page if line.size), key=lambda line: line.y)
    return [*placed[:_AT_EDGE], *placed[-_AT_EDGE:]]


def _key(line: Line) -> _Key:
    shown = _DIGITS.sub("#", line.text)
    return (shown if len(shown) <= _SHORT else line.text, round(line.y))
