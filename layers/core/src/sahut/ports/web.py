"""Pages on the web. One real adapter, yet Protocols: so that stages stay free of HTTP and XML."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from sahut.domain.errors import Refused, TryAgain

MAX_PAGE_BYTES = 20 * 1024 * 1024
MAX_SITEMAP_BYTES = 50 * 1024 * 1024


class RefusalReason(StrEnum):
    """Why an address is not fetched, and won't be as long as it is as it is."""

    NOT_AN_ADDRESS = "not_an_address"
    PRIVATE_ADDRESS = "private_address"
    PORT = "port"
    ROBOTS = "robots"
    TOO_LARGE = "too_large"
    TOO_MANY_REDIRECTS = "too_many_redirects"
    NOT_A_SITEMAP = "not_a_sitemap"


class FailureReason(StrEnum):
    """Why an address could not be fetched this time."""

    UNREACHABLE = "unreachable"
    TOO_SLOW = "too_slow"
    INSECURE = "insecure"
    BROKEN = "broken"
    STATUS = "status"
    BUSY = "busy"
    ROBOTS_UNREACHABLE = "robots_unreachable"


class PageRefused(Refused):
    """This address won't be fetched.

    Args:
        reason: for programs. detail: one sentence for whoever named the address.
    """

    def __init__(self, reason: RefusalReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class PageFailed(TryAgain):
    """This address could not be fetched now; what is known of it stays. Args: as PageRefused has them."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail


class NotInTime(TryAgain):
    """The time given was too short to ask politely; the page was not judged."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What to fetch. limit_bytes: of the body, after decompression.

    known_uri, etag, last_modified: where the page was found last time and what its server called it; it
    is asked for changes only where it is found there again. '' asks for the whole page.
    """

    url: str
    limit_bytes: int = MAX_PAGE_BYTES
    known_uri: str = ""
    etag: str = ""
    last_modified: str = ""


class PageStatus(StrEnum):
    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class PageReply:
    """uri: the address after redirects. The other fields are '' unless the page was fetched.

    gone: the server said 404 or 410, which may be a mistake; nothing but this is known.
    """

    status: PageStatus
    uri: str
    body: bytes = b""
    content_type: str = ""
    etag: str = ""
    last_modified: str = ""


class Web(Protocol):
    """One for each refresh: it remembers who asked for patience and what robots.txt said."""

    def get(self, request: PageRequest, within_s: float) -> PageReply:
        """Fetches politely, in at most `within_s` seconds, the waiting for the host's turn included.

        Raises:
            PageRefused: not as it is. PageFailed: not now. NotInTime: there was not enough time to ask.
        """
        ...


@dataclass(frozen=True, slots=True)
class Listing:
    """What a sitemap lists, in its order: pages, and further sitemaps. cut: there were more."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    cut: bool = False


class SitemapReader(Protocol):
    def looks_like_one(self, body: bytes) -> bool:
        """Whether this is a sitemap by its content, compressed or not."""
        ...

    def read(self, body: bytes, limit: int) -> Listing:
        """At most `limit` addresses of each kind, as they are written there.

        Raises:
            PageRefused: it is none, or too large when decompressed.
        """
        ...
