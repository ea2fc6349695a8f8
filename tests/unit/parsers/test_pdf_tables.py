"""Small tables whose columns nearly touch, and what a browser prints around its pages."""

import pytest

from sahut.domain.splitting import split_document
from tests.unit.parsers.conftest import Read
from tests.unit.parsers.pdf_maker import Put, make_pdf

COLUMNS = (38.0, 124.0, 194.0)
# Each letter is 6 points wide: 8 and 10 points to the next column, less than a font size.
HEADER = ("Pengunjungnya", "Hari kerja", "Akhir pekan")
PRICES = [("Dewasa", "Rp25.000", "Rp35.000"), ("Anak", "Rp10.000", "Rp15.000")]
TABLE = """| Pengunjungnya | Hari kerja | Akhir pekan |
| --- | --- | --- |
| Dewasa | Rp25.000 | Rp35.000 |
| Anak | Rp10.000 | Rp15.000 |"""


def _row(y: float, cells: tuple[str, ...], columns: tuple[float, ...] = COLUMNS) -> list[Put]:
    return [(x, y, 12, text) for x, text in zip(columns, cells, strict=True)]


def _prices(top: float) -> list[Put]:
    rows = [HEADER, *PRICES]
    return [put for at, cells in enumerate(rows) for put in _row(top - 18.8 * at, cells)]


def test_a_header_whose_cells_nearly_touch_is_part_of_the_table(read: Read) -> None:
    page: list[Put] = [(34, 703, 12, "Museum buka."), *_prices(634), (34, 560, 12, "Harga termasuk pajak.")]
    text = read("x.pdf", make_pdf([page])).text
    assert text == f"Museum buka.\n\n{TABLE}\n\nHarga termasuk pajak."
    assert "Pengunjungnya: Dewasa; Hari kerja: Rp25.000; Akhir pekan: Rp35.000" in "".join(
        passage.text for passage in split_document("x.pdf", text)
    )


def test_cells_as_near_as_words_whose_words_are_written_one_by_one(read: Read) -> None:
    words = [(38, "Usia"), (65, "dan"), (86, "orang"), (124, "Masa"), (151, "kerja"), (194, "Akhir pekan")]
    page: list[Put] = [(float(x), 652.8, 12.0, word) for x, word in words]
    page += [put for at, cells in enumerate(PRICES) for put in _row(634 - 18.8 * at, cells)]
    text = read("x.pdf", make_pdf([page])).text
    assert text.startswith("| Usia dan orang | Masa kerja | Akhir pekan |\n")


def test_a_row_whose_cells_nearly_touch_is_part_of_the_table(read: Read) -> None:
    rows = [("Usia", "Biasa", "Libur"), PRICES[0], ("Mahasiswanya", "Rp1.000.00", "Rp5.000"), PRICES[1]]
    page = [put for at, cells in enumerate(rows) for put in _row(634 - 18.8 * at, cells)]
    assert "| Mahasiswanya | Rp1.000.00 | Rp5.000 |" in read("x.pdf", make_pdf([page])).text


def test_a_header_with_one_narrow_and_one_wide_gap(read: Read) -> None:
    header = _row(652.8, ("Usia", "Hari kerja", "Akhir pekan"))
    page = [*header, *[put for at, cells in enumerate(PRICES) for put in _row(634 - 18.8 * at, cells)]]
    text = read("x.pdf", make_pdf([page])).text
    assert text.startswith("| Usia | Hari kerja | Akhir pekan |\n")


@pytest.mark.parametrize(
    "columns",
    [
        (38.0, 120.0, 194.0),  # one word doesn't start at a column
        (38.0, 124.0, 190.0),
    ],
)
def test_words_that_stand_elsewhere_are_no_header(read: Read, columns: tuple[float, ...]) -> None:
    page = [*_row(652.8, HEADER, columns)]
    page += [put for at, cells in enumerate(PRICES) for put in _row(634 - 18.8 * at, cells)]
    assert "|" not in read("x.pdf", make_pdf([page])).text


def test_a_justified_line_after_a_table_stays_a_sentence(read: Read) -> None:
    """Its words are written one by one, and two of them happen to stand where columns start."""
    words = [(38, "Semua harga"), (109, "ya"), (124, "sudah untuk"), (194, "satu orang"), (260, "saja.")]
    page = [*_prices(634), *[(float(x), 577.6, 12.0, word) for x, word in words]]
    text = read("x.pdf", make_pdf([page])).text
    assert text == f"{TABLE}\n\nSemua harga ya sudah untuk satu orang saja."


def test_a_narrow_gap_alone_makes_no_table(read: Read) -> None:
    page = [put for at in range(4) for put in _row(634 - 18.8 * at, HEADER)]
    assert "|" not in read("x.pdf", make_pdf([page])).text


def test_columns_of_prose_with_a_narrow_gutter_stay_prose(read: Read) -> None:
    left: list[Put] = [(72, 700 - 14 * n, 11, f"Kolom kiri bilang {n} dan terus") for n in range(5)]
    right: list[Put] = [(236, 700 - 14 * n, 11, f"kolom kanan bilang {n} terus") for n in range(5)]
    text = read("x.pdf", make_pdf([left + right])).text
    assert "|" not in text
    assert text.index("kiri bilang 4") < text.index("kanan bilang 0")


def test_a_list_with_gaps_of_all_widths_is_no_table(read: Read) -> None:
    page: list[Put] = []
    for at, mark in enumerate(["9.", "10.", "11.", "12."]):
        page += [(72, 700 - 15 * at, 11, mark), (93, 700 - 15 * at, 11, f"Isi butir {at}.")]
    assert "|" not in read("x.pdf", make_pdf([page])).text


DATE = "11/27/26, 2:58 AM"
ADDRESS = "file:///tmp/pdf/tarif.html"


def _printed(number: int, of: int, *, head: str = DATE, foot: str = ADDRESS) -> list[Put]:
    body: list[Put] = [(34, 700, 12, f"Isi halaman {number}."), (34, 680, 12, "Selesai.")]
    return [*body, (24, 769, 8, head), (24, 17, 8, foot), (576, 17, 8, f"{number}/{of}")]


def _text(read: Read, *pages: list[Put], title: str = "") -> str:
    return read("x.pdf", make_pdf(pages, title=title)).text


@pytest.mark.parametrize("head", [DATE, "27/11/26, 02.58", f"{DATE}  Tarif Museum", "2026-11-27 14:58"])
def test_what_a_browser_prints_around_pages_is_left_out(read: Read, head: str) -> None:
    pages = [_printed(number, 2, head=head) for number in (1, 2)]
    text = _text(read, *pages, title="Tarif Museum")
    assert text == "Isi halaman 1. Selesai.\n\nIsi halaman 2. Selesai."


def test_a_single_printed_page(read: Read) -> None:
    assert _text(read, _printed(1, 1)) == "Isi halaman 1. Selesai."


def test_dates_and_addresses_that_are_said_stay(read: Read) -> None:
    days = [_printed(n, 2, head=f"{n}/11/26, 2:58 AM", foot="Lihat https://museum.example") for n in (1, 2)]
    text = _text(read, *days)
    assert "1/11/26, 2:58 AM" in text
    assert "2/11/26, 2:58 AM" in text
    assert "https://museum.example" in text
    alone: list[Put] = [(34, 769, 12, DATE), (34, 700, 12, "Rapat."), (34, 17, 12, "https://museum.example")]
    assert DATE in _text(read, alone)
    assert "https://museum.example" in _text(read, alone, alone)
