"""Which code page text is in that isn't Unicode.

charset-normalizer decides among alphabets, but it takes French for Czech and Korean for Chinese when the
text is short; what tells those apart from the bytes themselves comes first. Knows no format.
"""

import codecs
import re
from collections.abc import Callable

_SAMPLE_BYTES = 64 * 1024
_SINGLE_BYTE = ["cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp874"]
_KANA = re.compile("[\u3041-\u30ff]")
_HALF_KANA = re.compile("[\uff61-\uff9f]")
_THAI_MARK = re.compile("[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]")
_THAI_MARK_WELL_PLACED = re.compile(
    "(?<=[\u0e01-\u0e2e\u0e31\u0e34-\u0e3a\u0e47-\u0e4e])[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e]"
)
# Letters of cp1250 that cp1252 has signs for (Polish), or that come with š and ž (Czech, Slovak, Croatian).
_POLISH = re.compile(rb"[A-Za-z][\xb3\xb9\xbf\x9c\x9f]|[\xb3\xb9\xbf\x9c\x9f][a-z]")
_CARONS = re.compile(rb"[\x9a\x9e]")
_CZECH = re.compile(rb"[\xe8\xec\xf8\xf2\xf9\xef]")
# ğ ı ş İ Ş; Icelandic has the same bytes, but á í ó æ as well.
_TURKISH = re.compile(rb"[\xf0\xfd\xfe\xdd\xde]")
_ICELANDIC = re.compile(rb"[\xe1\xed\xf3\xe6]")
# € … ‘ ’ “ ” • – — ™ £ © « ® ° · » and the no-break space: English text that was written in Word.
_PUNCTUATION = re.compile(rb"[\x80\x85\x91-\x97\x99\xa0\xa3\xa9\xab\xae\xb0\xb7\xbb]")
_HIGH = re.compile(rb"[\x80-\xff]")
_HEBREW = re.compile(rb"[\xe0-\xfa]")
_NO_HEBREW = re.compile(rb"[\xc0-\xdf\xfb-\xff]")


def code_page(data: bytes) -> str:
    """The name of a Python codec, cp1252 when nothing speaks for another."""
    sample = data[:_SAMPLE_BYTES]
    if len(_PUNCTUATION.findall(sample)) == len(_HIGH.findall(sample)):
        return "cp1252"
    for encoding, fits in _BY_CHARACTERS:
        text = _strictly(sample, encoding, whole=len(sample) == len(data))
        if text is not None and fits(text):
            return encoding
    letters = len(_HEBREW.findall(sample))
    if letters >= 10 and letters > 0.9 * len(_HIGH.findall(sample)) and not _NO_HEBREW.search(sample):
        return "cp1255"
    return _alphabet(sample)


def _alphabet(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(sample, cp_isolation=[*_SINGLE_BYTE]).best()
    encoding = best.encoding if best is not None else "cp1252"
    if encoding not in ("cp1250", "cp1252", "cp1254"):
        return encoding
    if _POLISH.search(sample) or (_CARONS.search(sample) and _CZECH.search(sample)):
        return "cp1250"
    if len(_TURKISH.findall(sample)) >= 2 and not _ICELANDIC.search(sample):
        return "cp1254"
    return "cp1252"


def _strictly(sample: bytes, encoding: str, *, whole: bool) -> str | None:
    """None when it isn't in it. A sample that isn't the whole may end within a character."""
    try:
        return codecs.getincrementaldecoder(encoding)("strict").decode(sample, whole)
    except ValueError:
        return None


def _foreign(text: str) -> str:
    return "".join(char for char in text if char > "\x9f")


def _is_thai(text: str) -> bool:
    foreign = _foreign(text)
    marks = len(_THAI_MARK.findall(foreign))
    return 0.08 * len(foreign) < marks < 1.05 * len(_THAI_MARK_WELL_PLACED.findall(foreign))


def _is_japanese(text: str) -> bool:
    foreign = _foreign(text)
    kana, half = len(_KANA.findall(foreign)), len(_HALF_KANA.findall(foreign))
    return kana > 0.2 * len(foreign) and half < 0.1 * len(foreign)


def _is_korean(text: str) -> bool:
    """Hangul: lead bytes B0 to C8. Chinese read as Korean has hanja for a third of its characters."""
    return _usual(text, "euc_kr", range(0xB0, 0xC9), 0xA1)


def _is_simplified(text: str) -> bool:
    """The 3,755 most frequent characters, and punctuation: lead bytes A1 to D7, second bytes from A1."""
    return _usual(text, "gb2312", range(0xA1, 0xD8), 0xA1)


def _is_traditional(text: str) -> bool:
    """The 5,401 most frequent characters, and punctuation: lead bytes A1 to C6."""
    return _usual(text, "big5", range(0xA1, 0xC7), 0x40)


def _usual(text: str, encoding: str, leads: range, second_from: int) -> bool:
    foreign = _foreign(text)
    data = foreign.encode(encoding, "ignore")
    if len(data) < 4:
        return False
    pairs = zip(data[::2], data[1::2], strict=False)
    usual = sum(1 for lead, second in pairs if lead in leads and second >= second_from)
    return usual > 0.88 * len(foreign)


_BY_CHARACTERS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("cp874", _is_thai),
    ("cp932", _is_japanese),
    ("euc_jp", _is_japanese),
    ("cp949", _is_korean),
    ("gb18030", _is_simplified),
    ("big5", _is_traditional),
)
