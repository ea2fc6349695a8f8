"""Whatever a file does to the process that reads it, this one lives and the next file is read."""

import os
import resource
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sahut.adapters.parsers import FileParser, IsolatedParser
from sahut.ports.parser import DocumentUnreadable, Unreadable
from tests.unit.parsers.office_maker import make_docx
from tests.unit.parsers.pdf_maker import make_pdf
from tests.unit.parsers.test_office import word

MISBEHAVING = "tests.unit.parsers.misbehaving_worker"
# Larger than this process has been by then, or nobody could tell how large the child became.
MEMORY_BYTES = 512 * 2**20


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "x.txt"
    path.write_text("Plain text.", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def parser() -> Iterator[IsolatedParser]:
    mine = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limit = max(MEMORY_BYTES, 3 * mine)
    with IsolatedParser(timeout_s=5, memory_bytes=limit, worker=MISBEHAVING) as parser:
        yield parser


def reason_of(parser: IsolatedParser, file: Path, name: str) -> Unreadable:
    with pytest.raises(DocumentUnreadable) as refused:
        parser.parse(file, name)
    assert refused.value.detail.endswith(".")
    return refused.value.reason


def is_gone(process_id: int | None) -> bool:
    assert process_id is not None
    return not Path(f"/proc/{process_id}").exists()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("segfault", Unreadable.CRASHED),
        ("allocate", Unreadable.TOO_MUCH_MEMORY),
        ("abort when memory is full", Unreadable.TOO_MUCH_MEMORY),
    ],
)
def test_a_file_that_kills_its_reader_and_then_another(
    parser: IsolatedParser, file: Path, name: str, reason: Unreadable
) -> None:
    parser.parse(file, "x.txt")
    before = parser.process_id
    assert reason_of(parser, file, name) is reason
    assert is_gone(before)
    assert parser.parse(file, "x.txt").text == "Plain text."


def test_a_file_that_takes_too_long_and_then_another(file: Path) -> None:
    with IsolatedParser(timeout_s=0.5, memory_bytes=MEMORY_BYTES, worker=MISBEHAVING) as parser:
        started = time.monotonic()
        # No other run of this test sleeps so long.
        sleep_s = f"61.{os.getpid()}"
        assert reason_of(parser, file, f"hang with a child {sleep_s}") is Unreadable.TOO_SLOW
        assert time.monotonic() - started < 5
        assert not any(is_sleeping(path, sleep_s) for path in Path("/proc").glob("[0-9]*"))
        assert parser.parse(file, "x.txt").text == "Plain text."


def is_sleeping(process: Path, sleep_s: str) -> bool:
    try:
        return (process / "cmdline").read_bytes() == f"sleep\0{sleep_s}\0".encode()
    except OSError:  # it ended while we looked
        return False


def test_a_child_killed_while_it_reads(parser: IsolatedParser, file: Path) -> None:
    parser.parse(file, "x.txt")
    child = parser.process_id
    assert child is not None
    timer = threading.Timer(0.3, os.kill, (child, signal.SIGKILL))
    timer.start()
    assert reason_of(parser, file, "hang") is Unreadable.CRASHED
    timer.join()
    assert parser.parse(file, "x.txt").text == "Plain text."


def test_a_child_killed_while_it_waits_is_no_documents_fault(parser: IsolatedParser, file: Path) -> None:
    parser.parse(file, "x.txt")
    child = parser.process_id
    assert child is not None
    os.kill(child, signal.SIGKILL)
    time.sleep(0.1)
    assert parser.parse(file, "x.txt").text == "Plain text."
    assert parser.process_id != child


def test_what_libraries_print_is_no_answer(parser: IsolatedParser, file: Path) -> None:
    assert parser.parse(file, "print").text == "Plain text."


def test_credentials_stay_here(parser: IsolatedParser, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parser.close()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    names = parser.parse(file, "environment").text.split()
    assert "PATH" in names
    assert not any(name.startswith("AWS") for name in names)


def test_one_child_serves_so_many_documents(file: Path) -> None:
    with IsolatedParser(documents_per_process=2) as parser:
        seen = []
        for _ in range(4):
            seen.append(parser.process_id)
            parser.parse(file, "x.txt")
        assert seen[0] is None
        assert seen[1] is not None
        assert seen[2] is None
        assert seen[3] not in (None, seen[1])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        (
            "delivery.pdf",
            make_pdf([[(72, 700, 11, "Café – page 1")], [(72, 700, 11, "Page 2")]], title="Delivery"),
        ),
        ("rules.docx", make_docx(word)),
        ("wrong.pdf", "Bukan PDF: \U0001f4e6 送料".encode()),
    ],
)
def test_it_says_what_the_parser_in_this_process_says(tmp_path: Path, name: str, data: bytes) -> None:
    file = tmp_path / "original"
    file.write_bytes(data)
    with IsolatedParser() as parser:
        assert parser.parse(file, name) == FileParser().parse(file, name)


def test_reasons_and_missing_files_come_through(tmp_path: Path, parser: IsolatedParser) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    assert reason_of(parser, empty, "x.pdf") is Unreadable.EMPTY
    with pytest.raises(FileNotFoundError):
        parser.parse(tmp_path / "none", "x.pdf")


def test_a_real_file_that_takes_more_memory_than_there_is(tmp_path: Path) -> None:
    file = tmp_path / "large.html"
    file.write_bytes(b"<html><body>" + b"<p>word</p>" * 3_000_000)
    with IsolatedParser(memory_bytes=400 * 2**20) as parser:
        assert reason_of(parser, file, "large.html") is Unreadable.TOO_MUCH_MEMORY
        file.write_bytes(b"<html><body><p>small</p>")
        assert parser.parse(file, "large.html").text == "small"


def test_closing_ends_the_child(file: Path) -> None:
    parser = IsolatedParser()
    parser.parse(file, "x.txt")
    child = parser.process_id
    parser.close()
    assert is_gone(child)
    assert parser.process_id is None


def test_an_installation_that_cannot_start_says_why(file: Path) -> None:
    with pytest.raises(RuntimeError, match="No module named sahut_nowhere"):
        IsolatedParser(worker="sahut_nowhere").parse(file, "x.txt")
