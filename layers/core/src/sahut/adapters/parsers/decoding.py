"""Bytes into text, whatever encoding they are in. Knows no format."""

import codecs

from sahut.adapters.parsers.code_pages import code_page

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins like it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes([*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F])
# Random bytes have a tenth of them; text with a stray escape sequence has far less than a fiftieth.
_MOST_CONTROLS = 0.02
_SAMPLE_BYTES = 64 * 1024


def decode(data: bytes, declared: str = "") -> str | None:
    """The text, or None when this is none.

    declared: the encoding that the file says it has; used when it is one and fits.
    """
    marked = next((encoding for mark, encoding in _BOMS if data.startswith(mark)), "")
    if marked:
        return data.decode(marked, "replace")
    if b"\0" in data:
        return _wide(data)
    if b"\x1b$" in data and (text := _strictly(data, "iso2022_jp")) is not None:
        return text
    if _is_noise(data):
        return None
    for encoding in (declared, "utf-8"):
        if encoding and (text := _strictly(data, encoding)) is not None:
            return text
    return _cut_utf8(data) or data.decode(code_page(data), "replace")


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (LookupError, ValueError):  # no such encoding (or `hex`, which Python has for bytes); not in it
        return None


def _is_noise(data: bytes) -> bool:
    sample = data[:_SAMPLE_BYTES]
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls > _MOST_CONTROLS * len(sample)


def _wide(data: bytes) -> str | None:
    """UTF-16 without its mark: every second byte of what is written in Latin letters is 0."""
    sample = data[: _SAMPLE_BYTES & ~1]
    half = max(len(sample) // 2, 1)
    for odd, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[odd::2].count(0) > 0.4 * half and sample[1 - odd :: 2].count(0) < 0.02 * half:
            text = data.decode(encoding, "replace")
            return None if _is_noise(text[:_SAMPLE_BYTES].encode("utf-8", "replace")) else text
    # A few NULs in what is text otherwise: they are dropped with the other controls.
    return None if _is_noise(data) else _strictly(data, "utf-8")


def _cut_utf8(data: bytes) -> str | None:
    """UTF-8 with a few broken places, such as a character that was cut at the end."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    written = len(data) - sum(1 for char in text if char.isascii())
    return text if broken * 20 < written else None
