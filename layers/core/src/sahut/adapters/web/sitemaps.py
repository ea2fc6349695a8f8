"""Sitemaps (sitemaps.org): a list of pages or of further sitemaps, in XML, maybe compressed. Fetches none."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from sahut.adapters.web.exchange import Unpacked
from sahut.ports.web import MAX_SITEMAP_BYTES, Listing, PageFailed, PageRefused, RefusalReason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_GZIP_MAGIC = b"\x1f\x8b"
_HEAD_BYTES = 4096
_LISTS = {"urlset": "url", "sitemapindex": "sitemap"}


class XmlSitemaps:
    """See `ports.web.SitemapReader`. Entities and document types are refused, as in every XML we read."""

    def looks_like_one(self, body: bytes) -> bool:
        if body.startswith(_GZIP_MAGIC):
            try:
                head = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, _HEAD_BYTES)
            except zlib.error:
                return False
        else:
            head = body[:_HEAD_BYTES]
        start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
        return start.startswith(b"<") and any(f"<{root}".encode() in head for root in _LISTS)

    def read(self, body: bytes, limit: int) -> Listing:
        found: dict[str, dict[str, None]] = {"url": {}, "sitemap": {}}
        cut = False
        for kind, address in _addresses(_plain(body)):
            if len(found[kind]) < limit:
                found[kind][address] = None
            elif address not in found[kind]:
                cut = True
        return Listing(tuple(found["url"]), tuple(found["sitemap"]), cut)


def _plain(body: bytes) -> bytes:
    if not body.startswith(_GZIP_MAGIC):
        return body
    unpacked = Unpacked(MAX_SITEMAP_BYTES, gzip=True)
    try:
        unpacked.add(body)
        return unpacked.finished()
    except (zlib.error, PageFailed):
        raise _not_one("it is compressed, and broken") from None


def _not_one(detail: str) -> PageRefused:
    return PageRefused(RefusalReason.NOT_A_SITEMAP, detail)


def _addresses(body: bytes) -> Iterator[tuple[str, str]]:
    """(`url` or `sitemap`, address), one at a time: no tree of 50 MB is built."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException  # type: ignore[import-untyped]
    from defusedxml.ElementTree import iterparse  # type: ignore[import-untyped]

    try:
        root: Element | None = None
        events: Iterable[tuple[str, Element]]
        events = iterparse(BytesIO(body), events=("start", "end"), forbid_dtd=True)
        for event, element in events:
            if root is None:
                root = element
                if _local(element.tag) not in _LISTS:
                    raise _not_one("it is XML, but no sitemap")
            elif event == "end" and _local(element.tag) in _LISTS.values():
                yield from _entry(element)
                root.clear()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise _not_one("its XML can't be read") from None


def _entry(element: Element) -> Iterator[tuple[str, str]]:
    for child in element:
        # An image's <image:loc> lies deeper, so that direct children are enough.
        if _local(child.tag) == "loc" and child.text and child.text.strip():
            yield _local(element.tag), child.text.strip()
            return


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
