"""Small PDFs for tests, written by hand: text at a place, a picture, a font that writes other scripts.

Knows no PDF library, so that what reads them can't be wrong in the same way.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

Put = tuple[float, float, float, str]  # x, y from below, font size, text


@dataclass(frozen=True, slots=True)
class Picture:
    """Grey, one byte a dot, upper row first; covers a share of its page's width and height."""

    width: int
    height: int
    dots: bytes
    share: float = 1.0
    caption: Put | None = None


@dataclass(slots=True)
class _Body:
    objects: list[bytes] = field(default_factory=list)

    def add(self, content: bytes) -> int:
        self.objects.append(content)
        return len(self.objects)

    def stream(self, data: bytes, entries: str = "") -> int:
        packed = zlib.compress(data)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode {entries} >>\nstream\n".encode()
        return self.add(head + packed + b"\nendstream")

    def file(self, root: int, info: int) -> bytes:
        out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for number, content in enumerate(self.objects, start=1):
            offsets.append(len(out))
            out += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
        start = len(out)
        out += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
        out += b"".join(f"{offset:010d} 00000 n \n".encode() for offset in offsets)
        trailer = f"<< /Size {len(offsets) + 1} /Root {root} 0 R /Info {info} 0 R >>"
        return bytes(out) + f"trailer\n{trailer}\nstartxref\n{start}\n%%EOF\n".encode()


def make_pdf(pages: Sequence[Sequence[Put] | Picture], *, title: str = "", script: str = "") -> bytes:
    """One PDF. script: characters beyond Latin-1 that the texts use (at most 200); they are written as
    codes from 33 on that only a ToUnicode map explains, as real PDFs do."""
    body = _Body()
    font = body.add(_font(body, script))
    tree = len(body.objects) + 1 + sum(3 if isinstance(page, Picture) else 2 for page in pages)
    kids = [_page(body, page, font, tree, script) for page in pages]
    listed = " ".join(f"{kid} 0 R" for kid in kids)
    made = body.add(f"<< /Type /Pages /Kids [{listed}] /Count {len(kids)} >>".encode())
    assert made == tree
    root = body.add(f"<< /Type /Catalog /Pages {tree} 0 R >>".encode())
    info = body.add(b"<< /Title <" + ("\ufeff" + title).encode("utf-16-be").hex().encode() + b"> >>")
    return body.file(root, info)


def _font(body: _Body, script: str) -> bytes:
    unicode = ""
    if script:
        pairs = "".join(
            f"<{33 + at:02x}> <{char.encode('utf-16-be').hex()}>\n" for at, char in enumerate(script)
        )
        listing = "1 begincodespacerange <00> <ff> endcodespacerange\n"
        listing += f"{len(script)} beginbfchar\n{pairs}endbfchar"
        cmap = f"/CIDInit /ProcSet findresource begin begincmap\n{listing}\nendcmap end"
        unicode = f"/ToUnicode {body.stream(cmap.encode())} 0 R"
    widths = "/FirstChar 32 /LastChar 255 /Widths [" + "500 " * 224 + "]"
    entries = "/Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding"
    return f"<< {entries} {widths} {unicode} >>".encode()


def _page(body: _Body, page: Sequence[Put] | Picture, font: int, tree: int, script: str) -> int:
    if isinstance(page, Picture):
        entries = f"/Type /XObject /Subtype /Image /Width {page.width} /Height {page.height}"
        image = body.stream(page.dots, f"{entries} /ColorSpace /DeviceGray /BitsPerComponent 8")
        caption = _put(page.caption, script) if page.caption else ""
        width, height = 612 * page.share, 792 * page.share
        content = body.stream(f"q {width} 0 0 {height} 0 0 cm /P Do Q {caption}".encode("latin-1"))
        resources = f"<< /XObject << /P {image} 0 R >> /Font << /F {font} 0 R >> >>"
    else:
        content = body.stream("\n".join(_put(put, script) for put in page).encode("latin-1"))
        resources = f"<< /Font << /F {font} 0 R >> >>"
    entries = f"/Type /Page /Parent {tree} 0 R /MediaBox [0 0 612 792]"
    return body.add(f"<< {entries} /Resources {resources} /Contents {content} 0 R >>".encode())


def _put(put: Put, script: str) -> str:
    x, y, size, text = put
    if script:
        codes = "".join(f"{33 + script.index(c):02x}" if c in script else f"{ord(c):02x}" for c in text)
    else:
        codes = text.encode("cp1252").hex()
    return f"BT /F {size} Tf {x} {y} Td <{codes}> Tj ET"
