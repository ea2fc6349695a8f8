"""Bytes into a file and through the parser, in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sahut.adapters.parsers import FileParser
from sahut.ports.parser import DocumentUnreadable, ParsedDocument, Unreadable

Read = Callable[[str, bytes], ParsedDocument]
Refuse = Callable[[str, bytes], tuple[Unreadable, str]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def parse(name: str, data: bytes) -> ParsedDocument:
        file = tmp_path / "upload"
        file.write_bytes(data)
        return FileParser().parse(file, name)

    return parse


@pytest.fixture
def refuse(read: Read) -> Refuse:
    """The reason, and the sentence for people."""

    def parse(name: str, data: bytes) -> tuple[Unreadable, str]:
        with pytest.raises(DocumentUnreadable) as refused:
            read(name, data)
        return refused.value.reason, refused.value.detail

    return parse
