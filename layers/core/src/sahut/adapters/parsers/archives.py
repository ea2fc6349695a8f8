"""Zip files, looked at before anything in them is unpacked, then unpacked once only to be counted.

Declared sizes are checked first: most bombs tell the truth. Then each member is unpacked in small pieces
and thrown away, because sizes may lie. Office files are zips; knows nothing else about them.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from sahut.adapters.parsers.limits import (
    MAX_MEMBERS,
    MAX_RATIO,
    MAX_UNPACKED_BYTES,
    RATIO_MATTERS_FROM_BYTES,
)
from sahut.ports.parser import DocumentUnreadable, Unreadable

_PIECE_BYTES = 64 * 1024
_NESTED = re.compile(r"(?i).*\.(?:zip|7z|rar|gz|bz2|xz|tar|tgz|jar|docx|docm|xlsx|xlsm|pptx|pptm)")
# Charts in Word and PowerPoint bring their workbook. Nobody opens it.
_EMBEDDED = re.compile(r"(?i)(?:word|ppt|xl)/embeddings/[^/]+")
# Office's XML has no document type; whatever declares entities there means harm.
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY", "<!DOCTYPE".encode("utf-16-le"), "<!DOCTYPE".encode("utf-16-be"))
_XML = (".xml", ".rels", ".vml")
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError, RuntimeError)


def check_archive(file: Path) -> tuple[str, ...]:
    """The names of its members.

    Raises:
        DocumentUnreadable: ARCHIVE_BOMB, ENCRYPTED, CORRUPT.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_declared(members, file.stat().st_size)
            for member in members:
                if member.flag_bits & 0x1:
                    raise DocumentUnreadable(Unreadable.ENCRYPTED, "The archive needs a password.")
            _count(archive, members, file.stat().st_size)
    except DAMAGE as error:
        raise DocumentUnreadable(
            Unreadable.CORRUPT, "The file is damaged: it can't be unpacked. Save it again and upload it anew."
        ) from error
    return tuple(member.filename for member in members)


def _check_declared(members: list[zipfile.ZipInfo], packed: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise _bomb(f"it has more than {MAX_MEMBERS:,} members")
    _check_size(sum(member.file_size for member in members), packed)
    for member in members:
        if _NESTED.fullmatch(member.filename) and not _EMBEDDED.fullmatch(member.filename):
            raise _bomb("it has other archives in it")


def _count(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], packed: int) -> None:
    """Unpacks all members, keeping none."""
    total = 0
    for member in members:
        before = b""
        for piece in _pieces(archive, member):
            total += len(piece)
            _check_size(total, packed)
            if member.filename.endswith(_XML):
                if any(declaration in before + piece for declaration in _DECLARATIONS):
                    raise _bomb("it declares XML entities")
                before = piece[-40:]


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    # What the directory says about the size is not believed: read() would stop there in silence.
    honest = member.file_size
    member.file_size = MAX_UNPACKED_BYTES + 1
    try:
        with archive.open(member) as stream:
            yield from _read(stream)
    finally:
        member.file_size = honest


def _read(stream: IO[bytes]) -> Iterator[bytes]:
    while piece := stream.read(_PIECE_BYTES):
        yield piece


def _check_size(unpacked: int, packed: int) -> None:
    if unpacked > MAX_UNPACKED_BYTES:
        raise _bomb(f"it unpacks to more than {MAX_UNPACKED_BYTES // 2**20:,} MB")
    if unpacked > RATIO_MATTERS_FROM_BYTES and unpacked > MAX_RATIO * packed:
        raise _bomb(f"it unpacks to more than {MAX_RATIO} times its size")


def _bomb(why: str) -> DocumentUnreadable:
    return DocumentUnreadable(Unreadable.ARCHIVE_BOMB, f"The file was not unpacked, for safety: {why}.")
