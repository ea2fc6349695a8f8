"""Refresh the sources: fetch what is new or changed of an organisation's pages into its documents.

Works through one list: the addresses that the organisation named, each a page or a sitemap, then whatever
the sitemaps list. A refresh may take many calls; the list is kept with the build and the cursor says how
far it was read. Pages are removed only at the end, and only when the whole list was seen. Knows no HTTP.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Protocol

from sahut.domain.errors import NotFound
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.web_sources import FetchedPage, PageOutcome, document_name, web_url
from sahut.ports.knowledge import BuildFiles
from sahut.ports.web import (
    MAX_PAGE_BYTES,
    MAX_SITEMAP_BYTES,
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
# A sitemap index has depth 0, the sitemaps that it lists 1, those of an index within it 2.
MAX_SITEMAP_DEPTH = 2
LIST = "sources.json"
# After this many addresses the caller learns how far it went, whatever the deadline: a call that is
# killed then repeats only these, and repeating costs the site little (unchanged pages have no body).
_PAGE = -1
_NAMED = 0


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
    """clock: seconds since the epoch."""

    web: Web
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
    """
    raise NotImplementedError
