"""Files that customers send: which a model may hear or see, and how much of them."""

from enum import StrEnum

from sahut.domain.message import MessageKind

# WhatsApp's own limits are 16 MB for audio and 5 MB for images; transcription services take 25 MB.
MAX_BYTES = {MessageKind.AUDIO: 16_000_000, MessageKind.IMAGE: 5_000_000}
# A minute costs about $0.006, and nobody asks one question for five minutes.
MAX_SPEECH_S = 300.0
MAX_FILES = 5
# What a model may make words of.
PERCEIVED = frozenset(MAX_BYTES)

# What OpenAI's transcription and vision take, by media type without parameters.
_TYPES = {
    MessageKind.AUDIO: frozenset(
        {"audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/webm"}
    ),
    MessageKind.IMAGE: frozenset({"image/jpeg", "image/png", "image/webp"}),
}
_STARTS = {
    "audio/ogg": (b"OggS",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/webp": (b"RIFF",),
}

# Opus counts its samples at 48 kHz, whatever it was recorded with (RFC 7845, section 4).
_OPUS_HZ = 48_000
_PAGE_HEADER = 14


class Unreadable(StrEnum):
    """Why a file is for a person's eyes. MISLABELLED: it isn't what its type says."""

    KIND = "kind"
    TYPE = "type"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    EMPTY = "empty"
    MISLABELLED = "mislabelled"
    TOO_MANY = "too_many"
    MISSING = "missing"


def media_type(mime_type: str) -> str:
    """`audio/ogg; codecs=opus` is `audio/ogg`."""
    return mime_type.partition(";")[0].strip().lower()


def unreadable(kind: MessageKind, mime_type: str, content: bytes) -> Unreadable | None:
    """Why no model is given this file; None when one may be."""
    if kind not in _TYPES:
        return Unreadable.KIND
    named = media_type(mime_type)
    if named not in _TYPES[kind]:
        return Unreadable.TYPE
    if not content:
        return Unreadable.EMPTY
    if len(content) > MAX_BYTES[kind]:
        return Unreadable.TOO_LARGE
    if named in _STARTS and not content.startswith(_STARTS[named]):
        return Unreadable.MISLABELLED
    if named == "audio/ogg" and ogg_seconds(content) > MAX_SPEECH_S:
        return Unreadable.TOO_LONG
    return None


def ogg_seconds(content: bytes) -> float:
    """Length of an OGG file of Opus: the position that its last page ends at; 0.0 when there is none.

    Source: RFC 3533, section 6 (`OggS`, version, type, then eight bytes of granule position, low first).
    """
    page = content.rfind(b"OggS")
    if page < 0 or page + _PAGE_HEADER > len(content):
        return 0.0
    position = int.from_bytes(content[page + 6 : page + 14], "little", signed=True)
    return max(0, position) / _OPUS_HZ
