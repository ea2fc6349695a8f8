"""Plausible content for messages whose sender gave none."""

import struct
import zlib

CONTENT: dict[str, object] = {
    "location": {"latitude": -6.1754, "longitude": 106.8272, "name": "Monas", "address": "Jakarta"},
    "contacts": [{"name": {"formatted_name": "Rina"}, "phones": [{"phone": "+62 812 0000 1111"}]}],
    "order": {
        "catalog_id": "194836987003835",
        "text": "",
        "product_items": [
            {"product_retailer_id": "BTK-01", "quantity": 2, "item_price": 150000, "currency": "IDR"}
        ],
    },
    "button": {"text": "Yes", "payload": "yes"},
    "interactive": {"type": "button_reply", "button_reply": {"id": "yes", "title": "Yes"}},
}


def sample_file(kind: str) -> tuple[bytes, str, str]:
    """(content, MIME type, file name) of a small file of this kind. Only the image is a real one."""
    if kind == "image":
        return _png(48, 48), "image/png", "photo.png"
    if kind == "audio":
        return b"OggS" + bytes(2000), "audio/ogg; codecs=opus", "voice.ogg"
    if kind == "video":
        return bytes(4) + b"ftypmp42" + bytes(4000), "video/mp4", "clip.mp4"
    if kind == "sticker":
        return b"RIFF" + bytes(4) + b"WEBP" + bytes(200), "image/webp", "sticker.webp"
    return b"%PDF-1.4\n%%EOF\n", "application/pdf", "document.pdf"


def _png(width: int, height: int) -> bytes:
    """A small two-coloured picture."""
    colours = b"\xf3\xe3\xc8", b"\x8a\x2b\x3c"
    rows = b"".join(
        b"\x00" + b"".join(colours[(x // 8 + y // 8) % 2] for x in range(width)) for y in range(height)
    )
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
