"""A refresh from its first address to its last, over as many calls as it takes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from sahut.adapters.web import PoliteFetcher, XmlSitemaps
from sahut.domain.errors import NotFound
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.tenant import TenantId
from sahut.domain.web_sources import FetchedPage, PageOutcome
from sahut.ports.web import (
    FailureReason,
    NotInTime,
    PageFailed,
    PageRefused,
    PageReply,
    PageRequest,
    PageStatus,
    RefusalReason,
)
from sahut.stages import refresh_sources as stage
from sahut.stages.refresh_sources import Refreshed, Refreshing, RefreshJob, refresh_sources
from tests.unit.web.site import QUICK, Site, moved, page, to_this_machine

REF = KnowledgeRef(TenantId("toko-melati"))
MAP = "https://shop.test/sitemap.xml"
A, B, C = (f"https://shop.test/{name}" for name in "abc")
FAILED = PageFailed(FailureReason.STATUS, "the server answered HTTP 500")
FORBIDDEN = PageRefused(RefusalReason.ROBOTS, "the site's robots.txt asks robots not to fetch it")
GONE = PageReply(PageStatus.GONE, "")


def sitemap(*urls: str, of: str = "url") -> bytes:
    root = {"url": "urlset", "sitemap": "sitemapindex"}[of]
    return f"<{root}>{''.join(f'<{of}><loc>{url}</loc></{of}>' for url in urls)}</{root}>".encode()


@dataclass
class World:
    """Everything that a refresh touches, in memory. served: url to body, reply or error; 404 otherwise."""

    served: dict[str, bytes | PageReply | Exception] = field(default_factory=dict)
    asked: list[PageRequest] = field(default_factory=list)
    stored: dict[str, tuple[bytes, str, str]] = field(default_factory=dict)
    stores: list[str] = field(default_factory=list)
    remembered: dict[str, FetchedPage] = field(default_factory=dict)
    kept: dict[str, bytes] = field(default_factory=dict)
    now: float = 1_000.0
    seconds_a_page: float = 1.0

    def get(self, request: PageRequest, within_s: float) -> PageReply:
        assert within_s > 0
        self.asked.append(request)
        self.now += self.seconds_a_page
        found = self.served.get(request.url, GONE)
        if isinstance(found, Exception):
            raise found
        if isinstance(found, PageReply):
            return found
        if request.etag == str(len(found)):
            return PageReply(PageStatus.UNCHANGED, request.url)
        return PageReply(PageStatus.FETCHED, request.url, found, "text/html", etag=str(len(found)))

    def pages(self, ref: KnowledgeRef) -> Sequence[FetchedPage]:
        return list(self.remembered.values())

    def put_page(self, ref: KnowledgeRef, page: FetchedPage) -> None:
        self.remembered[page.url] = page

    def forget_page(self, ref: KnowledgeRef, url: str) -> None:
        del self.remembered[url]

    def store(self, ref: KnowledgeRef, name: str, body: bytes, content_type: str, source_uri: str) -> None:
        self.stored[name] = (body, content_type, source_uri)
        self.stores.append(name)

    def remove(self, ref: KnowledgeRef, name: str) -> None:
        self.stored.pop(name, None)

    def outcomes(self) -> dict[str, str]:
        return {url: page.outcome.value for url, page in self.remembered.items()}


class Files:
    def __init__(self, kept: dict[str, bytes]) -> None:
        self._kept = kept

    def put(self, ref: KnowledgeRef, build_id: str, name: str, body: bytes) -> None:
        self._kept[build_id + name] = body

    def get(self, ref: KnowledgeRef, build_id: str, name: str) -> bytes:
        try:
            return self._kept[build_id + name]
        except KeyError:
            raise NotFound(name) from None

    def size(self, ref: KnowledgeRef, build_id: str, name: str) -> int | None:
        return len(self._kept[build_id + name]) if build_id + name in self._kept else None


@pytest.fixture
def world() -> World:
    return World()


def needs_of(world: World) -> Refreshing:
    return Refreshing(
        new_web=lambda: world,
        sitemaps=XmlSitemaps(),
        pages=world,
        originals=world,
        files=Files(world.kept),
        clock=lambda: world.now,
    )


def call(
    world: World, *urls: str, cursor: str = "", seconds: float = 9_999.0, build: str = "b1"
) -> Refreshed:
    job = RefreshJob(REF, build, urls, world.now + seconds, cursor)
    return refresh_sources(job, needs_of(world))


def refresh(world: World, *urls: str, seconds: float = 9_999.0, build: str = "b1") -> Refreshed:
    """Call by call until nothing is left."""
    done = call(world, *urls, seconds=seconds, build=build)
    while done.left:
        done = call(world, *urls, cursor=done.cursor, seconds=seconds, build=build)
    return done


def test_named_pages_and_listed_pages_become_documents(world: World) -> None:
    world.served = {MAP: sitemap(A, B), A: b"<p>A", B: b"<p>B", C: b"<p>C"}

    done = refresh(world, C, MAP)

    assert done == Refreshed(0, "", {PageOutcome.FETCHED: 4})
    assert world.stored == {
        f"web/shop.test/{x}": (f"<p>{x.upper()}".encode(), "text/html", f"https://shop.test/{x}")
        for x in "abc"
    }
    assert world.remembered[MAP].detail == "a sitemap: 2 pages, 0 sitemaps"
    assert [world.remembered[url].name for url in (MAP, A)] == ["", "web/shop.test/a"]
    assert world.remembered[A].looked_at > 1_000.0


def test_what_did_not_change_is_asked_for_and_not_stored_again(world: World) -> None:
    world.served = {MAP: sitemap(A, B), A: b"<p>A", B: b"<p>B"}
    refresh(world, MAP)
    world.served[B] = b"<p>longer"

    done = refresh(world, MAP)

    assert done.outcomes == {PageOutcome.FETCHED: 2, PageOutcome.UNCHANGED: 1}
    assert world.stores == ["web/shop.test/a", "web/shop.test/b", "web/shop.test/b"]
    asked = {request.url: request for request in world.asked[3:]}
    assert (asked[A].etag, asked[A].known_uri) == ("4", A)
    assert (asked[MAP].etag, asked[MAP].known_uri) == ("", "")  # its pages are needed each time


def test_a_server_without_marks_does_not_make_new_versions(world: World) -> None:
    world.served = {A: PageReply(PageStatus.FETCHED, A, b"<p>A", "text/html")}
    refresh(world, A)

    done = refresh(world, A)

    assert (done.outcomes, world.stores) == ({PageOutcome.UNCHANGED: 1}, ["web/shop.test/a"])


def test_pages_that_are_gone_or_no_longer_listed_are_removed(world: World) -> None:
    world.served = {MAP: sitemap(A, B, C), A: b"a", B: b"b", C: b"c"}
    refresh(world, MAP)
    world.served = {MAP: sitemap(A, C), A: b"a"}

    done = refresh(world, MAP)

    assert (done.removed, done.whole) == (2, True)
    assert list(world.stored) == ["web/shop.test/a"]
    assert world.outcomes() == {MAP: "fetched", A: "unchanged", C: "gone"}
    assert refresh(world, MAP).removed == 0


def test_a_page_that_comes_back_is_stored_again(world: World) -> None:
    for served in ({A: b"a"}, {}, {A: b"a"}):
        world.served = dict(served)
        assert refresh(world, A).whole

    assert world.stores == ["web/shop.test/a"] * 2
    assert list(world.stored) == ["web/shop.test/a"]


@pytest.mark.parametrize("trouble", [FAILED, FORBIDDEN, GONE, b"<urlset>", sitemap(), b"no sitemap any more"])
def test_a_sitemap_that_can_not_be_read_deletes_nothing(world: World, trouble: bytes | PageReply) -> None:
    index = "https://shop.test/index.xml"
    world.served = {index: sitemap(MAP, of="sitemap"), MAP: sitemap(A, B), A: b"a", B: b"b"}
    refresh(world, index)
    world.served |= {MAP: trouble, B: GONE}

    done = refresh(world, index)

    assert (done.removed, done.whole) == (0, False)
    assert set(world.stored) == {"web/shop.test/a", "web/shop.test/b"}
    assert set(world.remembered) == {index, MAP, A, B}


@pytest.mark.parametrize("trouble", [FAILED, FORBIDDEN, GONE, sitemap()])
def test_nor_does_a_named_one_that_was_never_read_before(
    world: World, trouble: PageReply | Exception
) -> None:
    world.served = {MAP: sitemap(A), A: b"a"}
    refresh(world, MAP)
    other = "https://shop.test/other.xml"
    world.served[other] = trouble

    assert not refresh(world, other).whole
    assert set(world.stored) == {"web/shop.test/a"}


def test_a_named_page_that_fails_hides_no_others(world: World) -> None:
    world.served = {A: b"a", B: b"b"}
    refresh(world, A, B)
    world.served = {A: FAILED}

    done = refresh(world, A)

    assert (done.removed, done.whole) == (1, True)
    assert world.remembered[A].reason == "status"
    assert list(world.stored) == ["web/shop.test/a"]


def test_every_outcome_is_recorded_with_its_reason(world: World) -> None:
    world.served = {A: FAILED, B: FORBIDDEN}

    refresh(world, A, B, C)

    records = {url: (page.outcome, page.reason, page.detail) for url, page in world.remembered.items()}
    assert records == {
        A: (PageOutcome.FAILED, "status", "the server answered HTTP 500"),
        B: (PageOutcome.REFUSED, "robots", "the site's robots.txt asks robots not to fetch it"),
        C: (PageOutcome.GONE, "", ""),
    }


def test_an_old_reason_is_forgotten(world: World) -> None:
    for served in (FAILED, b"a"):
        world.served = {A: served}
        refresh(world, A)

    assert (world.remembered[A].outcome, world.remembered[A].reason) == (PageOutcome.FETCHED, "")


def test_a_refresh_over_many_calls(world: World) -> None:
    urls = [f"https://shop.test/{number}" for number in range(10)]
    world.served = {MAP: sitemap(*urls), **dict.fromkeys(urls, b"x")}

    first = call(world, MAP, seconds=9.0)
    assert (first.left, first.cursor, first.removed) == (7, "4", 0)
    done = refresh(world, MAP, seconds=9.0, build="b2")

    assert (done.left, done.whole) == (0, True)
    assert len(world.stored) == 10
    assert [request.url for request in world.asked].count(MAP) == 2  # once a refresh


def test_pages_are_not_removed_before_the_last_call(world: World) -> None:
    world.served = {MAP: sitemap(A, B, C), A: b"a", B: b"b", C: b"c"}
    refresh(world, MAP)
    world.served[MAP] = sitemap(A, C)

    first = call(world, MAP, seconds=7.0, build="b2")
    assert (first.left, set(world.stored)) == (1, {f"web/shop.test/{x}" for x in "abc"})
    last = call(world, MAP, cursor=first.cursor, build="b2")

    assert (last.removed, set(world.stored)) == (1, {"web/shop.test/a", "web/shop.test/c"})


@pytest.mark.parametrize("broken_first", [True, False])
def test_trouble_in_the_first_call_is_remembered_in_the_last(world: World, broken_first: bool) -> None:
    world.served = {MAP: sitemap(A, B), A: b"a", B: b"b"}
    refresh(world, MAP)
    broken = "https://shop.test/broken.xml"
    world.served |= {MAP: sitemap(A), broken: FAILED}

    named = (broken, MAP) if broken_first else (MAP, broken)

    first = call(world, *named, seconds=7.0, build="b2")
    last = call(world, *named, cursor=first.cursor, build="b2")

    assert (first.left, last.whole, last.removed) == (1, False, 0)
    assert "web/shop.test/b" in world.stored


def test_a_call_that_is_repeated_does_no_harm(world: World) -> None:
    world.served = {MAP: sitemap(A, B, C), A: b"a", B: b"b", C: b"c"}
    first = call(world, MAP, seconds=7.0)
    call(world, MAP, cursor=first.cursor)  # its answer was lost
    call(world, MAP, cursor=first.cursor)

    assert sorted(world.stores) == ["web/shop.test/a", "web/shop.test/b", "web/shop.test/c"]
    assert set(world.stored) == set(world.stores)


def test_a_worker_that_dies_between_store_and_memory_stores_again(world: World) -> None:
    world.served = {A: b"a"}
    put_page = world.put_page
    world.put_page = dies  # type: ignore[method-assign]
    with pytest.raises(ConnectionError):
        refresh(world, A)
    world.put_page = put_page  # type: ignore[method-assign]

    assert refresh(world, A).outcomes == {PageOutcome.FETCHED: 1}
    assert world.stores == ["web/shop.test/a"] * 2


def dies(ref: KnowledgeRef, page: FetchedPage) -> None:
    raise ConnectionError


def test_no_time_for_another_page_ends_the_call(world: World) -> None:
    world.served = {A: b"a", B: NotInTime("too late")}

    done = call(world, A, B)

    assert (done.left, done.cursor, B in world.remembered) == (1, "1", False)


def test_an_address_for_which_no_call_is_long_enough_does_not_stop_the_refresh(world: World) -> None:
    world.served = {A: NotInTime("too late"), B: b"b"}

    done = refresh(world, A, B)

    assert done.left == 0
    assert (world.remembered[A].outcome, world.remembered[A].reason) == (PageOutcome.FAILED, "too_slow")


def test_a_call_without_time_asks_nobody(world: World) -> None:
    done = call(world, A, seconds=2.0)

    assert (done.left, done.cursor, world.asked) == (1, "0", [])


def test_only_addresses_of_the_sitemaps_own_host_count(world: World) -> None:
    world.served = {
        MAP: PageReply(
            PageStatus.FETCHED,
            "https://www.shop.test/sitemap.xml",  # after a redirect
            sitemap(
                A,
                "https://www.shop.test/b",
                "https://evil.test/",
                "ftp://shop.test/",
                "https://shop.test.evil.test/",
            ),
        ),
    }

    refresh(world, MAP)

    assert [request.url for request in world.asked] == [MAP, A, "https://www.shop.test/b"]
    assert world.remembered[MAP].detail == "a sitemap: 2 pages, 0 sitemaps, 3 addresses left out"


def test_sitemaps_two_levels_deep_and_no_deeper(world: World) -> None:
    levels = [f"https://shop.test/{number}.xml" for number in range(4)]
    world.served = {levels[n]: sitemap(levels[n + 1], of="sitemap") for n in range(3)}
    world.served |= {levels[3]: sitemap(A), A: b"a"}

    done = refresh(world, levels[0])

    assert [request.url for request in world.asked] == levels[:3]
    assert not done.whole

    world.asked.clear()
    assert refresh(world, levels[1]).whole
    assert [request.url for request in world.asked] == [*levels[1:], A]


def test_sitemaps_that_list_each_other_end(world: World) -> None:
    other = "https://shop.test/other.xml"
    world.served = {MAP: sitemap(other, of="sitemap"), other: sitemap(MAP, of="sitemap")}

    refresh(world, MAP)

    assert [request.url for request in world.asked] == [MAP, other]


def test_more_pages_than_allowed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage, "MAX_PAGES", 2)
    world.served = {MAP: sitemap(A, B, C), A: b"a", B: b"b", C: b"c"}

    done = refresh(world, MAP)

    assert (len(world.stored), done.whole) == (2, False)


def test_the_same_address_in_two_spellings_is_fetched_once(world: World) -> None:
    world.served = {A: b"a"}

    refresh(world, A, "HTTPS://shop.test:443/x/../a#top")

    assert [request.url for request in world.asked] == [A]


def test_what_is_no_address_is_refused_in_words(site: Site, world: World) -> None:
    needs = needs_of(world)
    needs = Refreshing(PoliteFetcher, needs.sitemaps, world, world, needs.files, needs.clock)

    done = refresh_sources(RefreshJob(REF, "b1", ("shop.test", "file:///etc/passwd"), 9_999.0), needs)

    assert done.outcomes == {PageOutcome.REFUSED: 2}
    assert world.remembered["shop.test"].detail == "an address begins with https:// or http://"


def test_a_cursor_that_is_none(world: World) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        call(world, A, cursor="nonsense")


def test_a_page_that_becomes_a_sitemap_is_no_document_any_more(world: World) -> None:
    world.served = {MAP: b"<p>coming soon"}
    refresh(world, MAP)
    assert list(world.stored) == ["web/shop.test/sitemap.xml"]
    world.served = {MAP: sitemap(A, B), A: b"a"}

    refresh(world, MAP)

    assert list(world.stored) == ["web/shop.test/a"]


def test_with_a_real_server_and_the_real_visitor(site: Site, world: World) -> None:
    site.pages["/robots.txt"] = page(b"User-agent: *\nDisallow: /private")
    site.pages["/sitemap.xml"] = page(
        sitemap(*(site.url(path) for path in ("/a", "/private", "/old", "/no")))
    )
    site.pages["/a"] = page(b"<p>A", content_type="text/html", etag='"1"')
    site.pages["/old"] = moved("/a")
    needs = needs_of(world)
    needs = Refreshing(
        lambda: PoliteFetcher(QUICK, resolver=to_this_machine),
        needs.sitemaps,
        world,
        world,
        needs.files,
        needs.clock,
    )

    done = refresh_sources(RefreshJob(REF, "b1", (site.url("/sitemap.xml"),), 9_999.0), needs)

    assert done.outcomes == {PageOutcome.FETCHED: 3, PageOutcome.REFUSED: 1, PageOutcome.GONE: 1}
    assert {stored[2] for stored in world.stored.values()} == {site.url("/a")}
    assert "/private" not in site.paths()
