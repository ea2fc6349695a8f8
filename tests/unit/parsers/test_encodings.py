"""Text in any encoding."""

import pytest

from sahut.adapters.parsers.decoding import decode
from tests.unit.parsers.conftest import Read

JAPANESE = "送料は五百円です。返品は十四日以内にお願いします。"
SENTENCES = {
    "utf-8": "Ongkos kirim → Rp5.000, “gratis” untuk pelanggan",
    "utf-8-sig": "Biaya 5 €",
    "utf-16": JAPANESE,
    "utf-16-le": "Plain English text, without a mark",
    "utf-16-be": "Plain English text, without a mark",
    "utf-32": JAPANESE,
    "cp1252": "Café Müller – Öffnungszeiten: täglich 9 Uhr, Größe 5 €",
    "latin-1": "Ça coûte très cher à l'été, señor niño",
    "shift_jis": JAPANESE,
    "euc_jp": JAPANESE,
    "iso2022_jp": JAPANESE,
    "gb18030": "这个商品可以在十四天内退货。运费是五元。",
    "big5": "這個商品可以在十四天內退貨。運費是五元。",
    "cp949": "배송비는 오천원입니다. 반품은 14일 이내에 가능합니다.",
    "cp1251": "Доставка стоит пятьсот рублей. Возврат в течение 14 дней.",
    "koi8_r": "Доставка стоит пятьсот рублей. Возврат в течение 14 дней.",
    "cp1256": "تكلفة الشحن عشرة دراهم والإرجاع خلال أسبوعين",
    "cp1255": "המשלוח עולה עשרה שקלים והחזרה תוך שבועיים",
    "cp1253": "Η αποστολή κοστίζει πέντε ευρώ",
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy",
    "cp1254": "Kargo ücreti beş lira, iade süresi on dört gün, değişim yapılır",
    "cp874": "ค่าจัดส่งห้าสิบบาท ภายในสองวันทำการ",
}


@pytest.mark.parametrize("encoding", SENTENCES)
def test_text_is_read_in_its_encoding(read: Read, encoding: str) -> None:
    text = f"# Title\n\n{SENTENCES[encoding]}\n\n{SENTENCES[encoding]} {SENTENCES[encoding]}"
    assert read("x.txt", text.encode(encoding)).text == text
    assert decode(SENTENCES[encoding].encode(encoding)) == SENTENCES[encoding]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"It\x92s 5 \x80", "It’s 5 €"),
        ("é à ".encode() * 90 + b"caf\xc3", "é à " * 90 + "caf\ufffd"),
        (b"a few\0NULs" + b" in a longer text" * 9, "a few\0NULs" + " in a longer text" * 9),
        (bytes(range(256)) * 4, None),
        (b"\x00\x01\x02\x03" * 50, None),
    ],
)
def test_odd_bytes(data: bytes, text: str | None) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    "head",
    ['<meta charset="shift_jis">', '<meta http-equiv=content-type content="text/html; charset=shift_jis">'],
)
def test_a_page_says_which_encoding_it_has(read: Read, head: str) -> None:
    page = f"<html><head>{head}</head><body><p>送料</p></body></html>".encode("shift_jis")
    assert read("x.html", page).text == "送料"


@pytest.mark.parametrize("declared", ["utf-8", "no-such-encoding", "hex", "ascii"])
def test_a_page_that_lies_about_its_encoding_is_read_anyway(read: Read, declared: str) -> None:
    page = f'<html><meta charset="{declared}"><body><p>Öffnungszeiten täglich</p></body></html>'
    assert read("x.html", page.encode("cp1252")).text == "Öffnungszeiten täglich"
