"""A refresh from its first address to its last, over as many calls as it takes."""

import pytest

from sahut.adapters.web import PoliteFetcher
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.web_sources import FetchedPage, PageOutcome
from sahut.ports.web import NotInTime, PageReply, PageStatus
from sahut.stages.refresh_sources import Refreshed, Refreshing, RefreshJob, refresh_sources
from tests.unit.web.site import QUICK, Site, moved, page, to_this_machine
from tests.unit.web.world import (
    FAILED,
    FORBIDDEN,
    GONE,
    MAP,
    REF,
    A,
    B,
    C,
    World,
    call,
    needs_of,
    refresh,
    sitemap,
)


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


def test_a_page_that_comes_back_is_stored_again(world: World) -> None:
    for served in ({A: b"a"}, {}, {}, {A: b"a"}):
        world.served = dict(served)
        assert refresh(world, A).whole

    assert world.stores == ["web/shop.test/a"] * 2
    assert list(world.stored) == ["web/shop.test/a"]


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


def test_a_page_that_moved_is_cited_from_where_it_is_now(world: World) -> None:
    for uri in (A, B):
        world.served = {A: PageReply(PageStatus.FETCHED, uri, b"<p>same", "text/html")}
        refresh(world, A)

    assert world.stored == {"web/shop.test/a": (b"<p>same", "text/html", B)}


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
