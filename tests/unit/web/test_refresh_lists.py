"""What a refresh makes of sitemaps, and when it removes documents."""

import pytest

from sahut.ports.web import PageReply, PageStatus
from sahut.stages import refresh_sources as stage
from tests.unit.web.world import FAILED, FORBIDDEN, GONE, MAP, A, B, C, World, call, refresh, sitemap


def test_pages_that_are_gone_or_no_longer_listed_are_removed(world: World) -> None:
    world.served = {MAP: sitemap(A, B, C), A: b"a", B: b"b", C: b"c"}
    refresh(world, MAP)
    world.served = {MAP: sitemap(A, C), A: b"a"}

    done = refresh(world, MAP)

    assert (done.removed, done.whole) == (2, True)
    assert list(world.stored) == ["web/shop.test/a"]
    assert world.outcomes() == {MAP: "fetched", A: "unchanged", C: "gone"}
    assert refresh(world, MAP).removed == 0


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


def test_a_named_page_that_fails_hides_no_others(world: World) -> None:
    world.served = {A: b"a", B: b"b"}
    refresh(world, A, B)
    world.served = {A: FAILED}

    done = refresh(world, A)

    assert (done.removed, done.whole) == (1, True)
    assert world.remembered[A].reason == "status"
    assert list(world.stored) == ["web/shop.test/a"]


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


def test_a_page_that_becomes_a_sitemap_is_no_document_any_more(world: World) -> None:
    world.served = {MAP: b"<p>coming soon"}
    refresh(world, MAP)
    assert list(world.stored) == ["web/shop.test/sitemap.xml"]
    world.served = {MAP: sitemap(A, B), A: b"a"}

    refresh(world, MAP)

    assert list(world.stored) == ["web/shop.test/a"]
