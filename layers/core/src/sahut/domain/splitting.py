"""A document's text into passages of about 150 words, cut at headings and sentences.

Nine ways of splitting scored within 0.8 points of each other (FACTS §5), so this one is simple: what is cut
is read by `text_units`. Consecutive passages of one section share a sentence or two, so that an answer which
refers back ("It takes two days") keeps what it refers to.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from sahut.domain.answer import Passage
from sahut.domain.language import detect_language
from sahut.domain.text_units import LONGEST_HEADING, PASSAGE_WORDS, Unit, plain, sentences, units_of

__all__ = [
    "HEADING_SEPARATOR",
    "OVERLAP_WORDS",
    "PASSAGE_WORDS",
    "sentences",
    "split_document",
    "text_to_embed",
    "title_of",
]

HEADING_SEPARATOR = " > "

# At most so much of a passage is repeated in the next: a fifth, one or two sentences.
OVERLAP_WORDS = 30


def split_document(
    document_id: str,
    text: str,
    *,
    title: str = "",
    uri: str = "",
    language: str = "",
    pages: Sequence[tuple[int, int]] = (),
    document_version: str = "",
) -> tuple[Passage, ...]:
    """The passages of one document, in reading order.

    title: the document's own; without one it is the first heading above all text, else the file's name.
    language: used where none can be detected. pages: (offset in text, page number), ascending; a passage
    is on the page where its first character is. Spans count characters of `text`.
    """
    # Nothing that is no text may reach an index. Offsets stay: each lone surrogate becomes one `?`.
    text = text.encode("utf-8", "replace").decode("utf-8")
    units = tuple(units_of(text))
    top = units[0].path[0] if units else ""
    title = plain(title)[:LONGEST_HEADING] or top or title_of(document_id)
    offsets = [offset for offset, _ in pages]
    found: list[Passage] = []
    for group in _pack(units):
        body = _joined(group)
        at = bisect_right(offsets, group[0].start) - 1
        found.append(
            Passage(
                passage_id=f"{document_id}#{len(found) + 1}",
                document_id=document_id,
                title=title,
                text=body,
                heading=_heading(group[0].path, title),
                page=pages[at][1] if at >= 0 else 0,
                start=group[0].start,
                end=max(unit.end for unit in group),
                language=detect_language(body, language),
                uri=uri,
                document_version=document_version,
            )
        )
    return tuple(found)


def text_to_embed(passage: Passage) -> str:
    """What is embedded and indexed: the passage below its headings."""
    above = HEADING_SEPARATOR.join(part for part in (passage.title, passage.heading) if part)
    return f"{above}\n{passage.text}"


def title_of(document_id: str) -> str:
    """The name of a file as words."""
    return PurePosixPath(document_id).stem.replace("-", " ").replace("_", " ").strip().capitalize()


def _heading(path: tuple[str, ...], title: str) -> str:
    below = path[1:] if path[0] == title else path
    return HEADING_SEPARATOR.join(part for part in below if part)


def _joined(group: Iterable[Unit]) -> str:
    return "".join(unit.text + unit.after for unit in group).strip()


def _pack(units: Iterable[Unit]) -> Iterator[list[Unit]]:
    """Neighbours of one section, as many as fit, the end of the passage before first."""
    group: list[Unit] = []
    size = 0.0
    for unit in units:
        if group and unit.path != group[0].path:
            yield group
            group, size = [], 0.0
        elif group and size + unit.size > PASSAGE_WORDS:
            yield group
            group = _repeated(group, PASSAGE_WORDS - unit.size)
            size = sum(each.size for each in group)
        group.append(unit)
        size += unit.size
    if group:
        yield group


def _repeated(group: list[Unit], room: float) -> list[Unit]:
    """The last sentences, never all: there is no room for all. A list item or a row isn't repeated."""
    at, size = len(group), 0.0
    while at and group[at - 1].prose and size + group[at - 1].size <= min(OVERLAP_WORDS, room):
        at -= 1
        size += group[at].size
    return group[at:]
