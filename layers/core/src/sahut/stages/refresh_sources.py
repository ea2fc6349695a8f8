"""Refresh the sources: fetch what is new or changed of an organisation's pages into its documents.

Works through one list: the addresses that the organisation named, each a page or a sitemap, then whatever
the sitemaps list. A refresh may take many calls; the list is kept with the build and the cursor says how
far it was read. Pages are removed only at the end, and only when the whole list was seen. Knows no HTTP.
"""

import json
from collections import Counter
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Protocol

from sahut.domain.errors import NotFound
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.web_sources import FetchedPage, PageOutcome, document_name, web_url
from sahut.ports.knowledge import BuildFiles
from sahut.ports.web import (
    MAX_PAGE_BYTES,
    MAX_SITEMAP_BYTES,
    FailureReason,
    NotInTime,
    PageFailed,
    PageRefused,
    PageReply,
    PageRequest,
    PageStatus,
    RefusalReason,
    SitemapReader,
    Web,
)

MAX_PAGES = 5_000
MAX_SITEMAPS = 200
# A named sitemap has depth 0, the sitemaps that it lists 1, those that they list 2.
MAX_SITEMAP_DEPTH = 2
LIST = "sources.json"

_NAMED = 0
_PAGE = -1  # of a sitemap: no sitemap itself, whatever it looks like
# A visit that begins later would rather be cut off than end.
_LEAST_S = 5.0


class Pages(Protocol):
    """What is remembered of each address of a knowledge base."""

    def pages(self, ref: KnowledgeRef) -> Sequence[FetchedPage]: ...

    def put_page(self, ref: KnowledgeRef, page: FetchedPage) -> None: ...

    def forget_page(self, ref: KnowledgeRef, url: str) -> None: ...


class WebOriginals(Protocol):
    """Where fetched pages become originals like any other."""

    def store(
        self, ref: KnowledgeRef, name: str, body: bytes, content_type: str, source_uri: str
    ) -> None: ...

    def remove(self, ref: KnowledgeRef, name: str) -> None:
        """A name that isn't there is no error."""
        ...


@dataclass(frozen=True, slots=True)
class RefreshJob:
    """One call of a refresh. build_id: the refresh that the calls belong to.

    urls: as the organisation named them. cursor: what the last call returned, '' at first. deadline: by
    the needs' clock, when the call has to be over.
    """

    ref: KnowledgeRef
    build_id: str
    urls: tuple[str, ...]
    deadline: float
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Refreshing:
    """new_web: a fresh visitor for each call. clock: seconds since the epoch."""

    new_web: Callable[[], Web]
    sitemaps: SitemapReader
    pages: Pages
    originals: WebOriginals
    files: BuildFiles
    clock: Callable[[], float]


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What one call did. left: addresses that were not reached; call again with the cursor when there are.

    outcomes: how many addresses of this call ended so. removed: documents; only a last call removes any.
    whole: nothing kept the refresh from seeing all that is listed (as far as it got).
    """

    left: int
    cursor: str
    outcomes: Mapping[PageOutcome, int]
    removed: int = 0
    whole: bool = True


def refresh_sources(job: RefreshJob, needs: Refreshing) -> Refreshed:
    """Looks at as many addresses as the deadline allows, and remembers what became of each.

    Raises:
        TryAgain: something of ours can't be reached; the same job may be repeated.
        ValueError: the cursor is none of ours.
    """
    todo = _load(job, needs.files)
    call = _Call(job, needs, todo, {page.url: page for page in needs.pages.pages(job.ref)})
    while todo.at < len(todo.entries) and job.deadline - needs.clock() > _LEAST_S:
        if not call.look_at(*todo.entries[todo.at]):
            break
        todo.at += 1
    left = len(todo.entries) - todo.at
    if left:
        return Refreshed(left, str(todo.at), call.outcomes, 0, todo.whole)
    removed = _remove_what_is_gone(job.ref, needs, todo) if todo.whole else 0
    return Refreshed(0, "", call.outcomes, removed, todo.whole)


class _List:
    """All addresses of a refresh, in order; it grows as sitemaps are read. at: how far it was read.

    entries: (url, depth as a sitemap or `_PAGE`). whole: no sitemap was missed or cut.
    """

    def __init__(self, entries: Sequence[tuple[str, int]], whole: bool = True, at: int = 0) -> None:
        self.entries: list[tuple[str, int]] = []
        self.known: set[str] = set()
        self.whole = whole
        self.at = at
        self._room = {True: MAX_PAGES, False: MAX_SITEMAPS}
        for url, depth in entries:
            self.add(url, depth)

    def add(self, url: str, depth: int) -> None:
        if url in self.known:
            return
        if not self._room[depth == _PAGE]:
            self.whole = False
            return
        if depth != _NAMED:
            self._room[depth == _PAGE] -= 1
        self.known.add(url)
        self.entries.append((url, depth))


def _load(job: RefreshJob, files: BuildFiles) -> _List:
    named = _List([(_one_spelling(url), _NAMED) for url in job.urls])
    if not job.cursor:
        return named
    at = int(job.cursor)
    try:
        kept = json.loads(files.get(job.ref, job.build_id, LIST))
    except NotFound:  # no sitemap was read so far
        kept = {"entries": named.entries, "whole": True}
    return _List([(url, depth) for url, depth in kept["entries"]], kept["whole"], at)


def _one_spelling(url: str) -> str:
    try:
        return str(web_url(url))
    except ValueError:
        return url  # the visitor will say what is wrong with it


def _remove_what_is_gone(ref: KnowledgeRef, needs: Refreshing, todo: _List) -> int:
    """Documents of pages that are gone from their site, or from the list."""
    removed = 0
    for page in needs.pages.pages(ref):
        listed = page.url in todo.known
        if listed and page.outcome is not PageOutcome.GONE:
            continue
        if page.name:
            needs.originals.remove(ref, page.name)
            removed += 1
        if listed:
            needs.pages.put_page(ref, replace(page, name="", etag="", last_modified=""))
        else:
            needs.pages.forget_page(ref, page.url)
    return removed


class _Call:
    """One call: looks at one address after the other."""

    def __init__(
        self, job: RefreshJob, needs: Refreshing, todo: _List, known: Mapping[str, FetchedPage]
    ) -> None:
        self._job = job
        self._needs = needs
        self._todo = todo
        self._known = known
        self._web = needs.new_web()
        self.outcomes: Counter[PageOutcome] = Counter()

    def look_at(self, url: str, depth: int) -> bool:
        """Whether there was time for it."""
        known = self._known.get(url) or FetchedPage(url)
        try:
            page = self._outcome(known, depth)
        except NotInTime:
            if self.outcomes:
                return False
            # A whole call was not enough: the next one would stop here, too.
            page = _without(known, PageOutcome.FAILED, FailureReason.TOO_SLOW, "it takes too long to answer")
        if _may_hide_pages(page, depth) and self._todo.whole:
            self._todo.whole = False
            self._keep_list()
        self.outcomes[page.outcome] += 1
        self._needs.pages.put_page(self._job.ref, replace(page, looked_at=self._needs.clock()))
        return True

    def _outcome(self, known: FetchedPage, depth: int) -> FetchedPage:
        try:
            reply = self._visit(known, depth)
            if reply.status is PageStatus.UNCHANGED:
                return _without(known, PageOutcome.UNCHANGED)
            if reply.status is PageStatus.GONE:
                return _without(known, PageOutcome.GONE)
            if depth > _NAMED or (depth == _NAMED and self._needs.sitemaps.looks_like_one(reply.body)):
                return self._take_list(known, reply, depth)
            return self._take_page(known, reply)
        except PageRefused as error:
            return _without(known, PageOutcome.REFUSED, error.reason, error.detail)
        except PageFailed as error:
            return _without(known, PageOutcome.FAILED, error.reason, error.detail)

    def _visit(self, known: FetchedPage, depth: int) -> PageReply:
        limit = MAX_PAGE_BYTES if depth == _PAGE or known.name else MAX_SITEMAP_BYTES
        request = PageRequest(known.url, limit)
        if known.name:  # a sitemap is needed whole each time
            request = replace(
                request, known_uri=known.source_uri, etag=known.etag, last_modified=known.last_modified
            )
        return self._web.get(request, self._job.deadline - self._needs.clock())

    def _take_page(self, known: FetchedPage, reply: PageReply) -> FetchedPage:
        if len(reply.body) > MAX_PAGE_BYTES:
            raise PageRefused(RefusalReason.TOO_LARGE, f"it is larger than {MAX_PAGE_BYTES // 2**20} MB")
        digest = sha256(reply.body).hexdigest()
        name = document_name(web_url(known.url))
        same = known.name == name and known.sha256 == digest and known.source_uri == reply.uri
        if not same:
            self._needs.originals.store(self._job.ref, name, reply.body, reply.content_type, reply.uri)
        return FetchedPage(
            known.url,
            name,
            source_uri=reply.uri,
            etag=reply.etag,
            last_modified=reply.last_modified,
            sha256=digest,
            outcome=PageOutcome.UNCHANGED if same else PageOutcome.FETCHED,
        )

    def _take_list(self, known: FetchedPage, reply: PageReply, depth: int) -> FetchedPage:
        """Puts what a sitemap lists on our list. Only pages and sitemaps of its own host count."""
        listing = self._needs.sitemaps.read(reply.body, MAX_PAGES)
        hosts = {web_url(url).host for url in (known.url, reply.uri)}
        pages, sitemaps = _of_hosts(listing.pages, hosts), _of_hosts(listing.sitemaps, hosts)
        if not pages and not sitemaps:  # more likely a fault of the site than its end
            raise PageRefused(RefusalReason.NOT_A_SITEMAP, "it lists no pages of its own host")
        if known.name:
            self._needs.originals.remove(self._job.ref, known.name)
        deeper = depth < MAX_SITEMAP_DEPTH
        self._todo.whole &= not listing.cut and (deeper or not sitemaps)
        for url in sitemaps if deeper else ():
            self._todo.add(url, depth + 1)
        for url in pages:
            self._todo.add(url, _PAGE)
        self._keep_list()
        others = len(listing.pages) + len(listing.sitemaps) - len(pages) - len(sitemaps)
        detail = f"a sitemap: {len(pages)} pages, {len(sitemaps)} sitemaps"
        detail += f", {others} addresses left out" if others else ""
        return FetchedPage(known.url, source_uri=reply.uri, detail=detail)

    def _keep_list(self) -> None:
        body = json.dumps({"entries": self._todo.entries, "whole": self._todo.whole})
        self._needs.files.put(self._job.ref, self._job.build_id, LIST, body.encode())


def _of_hosts(urls: Sequence[str], hosts: Container[str]) -> list[str]:
    found: dict[str, None] = {}
    for text in urls:
        try:
            url = web_url(text)
        except ValueError:
            continue
        if url.host in hosts:
            found[str(url)] = None
    return list(found)


def _may_hide_pages(page: FetchedPage, depth: int) -> bool:
    """Whether a sitemap, or what may be one, could not be read: pages that it lists would look unlisted."""
    missed = page.outcome in (PageOutcome.FAILED, PageOutcome.REFUSED, PageOutcome.GONE)
    return missed and depth != _PAGE and not page.sha256


def _without(known: FetchedPage, outcome: PageOutcome, reason: str = "", detail: str = "") -> FetchedPage:
    """What is known of a page, after a visit that brought nothing new."""
    return replace(known, outcome=outcome, reason=reason, detail=detail)
