"""A refresh in memory: what sites serve, what is stored, what is remembered; no storage and no network."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sahut.adapters.web import XmlSitemaps
from sahut.domain.errors import NotFound
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.tenant import TenantId
from sahut.domain.web_sources import FetchedPage
from sahut.ports.web import (
    FailureReason,
    PageFailed,
    PageRefused,
    PageReply,
    PageRequest,
    PageStatus,
    RefusalReason,
)
from sahut.stages.refresh_sources import Refreshed, Refreshing, RefreshJob, refresh_sources

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
    for _ in range(50):
        if not done.left:
            return done
        done = call(world, *urls, cursor=done.cursor, seconds=seconds, build=build)
    raise AssertionError("the refresh makes no progress")
