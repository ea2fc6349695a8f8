"""Where a host name leads, and whether anybody on the internet could go there too.

The addresses that are returned are the ones to connect to: a name that is resolved a second time may lead
elsewhere. Knows nothing of HTTP.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from sahut.domain.web_sources import WebUrl
from sahut.ports.web import FailureReason, PageFailed, PageRefused, RefusalReason

# Name and port to IP addresses, as text. Raises OSError when the name leads nowhere.
Resolver = Callable[[str, int], Sequence[str]]

# Only here do addresses of hosts on the internet lie (RFC 4291 §2.4, IANA); all else is special, such as
# NAT64's 64:ff9b::/96, behind which an IPv4 network may be private.
_UNICAST = IPv6Network("2000::/3")
# `is_global` of Python before 3.11.10 and 3.12.4 says True for these: 6to4, which carries any IPv4
# address, and its relays; and what is reserved for protocols.
_NOT_GLOBAL: tuple[IPv4Network | IPv6Network, ...] = (
    IPv6Network("2002::/16"),
    IPv4Network("192.88.99.0/24"),
    IPv4Network("192.0.0.0/24"),
)


def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says; it has its own time-out."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for _, _, _, _, address in found))


def public_addresses(url: WebUrl, resolver: Resolver, *, allow_loopback: bool = False) -> list[str]:
    """All addresses of the URL's host.

    Raises:
        PageRefused: one of them, or the host itself, is no public address.
        PageFailed: the name leads nowhere.
    """
    try:
        found = [url.host] if url.is_address else list(resolver(url.host, url.port))
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise PageFailed(FailureReason.UNREACHABLE, "the host's name leads nowhere")
    for text in found:
        if not _may_connect(text, allow_loopback):
            raise PageRefused(RefusalReason.PRIVATE_ADDRESS, "the host is not on the public internet")
    return found


def _may_connect(text: str, allow_loopback: bool) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False  # with a zone, say
    plain = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
    return is_public(plain) or (allow_loopback and plain.is_loopback)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether this is the address of one host that all of the internet can reach."""
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    if any(address.version == network.version and address in network for network in _NOT_GLOBAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
