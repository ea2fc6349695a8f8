"""Files into text. One real adapter, yet a Protocol: so that stages stay free of every file format."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from sahut.domain.errors import Refused


class Unreadable(StrEnum):
    """Why a document can't be read, as its status says. The words for people are in `WORDS`."""

    ENCRYPTED = "encrypted"
    CORRUPT = "corrupt"
    EMPTY = "empty"
    SCANNED = "scanned"
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    ARCHIVE_BOMB = "archive_bomb"
    UNSUPPORTED = "unsupported"
    TOO_SLOW = "too_slow"
    TOO_MUCH_MEMORY = "too_much_memory"
    CRASHED = "crashed"


class DocumentUnreadable(Refused):
    """This document, and no other, can't become knowledge.

    Args:
        reason: for programs. detail: one sentence for whoever uploaded it; quotes nothing of its content.
    """

    def __init__(self, reason: Unreadable, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a file says.

    text: paragraphs, with `#` headings, `- ` items and `| a | b |` tables as in Markdown, so that one
    splitter serves all formats. title: the file's own, or ''. pages: (offset in text, page number),
    ascending, () where the format has none. notes: what was left out ("3 of 12 pages have no text").
    """

    text: str
    title: str = ""
    pages: tuple[tuple[int, int], ...] = ()
    notes: tuple[str, ...] = ()


class DocumentParser(Protocol):
    def parse(self, file: Path, name: str) -> ParsedDocument:
        """Reads a file by what it is, not by what its name says.

        Bounded in time and memory, and safe from files that crash a library.

        Raises:
            DocumentUnreadable: with the reason.
        """
        ...
