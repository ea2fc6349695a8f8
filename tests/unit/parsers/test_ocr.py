"""Scans and pictures, with tesseract and without."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from sahut.adapters.parsers import ocr
from sahut.ports.parser import Unreadable
from tests.unit.parsers.conftest import Read, Refuse
from tests.unit.parsers.pdf_maker import Picture, Put, make_pdf

WIDTH, HEIGHT = 850, 1100
SAID = "Delivery to Papua takes two weeks"
needs_tesseract = pytest.mark.skipif(
    shutil.which("tesseract") is None, reason="tesseract isn't installed: scans can't be read here"
)


def drawn(text: str = SAID) -> Image.Image:
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    ImageDraw.Draw(image).text((60, 100), text, font=ImageFont.load_default(36), fill=0)
    return image


def scan(text: str = SAID) -> Picture:
    return Picture(WIDTH, HEIGHT, drawn(text).tobytes())


def picture(form: str, **options: object) -> bytes:
    kept = io.BytesIO()
    drawn().save(kept, form, **options)
    return kept.getvalue()


WRITTEN: list[Put] = [(72, 700, 11, "This page has real text, more than an app's name below a picture.")]


@pytest.fixture
def no_tesseract(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("no_tesseract")
@pytest.mark.parametrize(
    "data",
    [make_pdf([scan()]), picture("PNG"), picture("JPEG"), picture("TIFF")],
    ids=["PDF", "PNG", "JPEG", "TIFF"],
)
def test_without_tesseract_a_scan_says_what_to_do(refuse: Refuse, data: bytes) -> None:
    reason, detail = refuse("x.pdf", data)
    assert reason is Unreadable.SCANNED
    assert "OCR" in detail
    assert detail.endswith(".")


@pytest.mark.usefixtures("no_tesseract")
def test_without_tesseract_some_scanned_pages_are_a_note(read: Read) -> None:
    parsed = read("x.pdf", make_pdf([WRITTEN, scan(), [], scan(), WRITTEN]))
    assert parsed.text.count("real text") == 2
    assert parsed.notes[0].startswith("2 of 5 pages have no text")


@pytest.mark.usefixtures("no_tesseract")
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_the_name_of_an_app_below_a_picture_is_no_text(refuse: Refuse, read: Read, share: float) -> None:
    """A page without text is a picture however small that is; one with a few words only if it's large."""
    assert refuse("x.pdf", make_pdf([replace(scan(), share=share)]))[0] is Unreadable.SCANNED
    captioned = replace(scan(), share=share, caption=(72, 30, 8, "Scanned with an app"))
    notes = read("x.pdf", make_pdf([WRITTEN, captioned])).notes
    assert [note[:12] for note in notes] == ["1 of 2 pages"] * (share > 0.5)


@needs_tesseract
def test_an_empty_sheet_between_scans_is_nothing(read: Read) -> None:
    empty = Picture(WIDTH, HEIGHT, b"\xff" * (WIDTH * HEIGHT))
    assert read("x.pdf", make_pdf([WRITTEN, empty])).notes == ()


@needs_tesseract
def test_a_scan_is_read(read: Read) -> None:
    parsed = read("x.pdf", make_pdf([WRITTEN, scan()]))
    assert SAID in parsed.text
    assert parsed.pages == ((0, 1), (parsed.text.index(SAID), 2))
    assert parsed.notes == ()


@needs_tesseract
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_is_read(read: Read, form: str) -> None:
    assert read("x", picture(form)).text == SAID


@needs_tesseract
def test_pages_of_a_tiff_are_pages(read: Read) -> None:
    parsed = read("x.tif", picture("TIFF", save_all=True, append_images=[drawn("And to Java two days")]))
    assert parsed.text == f"{SAID}\n\nAnd to Java two days"
    assert parsed.pages == ((0, 1), (len(SAID) + 2, 2))


@needs_tesseract
def test_pages_for_which_there_is_no_time_are_a_note(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ocr.Ocr, "has_time", property(lambda self: False))
    parsed = read("x.pdf", make_pdf([WRITTEN, scan()]))
    assert SAID not in parsed.text
    assert parsed.notes == ("1 of 2 pages were left out: OCR takes too long. Divide the file.",)


@pytest.mark.parametrize(
    ("shell", "said"), [("sleep 20", "TimeoutExpired"), ("exit 3", "CalledProcessError")]
)
def test_a_page_that_tesseract_cannot_read_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, shell: str, said: str
) -> None:
    program = tmp_path / "tesseract"
    program.write_text(f'#!/bin/sh\n[ "$1" = --list-langs ] && echo ind && exit\nexec {shell}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    reader = ocr.Ocr(page_timeout_s=0.3)
    assert reader.works
    with pytest.raises(ocr.OcrFailed, match=said):
        reader.read_picture(b"P5 1 1 255\n\0")


@pytest.mark.parametrize("side", [12_000, 20_000])
def test_a_small_file_that_claims_a_giant_picture(refuse: Refuse, side: int) -> None:
    kept = io.BytesIO()
    Image.new("1", (side, side)).save(kept, "PNG")
    assert len(kept.getvalue()) < 100_000
    assert refuse("x.png", kept.getvalue())[0] is Unreadable.TOO_LARGE


def test_a_damaged_picture(refuse: Refuse) -> None:
    assert refuse("x.png", picture("PNG")[:20])[0] is Unreadable.CORRUPT
