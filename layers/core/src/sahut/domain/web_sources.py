"""An organisation's pages on the web: which addresses are any, what a page is called, what is remembered.

Rules only. It resolves no names and opens no connection, so it can't tell a private address behind a
public name; adapters/web does.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

from sahut.domain.knowledge import MAX_DOCUMENT_NAME_BYTES

MAX_URL_CHARACTERS = 2_000
DEFAULT_PORTS = {"http": 80, "https": 443}
# The folder of the originals that fetched pages lie in.
FOLDER = "web"

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# WHATWG URL, "ends in a number": such a host is an IPv4 address to browsers and to C's inet_aton, in
# decimal, octal or hexadecimal, with one to four parts.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Sub-delimiters and what else RFC 3986 allows in paths and queries; `%` because escapes are kept.
_SAFE = "/:@!$&'()*+,;=%-._~"
_NOT_READABLE = re.compile(r"[^\w.-]+")
_HASH_DIGITS = 10


@dataclass(frozen=True, slots=True)
class WebUrl:
    """A web address in one spelling. host: ASCII, lower case, without a dot at the end.

    target: path and query as they go over the wire. is_address: the host is an IP address.
    """

    scheme: str
    host: str
    port: int
    target: str
    is_address: bool = False

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def authority(self) -> str:
        """Host, and the port unless it is the scheme's own; as the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def join(self, reference: str) -> "WebUrl":
        """What a reference on this page points to. Raises: ValueError, as `web_url` does."""
        return web_url(urljoin(str(self), reference.strip()))


class PageOutcome(StrEnum):
    """What became of an address in the refresh that looked at it last."""

    FETCHED = "fetched"
    UNCHANGED = "unchanged"
    GONE = "gone"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FetchedPage:
    """What is remembered of an address between refreshes, and shown to people.

    url: as it was named or listed, in one spelling; its identity. name: of the document that it became,
    '' when there is none (a sitemap, never fetched, gone). source_uri: where it was found in the end, after
    redirects; etag and last_modified are that address's. sha256: hex, of what was stored last, '' if it
    never was a page. reason: for programs, '' unless refused or failed; detail: one sentence for people.
    looked_at: seconds since the epoch.
    """

    url: str
    name: str = ""
    source_uri: str = ""
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""
    outcome: PageOutcome = PageOutcome.FETCHED
    reason: str = ""
    detail: str = ""
    looked_at: float = 0.0


def web_url(text: str) -> WebUrl:
    """The address, if it is one that may be fetched: http or https, without user name, an ordinary host.

    Ports and where the host leads are the fetcher's to judge.

    Raises:
        ValueError: it is none; the text says why and quotes nothing of it.
    """
    parts = _split(text)
    host, is_address = _host(parts)
    try:
        port = parts.port
    except ValueError:
        raise ValueError("the port is no number from 1 to 65535") from None
    if port == 0:
        raise ValueError("the port is no number from 1 to 65535")
    target = _path(parts.path) + (f"?{escaped(parts.query, '?')}" if parts.query else "")
    return WebUrl(parts.scheme, host, port or DEFAULT_PORTS[parts.scheme], target, is_address)


def document_name(url: WebUrl) -> str:
    """`web/<host>/<path>`: readable, the same every time, another for every address, at most 800 bytes.

    What a name can't carry one to one (a query, other ports, http, unusual characters, great length)
    is told apart by ten digits of a hash after `~`, which plain names don't have.
    """
    path, _, query = url.target.partition("?")
    readable = _readable(path)
    ordinary = url.scheme == "https" and url.authority == url.host and not query
    alike = readable == (f"{path}index.html" if path.endswith("/") else path)
    name = f"{FOLDER}/{url.host.replace(':', '_')}{readable}"
    is_index = path.endswith("/index.html")  # the name of the folder's own page
    if ordinary and alike and not is_index and len(name.encode()) <= MAX_DOCUMENT_NAME_BYTES:
        return name
    digits = sha256(str(url).encode()).hexdigest()[:_HASH_DIGITS]
    ending = re.search(r"\.\w{1,5}$", name)
    stem, ending_text = (name[: ending.start()], ending.group()) if ending else (name, "")
    room = MAX_DOCUMENT_NAME_BYTES - _HASH_DIGITS - 1 - len(ending_text.encode())
    return f"{_cut(stem, room)}~{digits}{ending_text}"


def _split(text: str) -> SplitResult:
    if len(text) > MAX_URL_CHARACTERS:
        raise ValueError(f"an address has at most {MAX_URL_CHARACTERS} characters")
    if not text.isprintable() or any(character.isspace() for character in text) or "\\" in text:
        raise ValueError("an address has no spaces, backslashes or control characters")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("this is no web address") from None
    if parts.scheme not in DEFAULT_PORTS:
        raise ValueError("an address begins with https:// or http://")
    if "@" in parts.netloc:
        raise ValueError("an address has no user name and no password")
    return parts


def _host(parts: SplitResult) -> tuple[str, bool]:
    """The host in one spelling, and whether it is an IP address."""
    if parts.netloc.startswith("["):
        return _ipv6(parts.hostname or ""), True
    try:
        # Also maps full-width digits and dots to plain ones, as resolvers would.
        name = (parts.hostname or "").encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError:
        raise ValueError("the host is no name") from None
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(name)), True
        except AddressValueError:
            raise ValueError("the host is an unusual spelling of an IP address") from None
    if len(name) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("the host is no name")
    return name, False


def _ipv6(host: str) -> str:
    try:
        address = IPv6Address(host)
    except AddressValueError:
        raise ValueError("the host is no IPv6 address") from None
    if address.scope_id:
        raise ValueError("the host is an address in one network only")
    return str(address)


def _path(path: str) -> str:
    """Escapes in one spelling and no dot segments, so that rules about paths can't be walked around."""
    spelled = escaped(path or "/")
    segments: list[str] = []
    for segment in spelled.split("/")[1:]:
        if segment == "..":
            segments = segments[:-1]
        elif segment != ".":
            segments.append(segment)
    if spelled.rpartition("/")[2] in (".", ".."):
        segments.append("")
    return "/" + "/".join(segments)


def escaped(text: str, also: str = "") -> str:
    """A path or query with each character in its one spelling: `%7E` is `~`, `é` is `%C3%A9`.

    also: characters that stay as they are, beside those of paths.
    """
    lone = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return _ESCAPE.sub(_one_spelling, quote(lone, safe=_SAFE + also, errors="replace"))


def _one_spelling(escape: re.Match[str]) -> str:
    character = chr(int(escape.group(1), 16))
    return character if character in _UNRESERVED else escape.group().upper()


def _readable(path: str) -> str:
    """The path as a document's name can have it; where a folder is named, its index.html is meant."""
    segments = unquote(path, errors="replace").split("/")[1:]
    if not segments[-1]:
        segments[-1] = "index.html"
    cleaned = (_NOT_READABLE.sub("-", segment).strip("-.") or "-" for segment in segments)
    return "".join(f"/{segment}" for segment in cleaned)


def _cut(text: str, room_bytes: int) -> str:
    return text.encode()[:room_bytes].decode(errors="ignore").rstrip("/")
