"""A visitor that sites can put up with: one request a second, robots.txt respected, changes asked for only.

And one that can't be sent to places where only we could go: each address, redirects included, is checked
before it is connected to. See ports/web.py; what a page says is none of its business.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from sahut.adapters.web.addresses import Resolver, public_addresses, resolve
from sahut.adapters.web.exchange import Answer, Exchange
from sahut.adapters.web.pace import MIN_INTERVAL_S, Pace
from sahut.adapters.web.robots import EVERYTHING, MAX_BYTES, Robots, parse_robots
from sahut.domain.web_sources import WebUrl, web_url
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

# Whoever runs an installation gives its own address, where sites can complain.
USER_AGENT = "SahutBot/1 (+https://sahut.example)"
PORTS = frozenset({80, 443, 8080, 8443})
MAX_REDIRECTS = 5
# All of one exchange: 20 MB at 3 Mbit/s.
EXCHANGE_S = 60.0
# Less than this is not worth a connection.
_LEAST_S = 1.0

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_GONE = frozenset({404, 410})
_ASKS_FOR_PATIENCE = frozenset({429, 503})
# The host is in trouble, not the page.
_HOST_FAILED = frozenset({FailureReason.UNREACHABLE, FailureReason.TOO_SLOW, FailureReason.INSECURE})


@dataclass(frozen=True, slots=True)
class Manners:
    """How to visit. user_agent: begins with the name that robots.txt files know, ends with a way to ask.

    interval_s: between two requests to a host, at least. exchange_s: bound of each request. ports: that
    may be connected to. allow_loopback: for tests, which have no other server.
    """

    user_agent: str = USER_AGENT
    interval_s: float = MIN_INTERVAL_S
    exchange_s: float = EXCHANGE_S
    ports: Container[int] = PORTS
    allow_loopback: bool = False


class PoliteFetcher:
    """See `ports.web.Web`. One for each refresh.

    resolver: host and port to IP addresses. tls: None for the system's authorities. clock, sleep: seconds.
    """

    def __init__(
        self,
        manners: Manners | None = None,
        *,
        resolver: Resolver = resolve,
        tls: ssl.SSLContext | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._manners = manners or Manners()
        self._resolver = resolver
        self._exchange = Exchange(tls)
        self._clock = clock
        self._pace = Pace(self._manners.interval_s, clock, sleep)
        self._robots: dict[str, Robots | PageFailed] = {}

    def get(self, request: PageRequest, within_s: float) -> PageReply:
        until = self._clock() + within_s
        url = _checked(request.url)
        for _ in range(MAX_REDIRECTS + 1):
            self._may_visit(url, until)
            answer = self._ask(url, _conditions(request, url), request.limit_bytes, until)
            if answer.status not in _REDIRECTS:
                return _reply(url, answer)
            url = _next(url, answer)
        raise PageRefused(RefusalReason.TOO_MANY_REDIRECTS, f"it redirects more than {MAX_REDIRECTS} times")

    def _may_visit(self, url: WebUrl, until: float) -> None:
        """Raises: PageRefused: robots.txt says no. PageFailed: it can't be read, so nothing is fetched."""
        site = f"{url.scheme}://{url.authority}"
        rules = self._robots.get(site)
        if rules is None:
            rules = self._robots[site] = self._read_robots(url, until)
            if isinstance(rules, Robots):
                self._pace.keep_distance(url.host, rules.delay_s)
        if isinstance(rules, PageFailed):
            raise PageFailed(rules.reason, rules.detail)
        if not rules.allows(url.target):
            raise PageRefused(RefusalReason.ROBOTS, "the site's robots.txt asks robots not to fetch it")

    def _read_robots(self, url: WebUrl, until: float) -> Robots | PageFailed:
        """RFC 9309 §2.3.1: none is allowance, a broken server is not.

        Raises:
            PageRefused: nothing of this site may be connected to.
        """
        at = first = url.join("/robots.txt")
        try:
            for _ in range(MAX_REDIRECTS + 1):
                answer = self._ask(at, {}, MAX_BYTES * 20, until)
                if answer.status not in _REDIRECTS:
                    return self._rules(answer)
                at = _next(at, answer)
        except PageFailed as error:
            return PageFailed(error.reason, error.detail)
        except PageRefused as error:
            if at is first and error.reason in (RefusalReason.PORT, RefusalReason.PRIVATE_ADDRESS):
                raise
        return PageFailed(FailureReason.ROBOTS_UNREACHABLE, "the site's robots.txt can't be read")

    def _rules(self, answer: Answer) -> Robots | PageFailed:
        if answer.status == HTTPStatus.OK:
            return parse_robots(answer.body, self._manners.user_agent)
        if 400 <= answer.status < 500 and answer.status not in _ASKS_FOR_PATIENCE:
            return EVERYTHING
        return PageFailed(FailureReason.ROBOTS_UNREACHABLE, f"robots.txt: HTTP {answer.status}")

    def _ask(self, url: WebUrl, headers: Mapping[str, str], limit_bytes: int, until: float) -> Answer:
        """One request, when the host's turn has come, to an address that was checked."""
        if url.port not in self._manners.ports:
            raise PageRefused(RefusalReason.PORT, "its port is not one that web servers use")
        addresses = public_addresses(url, self._resolver, allow_loopback=self._manners.allow_loopback)
        left_s = self._pace.wait(url.host, until - _LEAST_S) + _LEAST_S
        asked = {"User-Agent": self._manners.user_agent, "Accept": "*/*", **headers}
        try:
            answer = self._exchange.get(
                url, addresses, asked, limit_bytes, min(left_s, self._manners.exchange_s)
            )
        except PageFailed as error:
            if error.reason is FailureReason.TOO_SLOW and left_s < self._manners.exchange_s:
                raise NotInTime("it had less time than others") from None
            if error.reason in _HOST_FAILED:
                self._pace.failed(url.host, error.reason)
            raise
        if answer.status in _ASKS_FOR_PATIENCE:
            self._pace.failed(url.host, FailureReason.BUSY, _patience_s(answer))
        else:
            self._pace.succeeded(url.host)
        return answer


def _checked(text: str) -> WebUrl:
    try:
        return web_url(text)
    except ValueError as error:
        raise PageRefused(RefusalReason.NOT_AN_ADDRESS, str(error)) from None


def _next(url: WebUrl, answer: Answer) -> WebUrl:
    """Where a redirect leads."""
    try:
        return url.join(answer.headers.get("location", ""))
    except ValueError as error:
        raise PageRefused(
            RefusalReason.NOT_AN_ADDRESS, f"it redirects to what is no web address: {error}"
        ) from None


def _conditions(request: PageRequest, url: WebUrl) -> Mapping[str, str]:
    """Only for the address that the marks are from: another's could match by chance."""
    if request.known_uri != str(url):
        return {}
    asked = {"If-None-Match": request.etag, "If-Modified-Since": request.last_modified}
    return {name: value for name, value in asked.items() if value}


def _reply(url: WebUrl, answer: Answer) -> PageReply:
    """Raises: PageFailed: the status says that there is no page to be had now."""
    if answer.status == HTTPStatus.NOT_MODIFIED:
        return PageReply(PageStatus.UNCHANGED, str(url))
    if answer.status in _GONE:
        return PageReply(PageStatus.GONE, str(url))
    if answer.status in _ASKS_FOR_PATIENCE:
        raise PageFailed(FailureReason.BUSY, f"the server asks for patience (HTTP {answer.status})")
    if answer.status != HTTPStatus.OK:
        raise PageFailed(FailureReason.STATUS, f"the server answered HTTP {answer.status}")
    return PageReply(
        PageStatus.FETCHED,
        str(url),
        answer.body,
        _mark(answer, "content-type") or "application/octet-stream",
        _mark(answer, "etag"),
        _mark(answer, "last-modified"),
    )


def _mark(answer: Answer, name: str) -> str:
    """A header as it can be stored and sent back: short, printable, ASCII; else ''."""
    value = answer.headers.get(name, "")
    return value if len(value) <= 200 and value.isascii() and value.isprintable() else ""


def _patience_s(answer: Answer) -> float:
    """Seconds of Retry-After, 0 when it doesn't say."""
    value = answer.headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return float(value[:6])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0
