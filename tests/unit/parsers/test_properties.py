"""Any bytes either become text or get a reason, in this process: nothing else is ever raised."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sahut.adapters.parsers import FileParser
from sahut.ports.parser import DocumentUnreadable, ParsedDocument
from tests.unit.parsers.test_detection import DOCX, HTML, MAIL, PDF, PPTX, XLSX

NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
NAMES = st.sampled_from(["x.pdf", "x.docx", "x.csv", "x.html", "x.eml", "x.md", "x.txt", "x", "x.png"])
STARTS = st.sampled_from(
    [
        b"", b"%PDF-1.7\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"II*\0", b"\xff\xd8\xff", b"<html>",
        b"\xef\xbb\xbf", b"\xff\xfe", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b'a,b\n"1',
        b"From: a\nSubject: b\nMIME-Version: 1\n\n",
    ]
)  # fmt: skip
# Deadline off: the first of a kind imports its library.
QUICKLY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "any"


def check(file: Path, name: str, data: bytes) -> None:
    file.write_bytes(data)
    told = outcome(file, name)
    if isinstance(told, ParsedDocument):
        check_parsed(told)
    else:
        assert told.endswith(".")


def outcome(file: Path, name: str) -> ParsedDocument | str:
    try:
        return FileParser().parse(file, name)
    except DocumentUnreadable as refused:
        return refused.detail


def check_parsed(parsed: ParsedDocument) -> None:
    assert parsed.text.strip()
    assert not NO_TEXT.search(parsed.text + parsed.title + "".join(parsed.notes))
    offsets = [offset for offset, _ in parsed.pages]
    assert offsets == sorted(set(offsets))
    assert all(0 <= offset < len(parsed.text) for offset in offsets)
    numbers = [number for _, number in parsed.pages]
    assert numbers == sorted(set(numbers))


@QUICKLY
@given(NAMES, STARTS, st.binary(max_size=2000))
def test_any_bytes(file: Path, name: str, start: bytes, data: bytes) -> None:
    check(file, name, start + data)


@QUICKLY
@given(NAMES, st.text(max_size=500), st.sampled_from(["utf-8", "utf-16", "cp1252", "gb18030", "shift_jis"]))
def test_any_text(file: Path, name: str, text: str, encoding: str) -> None:
    check(file, name, text.encode(encoding, "ignore"))


@QUICKLY
@given(
    st.sampled_from([PDF, DOCX, PPTX, XLSX, HTML, MAIL]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=8)), max_size=6),
    st.floats(0.5, 1),
)
def test_any_damage(file: Path, data: bytes, damages: list[tuple[float, bytes]], kept: float) -> None:
    broken = bytearray(data[: int(len(data) * kept)])
    for where, what in damages:
        at = int(where * len(broken))
        broken[at : at + len(what)] = what
    check(file, "x", bytes(broken))


@QUICKLY
@given(st.lists(st.text("ab <>/trdhulip=\"'!-&;#", max_size=12), max_size=40))
def test_any_markup(file: Path, pieces: list[str]) -> None:
    check(file, "x.html", ("<html><body>" + "".join(pieces)).encode())
