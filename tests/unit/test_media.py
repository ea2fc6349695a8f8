"""Which files a model may hear or see."""

import struct

import pytest

from sahut.domain.media import MAX_BYTES, MAX_SPEECH_S, Unreadable, ogg_seconds, unreadable
from sahut.domain.message import MessageKind

JPEG = b"\xff\xd8\xff\xe0" + b"x" * 50


def ogg(seconds: float) -> bytes:
    """The headers of a first and a last page, as RFC 3533 lays them out."""
    first = b"OggS\x00\x02" + struct.pack("<q", 0) + b"OpusHead"
    return first + b"sound" * 20 + b"OggS\x00\x04" + struct.pack("<q", int(seconds * 48_000)) + b"end"


@pytest.mark.parametrize(
    ("kind", "mime_type", "content", "why"),
    [
        (MessageKind.AUDIO, "audio/ogg; codecs=opus", ogg(3.5), None),
        (MessageKind.AUDIO, "audio/ogg", ogg(MAX_SPEECH_S + 1), Unreadable.TOO_LONG),
        (MessageKind.AUDIO, "audio/ogg", b"ID3 no ogg", Unreadable.MISLABELLED),
        (MessageKind.AUDIO, "audio/mpeg", b"ID3 sound", None),
        (MessageKind.AUDIO, "audio/amr", b"#!AMR", Unreadable.TYPE),
        (MessageKind.AUDIO, "audio/mpeg", b"", Unreadable.EMPTY),
        (MessageKind.AUDIO, "audio/mpeg", bytes(MAX_BYTES[MessageKind.AUDIO] + 1), Unreadable.TOO_LARGE),
        (MessageKind.IMAGE, "image/jpeg", JPEG, None),
        (MessageKind.IMAGE, "IMAGE/JPEG", JPEG, None),
        (MessageKind.IMAGE, "image/png", JPEG, Unreadable.MISLABELLED),
        (MessageKind.IMAGE, "image/svg+xml", b"<svg>", Unreadable.TYPE),
        (MessageKind.IMAGE, "image/jpeg", JPEG + bytes(MAX_BYTES[MessageKind.IMAGE]), Unreadable.TOO_LARGE),
        (MessageKind.VIDEO, "video/mp4", b"x", Unreadable.KIND),
    ],
    ids=lambda value: str(value)[:24] if isinstance(value, str | MessageKind | Unreadable) else "",
)
def test_what_may_be_given_to_a_model(
    kind: MessageKind, mime_type: str, content: bytes, why: Unreadable | None
) -> None:
    assert unreadable(kind, mime_type, content) is why


@pytest.mark.parametrize("content", [b"", b"OggS", b"OggS\x00\x04\xff", b"OggS\x00\x04" + b"\xff" * 8])
def test_a_broken_ogg_has_no_length(content: bytes) -> None:
    assert ogg_seconds(content) == 0.0


def test_the_length_is_where_the_last_page_ends() -> None:
    assert ogg_seconds(ogg(12.25)) == 12.25
