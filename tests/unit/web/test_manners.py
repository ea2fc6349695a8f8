"""robots.txt, one request a second, and patience with servers in trouble."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.adapters.web import Manners, PoliteFetcher
from sahut.adapters.web.pace import MAX_FAILURES, Pace
from sahut.adapters.web.robots import parse_robots
from sahut.domain.web_sources import web_url
from sahut.ports.web import FailureReason, NotInTime, PageFailed, PageRefused, PageStatus, RefusalReason
from tests.unit.web.site import QUICK, Behaviour, Site, fetch, is_silent, moved, page, to_this_machine

AGENT = "SahutBot/1 (+https://example.com)"
ROBOTS = """\ufeff
# comment
User-agent: GoogleBot
Disallow: /

user-agent: *   # everybody
Disallow: /private
Allow: /private/press
Disallow: /*?sort=
Disallow: /*.pdf$
Disallow:
Crawl-delay: 2.5
Sitemap: https://shop.test/sitemap.xml

User-Agent: OtherBot
User-Agent: sahutbot/9
Disallow: /only-sahut
Crawl-delay: nonsense
"""


@pytest.mark.parametrize(
    ("agent", "target", "allowed"),
    [
        ("Else/1", "/", True),
        ("Else/1", "/private", False),
        ("Else/1", "/private/x", False),
        ("Else/1", "/private/press/2026", True),
        ("Else/1", "/shop?sort=price", False),
        ("Else/1", "/shop?page=2", True),
        ("Else/1", "/price-list.pdf", False),
        ("Else/1", "/price-list.pdf.html", True),
        (AGENT, "/private", True),
        (AGENT, "/only-sahut/page", False),
        ("googlebot/2.1", "/anything", False),
    ],
)
def test_rules(agent: str, target: str, allowed: bool) -> None:
    assert parse_robots(ROBOTS.encode(), agent).allows(target) is allowed


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("Disallow: /caf%c3%a9", "/café", False),
        ("Disallow: /café", "/caf%C3%A9", False),
        ("Disallow: /%7Eann", "/~ann", False),
        ("Disallow: /a\nAllow: /a", "/a", True),  # RFC 9309: the same length, so the kinder one
        ("Disallow: private", "/private", False),
        ("Disallow: /.", "/", True),
        ("Disallow: /*a*b$", "/xaxxb", False),
        ("Disallow: /*a*b$", "/xaxxbx", True),
        ("Disallow: /ab*b$", "/ab", True),
        ("Disallow: *", "/x", False),
        ("Disallow: /x$", "/x/", True),
        ("Disallow: /x?", "/x?y", False),
        ("Disallow: /secret", "/open/%2e%2e/secret", False),
    ],
)
def test_patterns(rules: str, path: str, allowed: bool) -> None:
    target = web_url(f"https://shop.test{path}").target

    assert parse_robots(f"User-agent: *\n{rules}".encode(), AGENT).allows(target) is allowed


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_all_line_endings(ending: str) -> None:
    text = ending.join(["User-agent: *", "Disallow: /x", "Crawl-delay: 3"])

    found = parse_robots(text.encode(), AGENT)

    assert (found.allows("/x"), found.delay_s) == (False, 3.0)


def test_groups_of_one_robot_count_together() -> None:
    text = (
        b"User-agent: SahutBot\nDisallow: /a\nUser-agent: x\nDisallow: /c\nUser-agent: SahutBot\nDisallow: /b"
    )

    found = parse_robots(text, AGENT)

    assert [found.allows(target) for target in ("/a", "/b", "/c")] == [False, False, True]


@given(st.binary(max_size=400), st.text(max_size=50))
def test_whatever_a_site_serves_as_robots_txt_is_understood_somehow(body: bytes, path: str) -> None:
    assert parse_robots(body, AGENT).allows("/" + path) in (True, False)


def test_a_pattern_of_many_stars_takes_no_time() -> None:
    rules = parse_robots(b"User-agent: *\nDisallow: /" + b"*a" * 5_000 + b"$", AGENT)

    assert rules.allows("/" + "a" * 2_000)  # a backtracking matcher would not end


def test_what_robots_txt_forbids_is_not_asked_for(site: Site) -> None:
    site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /private")
    site.pages["/"] = moved("/private/page")

    with pytest.raises(PageRefused) as caught:
        fetch(site.url())

    assert caught.value.reason is RefusalReason.ROBOTS
    assert site.paths() == ["/robots.txt", "/"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_no_robots_txt_is_allowance(site: Site, status: int) -> None:
    site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /", status)
    site.pages["/"] = page()

    assert fetch(site.url()).status is PageStatus.FETCHED


@pytest.mark.parametrize("behaviour", [page(b"", 500), page(b"", 503), page(b"", 429), moved("/robots.txt")])
def test_a_broken_robots_txt_forbids_everything(site: Site, behaviour: Behaviour) -> None:
    site.pages["/robots.txt"] = behaviour
    site.pages["/"] = page()

    with pytest.raises(PageFailed) as caught:
        fetch(site.url())

    assert caught.value.reason is FailureReason.ROBOTS_UNREACHABLE
    assert "/" not in site.paths()


def test_a_robots_txt_elsewhere_on_the_site(site: Site) -> None:
    site.pages["/robots.txt"] = moved("/static/robots")
    site.pages["/static/robots"] = page(b"User-agent: *\nDisallow: /")

    with pytest.raises(PageRefused):
        fetch(site.url())


def test_robots_txt_is_read_once_a_refresh_and_site(site: Site) -> None:
    site.pages["/"] = page()
    fetcher = PoliteFetcher(QUICK, resolver=to_this_machine)

    for host in ("shop.test", "shop.test", "www.shop.test"):
        fetch(site.url(host=host), fetcher=fetcher)

    assert site.paths().count("/robots.txt") == 2


class Clock:
    """Time passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def paced(clock: Clock, interval_s: float = 1.0) -> PoliteFetcher:
    manners = Manners(interval_s=interval_s, exchange_s=0.3, ports=range(65536), allow_loopback=True)
    return PoliteFetcher(manners, resolver=to_this_machine, clock=clock, sleep=clock.sleep)


def test_one_request_a_second_to_a_host(site: Site) -> None:
    site.pages["/"] = moved("/b")
    site.pages["/b"] = page()
    clock = Clock()

    fetch(site.url(), within_s=60.0, fetcher=paced(clock))
    assert clock.slept == [1.0, 1.0]  # robots.txt, then the redirect, then the page

    clock.now += 0.75
    fetch(site.url("/b"), within_s=60.0, fetcher=paced(clock))
    assert clock.slept[2:] == [1.0]  # another refresh knows nothing of the first


def test_really_one_request_a_second(site: Site) -> None:
    site.pages["/"] = page()
    polite = PoliteFetcher(Manners(ports=range(65536), allow_loopback=True), resolver=to_this_machine)

    fetch(site.url(), fetcher=polite)

    first, second = (each.at for each in site.asked)
    assert 0.95 < second - first < 2.0


def test_other_hosts_need_not_wait() -> None:
    clock = Clock()
    pace = Pace(1.0, clock, clock.sleep)

    pace.wait("a.test", 200.0)
    pace.wait("b.test", 200.0)

    assert clock.slept == []


@pytest.mark.parametrize(("asked", "granted"), [("0.2", 1.0), ("4", 4.0), ("3600", 10.0)])
def test_crawl_delay_is_honoured_up_to_ten_seconds(site: Site, asked: str, granted: float) -> None:
    site.pages["/robots.txt"] = page(f"User-agent: *\nCrawl-delay: {asked}".encode())
    site.pages["/"] = page()
    clock = Clock()
    fetcher = paced(clock)

    fetch(site.url(), within_s=60.0, fetcher=fetcher)
    fetch(site.url(), within_s=60.0, fetcher=fetcher)

    assert clock.slept == [granted, granted]


def test_a_turn_that_comes_too_late(site: Site) -> None:
    site.pages["/"] = page()
    clock = Clock()
    fetcher = paced(clock, interval_s=10.0)

    with pytest.raises(NotInTime):
        fetch(site.url(), within_s=8.0, fetcher=fetcher)

    assert clock.slept == []
    assert site.paths() == ["/robots.txt"]


@pytest.mark.parametrize(
    ("headers", "patience_s"),
    [
        ({}, 30.0),
        ({"retry_after": "7"}, 7.0),
        ({"retry_after": "99999"}, 120.0),
        ({"retry_after": "soon"}, 30.0),
    ],
)
def test_a_server_that_asks_for_patience_gets_it(
    site: Site, headers: dict[str, str], patience_s: float
) -> None:
    site.pages["/robots.txt"] = page(b"")
    site.pages["/"] = page(b"", 429, **headers)
    site.pages["/b"] = page()
    clock = Clock()
    fetcher = paced(clock)
    with pytest.raises(PageFailed):
        fetch(site.url(), within_s=500.0, fetcher=fetcher)

    fetch(site.url("/b"), within_s=500.0, fetcher=fetcher)

    assert clock.slept[-1] == patience_s


@pytest.mark.parametrize("behaviour", [is_silent, page(b"", 503, retry_after="1")])
def test_a_server_that_fails_again_and_again_is_left_alone(site: Site, behaviour: Behaviour) -> None:
    site.pages["/robots.txt"] = page(b"")
    site.pages["/"] = behaviour
    clock = Clock()
    fetcher = paced(clock)

    for _ in range(MAX_FAILURES + 2):
        with pytest.raises(PageFailed):
            fetch(site.url(), within_s=500.0, fetcher=fetcher)

    assert site.paths().count("/") == MAX_FAILURES


def test_an_answer_in_between_wipes_the_slate_clean(site: Site) -> None:
    site.pages["/robots.txt"] = page(b"")
    site.pages["/bad"] = page(b"", 503, retry_after="1")
    site.pages["/good"] = page()
    fetcher = paced(Clock())

    for path in ("/bad", "/bad", "/good", "/bad", "/bad"):
        with contextlib.suppress(PageFailed):
            fetch(site.url(path), within_s=500.0, fetcher=fetcher)

    assert site.paths().count("/bad") == 4
