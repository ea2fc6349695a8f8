"""What a browser prints around each page: the time, the title, the address, the page. Knows no PDF.

Nobody wrote it, and it would come up with every answer. A date or an address that stands on one page
only, or that a letterhead has, is kept.
"""

import re
from collections.abc import Iterable, Sequence

from sahut.adapters.parsers.pdf_places import Line

_DATE = r"\d{1,4}[./-]\d{1,2}[./-]\d{2,4}"
_HOUR = r"\d{1,2}[.:]\d{2}(?:[.:]\d{2})?(?:\s?[AP]M)?"
_TIME = re.compile(rf"{_DATE},?\s+{_HOUR}(?!\S)")
_ADDRESS = re.compile(r"(?<!\S)(?:file|https?)://\S+")
_PAGE = re.compile(r"(?<!\S)(\d{1,5})(?:/| of | dari )(\d{1,5})(?!\S)")
_AT_EDGE = 2

# The height at which it stands, and its time or address.
_Mark = tuple[int, str]


class PrintedMarks:
    """Args:
    sample: the first pages of the document.
    title: of the document, which browsers print beside the time.
    """

    def __init__(self, sample: Sequence[Sequence[Line]], title: str = "") -> None:
        self._title = title.strip()
        pages = [self._marks(page) for page in sample if page]
        self._marked = set.intersection(*pages) if pages else set()
        if len(pages) == 1 and not any(_is_only_page(line) for page in sample for line in _edges(page)):
            self._marked = set()

    def without(self, page: Sequence[Line]) -> list[Line]:
        """The page's lines without those that every page has."""
        if not self._marked:
            return list(page)
        dropped = {id(line) for line in _edges(page) if self._mark(line) in self._marked}
        return [line for line in page if id(line) not in dropped]

    def _marks(self, page: Sequence[Line]) -> set[_Mark]:
        return {mark for line in _edges(page) if (mark := self._mark(line))}

    def _mark(self, line: Line) -> _Mark | None:
        """None where the line says anything else."""
        text = line.text
        time, address, page = (pattern.search(text) for pattern in (_TIME, _ADDRESS, _PAGE))
        if not time and not (address and page):
            return None
        rest = text.replace(self._title, "", 1) if self._title else text
        for pattern in (_TIME, _ADDRESS, _PAGE):
            rest = pattern.sub("", rest, count=1)
        said = " ".join(found[0] for found in (time, address) if found)
        return None if rest.strip() else (round(line.y), said)


def _is_only_page(line: Line) -> bool:
    """The foot of what is printed on a single sheet."""
    page = _PAGE.search(line.text)
    return bool(page and page[1] == page[2] == "1" and _ADDRESS.search(line.text))


def _edges(page: Iterable[Line]) -> list[Line]:
    placed = sorted((line for line in page if line.size), key=lambda line: line.y)
    return [*placed[:_AT_EDGE], *placed[-_AT_EDGE:]]
