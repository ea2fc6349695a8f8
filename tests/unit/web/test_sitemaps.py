"""Sitemaps as sites have them, and as attackers would."""

import gzip
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.adapters.web import XmlSitemaps, sitemaps
from sahut.ports.web import MAX_SITEMAP_BYTES, Listing, PageRefused, RefusalReason

NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
PAGES = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {NAMESPACE} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url>
    <image:image><image:loc>https://shop.test/cat.jpg</image:loc></image:image>
    <loc>
      https://shop.test/a?b=1&amp;c=2
    </loc>
    <lastmod>2026-05-01</lastmod>
  </url>
  <url><loc>https://shop.test/b</loc></url>
  <url><loc>https://shop.test/b</loc></url>
  <url><loc></loc></url>
</urlset>""".encode()
INDEX = f"""<sitemapindex {NAMESPACE}><sitemap><loc>https://shop.test/1.xml</loc></sitemap>
<sitemap><loc>https://shop.test/2.xml.gz</loc></sitemap></sitemapindex>""".encode()
BOMB = b"""<?xml version="1.0"?><!DOCTYPE urlset [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<urlset><url><loc>https://shop.test/&b;</loc></url></urlset>"""
OUTSIDE = b"""<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset><url><loc>&x;</loc></url></urlset>"""


@pytest.mark.parametrize("packed", [False, True])
def test_pages(packed: bool) -> None:
    body = gzip.compress(PAGES) if packed else PAGES

    assert XmlSitemaps().looks_like_one(body)
    assert XmlSitemaps().read(body, 100) == Listing(("https://shop.test/a?b=1&c=2", "https://shop.test/b"))


def test_an_index_without_namespace_too() -> None:
    listing = Listing(sitemaps=("https://shop.test/1.xml", "https://shop.test/2.xml.gz"))

    assert XmlSitemaps().read(INDEX, 100) == listing
    assert XmlSitemaps().read(INDEX.replace(NAMESPACE.encode(), b""), 100) == listing


def test_a_long_list_is_cut_and_says_so() -> None:
    assert XmlSitemaps().read(PAGES, 1) == Listing(("https://shop.test/a?b=1&c=2",), cut=True)
    assert not XmlSitemaps().read(PAGES, 2).cut


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        OUTSIDE,
        PAGES[:-20],
        b"<html><body>urlset</body></html>",
        b"<rss><channel/></rss>",
        b"",
        b"{}",
        b"\x1f\x8b broken",
        gzip.compress(PAGES, mtime=0)[:-10],
        b'<?xml version="1.0" encoding="no-such-one"?><urlset/>',
    ],
)
def test_what_is_no_sitemap(body: bytes) -> None:
    with pytest.raises(PageRefused) as caught:
        XmlSitemaps().read(body, 100)

    assert caught.value.reason is RefusalReason.NOT_A_SITEMAP


@pytest.mark.parametrize(
    "body",
    [
        b"<html><p>urlset sitemapindex",
        b"",
        b"%PDF-1.7 <urlset>",
        b"\x1f\x8b\x08broken",
        gzip.compress(b"x", mtime=0),
    ],
)
def test_what_does_not_even_look_like_one(body: bytes) -> None:
    assert not XmlSitemaps().looks_like_one(body)


def test_a_compressed_bomb_is_stopped_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemaps, "MAX_SITEMAP_BYTES", 2**20)
    bomb = gzip.compress(b"<urlset>" + bytes(2**21))
    assert len(bomb) < 10_000

    with pytest.raises(PageRefused) as caught:
        XmlSitemaps().read(bomb, 100)

    assert caught.value.reason is RefusalReason.TOO_LARGE


def test_the_limit_is_fifty_megabytes() -> None:
    assert MAX_SITEMAP_BYTES == 50 * 1024 * 1024


def test_a_large_list_is_not_kept_as_a_tree() -> None:
    entries = b"".join(b"<url><loc>https://shop.test/%d</loc></url>" % n for n in range(10_000))
    body = b"<urlset>" + entries + b"</urlset>"
    tracemalloc.start()
    try:
        listing = XmlSitemaps().read(body, 10)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert (len(listing.pages), listing.cut) == (10, True)
    assert peak < 2**20  # the tree would be 7 MB


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"<urlset>{text}</urlset>".encode()))
def test_any_body_is_a_listing_or_refused(body: bytes) -> None:
    XmlSitemaps().looks_like_one(body)
    try:
        listing = XmlSitemaps().read(body, 5)
    except PageRefused:
        return
    assert len(listing.pages) <= 5
