"""One page at a time from a real server that is slow, lies, redirects and compresses."""

import gzip
import time
from http.server import BaseHTTPRequestHandler

import pytest

from sahut.adapters.web import Manners, PoliteFetcher
from sahut.ports.web import FailureReason, NotInTime, PageFailed, PageRefused, PageStatus, RefusalReason
from tests.unit.web.site import (
    QUICK,
    Behaviour,
    Site,
    fetch,
    is_silent,
    moved,
    page,
    to_this_machine,
    trickles,
    trickles_headers,
)

LIMIT = 100_000


def refused(url: str, **how: int) -> RefusalReason:
    with pytest.raises(PageRefused) as caught:
        fetch(url, **how)  # type: ignore[arg-type]  # limit_bytes, the only one used
    return caught.value.reason


def failed(url: str) -> FailureReason:
    with pytest.raises(PageFailed) as caught:
        fetch(url)
    return caught.value.reason


def test_a_page_arrives_with_its_marks(site: Site) -> None:
    site.pages["/prices?a=1"] = page(
        b"<p>Rp 10", etag='"v1"', last_modified="Fri, 01 May 2026 08:00:00 GMT", content_type="text/html"
    )

    reply = fetch(site.url("/prices?a=1#top"))

    assert (reply.status, reply.body, reply.content_type) == (PageStatus.FETCHED, b"<p>Rp 10", "text/html")
    assert (reply.etag, reply.last_modified) == ('"v1"', "Fri, 01 May 2026 08:00:00 GMT")
    assert reply.uri == site.url("/prices?a=1")


def test_it_says_who_it_is_and_carries_nothing_else(site: Site) -> None:
    site.pages["/"] = page()
    manners = Manners("ShopBot/2 (+https://example.com)", 0.0, ports=range(65536), allow_loopback=True)

    fetch(site.url(), fetcher=PoliteFetcher(manners, resolver=to_this_machine))

    assert site.asked[-1].headers == {
        "host": f"shop.test:{site.port}",
        "user-agent": "ShopBot/2 (+https://example.com)",
        "accept": "*/*",
        "accept-encoding": "gzip",
        "connection": "close",
    }


def test_cookies_are_not_kept(site: Site) -> None:
    site.pages["/"] = page(set_cookie="session=1")
    fetcher = PoliteFetcher(QUICK, resolver=to_this_machine)

    fetch(site.url(), fetcher=fetcher)
    fetch(site.url(), fetcher=fetcher)

    assert [each.headers.get("cookie") for each in site.asked] == [None, None, None]


def test_it_asks_for_changes_only(site: Site) -> None:
    site.pages["/"] = page(b"", 304)
    since = "Fri, 01 May 2026 08:00:00 GMT"

    reply = fetch(site.url(), known_uri=site.url(), etag='"v1"', last_modified=since)

    assert reply.status is PageStatus.UNCHANGED
    assert site.asked[-1].headers["if-none-match"] == '"v1"'
    assert site.asked[-1].headers["if-modified-since"] == since


def test_marks_of_one_address_are_not_shown_to_another(site: Site) -> None:
    site.pages["/old"] = moved("/new")
    site.pages["/new"] = page()

    fetch(site.url("/old"), known_uri=site.url("/elsewhere"), etag='"v1"', last_modified="yesterday")

    assert site.paths() == ["/robots.txt", "/old", "/new"]
    assert all("if-none-match" not in each.headers for each in site.asked)
    assert all("if-modified-since" not in each.headers for each in site.asked)


def test_marks_follow_a_redirect_to_their_address(site: Site) -> None:
    site.pages["/old"] = moved("/new")
    site.pages["/new"] = page(b"", 304)

    reply = fetch(site.url("/old"), known_uri=site.url("/new"), etag='"v1"')

    assert (reply.status, reply.uri) == (PageStatus.UNCHANGED, site.url("/new"))
    assert "if-none-match" not in site.asked[-2].headers


@pytest.mark.parametrize("status", [404, 410])
def test_a_page_that_is_gone(site: Site, status: int) -> None:
    site.pages["/gone"] = page(b"", status)

    assert fetch(site.url("/gone")).status is PageStatus.GONE


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (401, FailureReason.STATUS),
        (403, FailureReason.STATUS),
        (500, FailureReason.STATUS),
        (204, FailureReason.STATUS),
        (429, FailureReason.BUSY),
        (503, FailureReason.BUSY),
    ],
)
def test_a_status_that_is_no_page(site: Site, status: int, reason: FailureReason) -> None:
    site.pages["/"] = page(b"", status)

    assert failed(site.url()) is reason


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(site: Site, status: int) -> None:
    site.pages["/a"] = moved("b?x=1", status)
    site.pages["/b?x=1"] = page(b"here")

    reply = fetch(site.url("/a"))

    assert (reply.body, reply.uri) == (b"here", site.url("/b?x=1"))


def test_five_redirects_are_enough(site: Site) -> None:
    for number in range(6):
        site.pages[f"/{number}"] = moved(f"/{number + 1}")
    site.pages["/6"] = page()

    assert fetch(site.url("/1")).status is PageStatus.FETCHED
    assert refused(site.url("/0")) is RefusalReason.TOO_MANY_REDIRECTS


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://a@shop.test/", "http://0x7f000001/"])
def test_a_redirect_to_what_is_no_address(site: Site, location: str) -> None:
    site.pages["/"] = moved(location)

    assert refused(site.url()) is RefusalReason.NOT_AN_ADDRESS
    assert site.paths() == ["/robots.txt", "/"]


def test_only_ports_of_web_servers(site: Site) -> None:
    site.pages["/"] = page()
    strict = PoliteFetcher(Manners(interval_s=0.0, allow_loopback=True), resolver=to_this_machine)

    with pytest.raises(PageRefused) as caught:
        fetch(site.url(), fetcher=strict)

    assert caught.value.reason is RefusalReason.PORT
    assert site.asked == []


def test_a_page_as_large_as_allowed_and_one_byte_more(site: Site) -> None:
    site.pages["/"] = page(b"x" * LIMIT)

    assert len(fetch(site.url(), limit_bytes=LIMIT).body) == LIMIT
    assert refused(site.url(), limit_bytes=LIMIT - 1) is RefusalReason.TOO_LARGE


def test_a_large_page_without_a_length_is_counted(site: Site) -> None:
    site.pages["/"] = endless

    assert refused(site.url(), limit_bytes=LIMIT) is RefusalReason.TOO_LARGE


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x" * 10_000)


def test_a_length_that_promises_too_much(site: Site) -> None:
    site.pages["/"] = page(b"half", content_length="8")

    assert failed(site.url()) is FailureReason.BROKEN


def test_a_length_that_promises_too_little_gives_no_more_than_that(site: Site) -> None:
    site.pages["/"] = page(b"whole", content_length="2")

    assert fetch(site.url()).body == b"wh"


def test_a_length_that_is_too_large_is_not_even_read(site: Site) -> None:
    site.pages["/"] = page(b"", content_length=str(10**12))

    assert refused(site.url(), limit_bytes=LIMIT) is RefusalReason.TOO_LARGE


def test_compressed_pages(site: Site) -> None:
    site.pages["/"] = page(gzip.compress(b"hello ") + gzip.compress(b"world"), content_encoding="gzip")

    assert fetch(site.url()).body == b"hello world"


def test_a_gzip_bomb_is_stopped_at_the_limit(site: Site) -> None:
    site.pages["/"] = page(gzip.compress(bytes(5 * 2**20)), content_encoding="gzip")

    assert refused(site.url(), limit_bytes=LIMIT) is RefusalReason.TOO_LARGE


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(gzip.compress(b"x" * 999, mtime=0)[:-9], "gzip"), (b"not gzip", "gzip"), (b"whatever", "br")],
)
def test_compression_that_can_not_be_undone(site: Site, body: bytes, encoding: str) -> None:
    site.pages["/"] = page(body, content_encoding=encoding)

    assert failed(site.url()) is FailureReason.BROKEN


@pytest.mark.parametrize("behaviour", [trickles, trickles_headers, is_silent])
def test_slow_servers_end_in_time(site: Site, behaviour: Behaviour) -> None:
    site.pages["/robots.txt"] = page(b"")
    site.pages["/"] = behaviour
    fetcher = PoliteFetcher(
        Manners(interval_s=0.0, exchange_s=0.4, ports=range(65536), allow_loopback=True),
        resolver=to_this_machine,
    )
    began = time.monotonic()

    with pytest.raises(PageFailed) as caught:
        fetch(site.url(), fetcher=fetcher)

    assert caught.value.reason is FailureReason.TOO_SLOW
    assert time.monotonic() - began < 1.5


def test_a_page_that_had_less_time_than_others_is_not_judged(site: Site) -> None:
    site.pages["/robots.txt"] = page(b"")
    site.pages["/"] = is_silent

    with pytest.raises(NotInTime):
        fetch(site.url(), within_s=1.05)


def test_a_server_that_is_not_there() -> None:
    assert failed("http://shop.test:9/") is FailureReason.UNREACHABLE


def speaks_ssh(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def test_a_server_that_talks_something_else(site: Site) -> None:
    site.pages["/robots.txt"] = page(b"")
    site.pages["/"] = speaks_ssh

    assert failed(site.url()) is FailureReason.BROKEN


def test_marks_that_can_not_be_sent_back_are_not_kept(site: Site) -> None:
    site.pages["/"] = page(etag='"' + "x" * 500 + '"', last_modified="caf\xe9")

    reply = fetch(site.url())

    assert (reply.etag, reply.last_modified) == ("", "")
