"""Calls a tool that is an HTTP operation: one request, to an address that was checked, bounded in all."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from sahut.adapters.tools.text import readable
from sahut.adapters.web.addresses import Resolver, public_addresses, resolve
from sahut.adapters.web.exchange import Answer, Asked, Exchange
from sahut.domain.errors import Refused, TryAgain
from sahut.domain.tenant import TenantId
from sahut.domain.tools import HttpOperation, Place, host_allowed
from sahut.domain.web_sources import WebUrl, web_url
from sahut.ports.tools import Arguments, ToolCallRequest, ToolReply
from sahut.ports.web import PageFailed, PageRefused

# The service was reached and says that there is no such thing, or that this can't be done.
_SAYS_NO = frozenset({404, 409, 410, 422})
_LATER = frozenset({408, 425, 429})
_PRINTABLE = re.compile(r"[ -~]*")


@dataclass(frozen=True, slots=True)
class HttpTools:
    """secret_of: a tenant's secret by its name. hosts: see domain.tools.host_allowed. any_address: whether
    names may lead into private networks.
    """

    exchange: Exchange
    secret_of: Callable[[TenantId, str], str]
    clock: Callable[[], float]
    hosts: str
    any_address: bool = False
    resolver: Resolver = resolve

    def call(self, request: ToolCallRequest) -> ToolReply:
        """See the port."""
        operation = request.tool.http
        if operation is None:
            raise Refused("no HTTP operation")
        url = _url(operation, request.arguments)
        if not host_allowed(url.host, self.hosts):
            raise Refused("tools on this host are not allowed")
        asked = self._asked(operation, request)
        within_s = request.deadline - self.clock()
        try:
            addresses = self._addresses(url)
            return _reply(self.exchange.send(url, addresses, asked, operation.max_bytes, within_s))
        except PageRefused as error:
            raise Refused(error.detail) from None
        except PageFailed as error:
            raise TryAgain(error.detail) from None

    def _addresses(self, url: WebUrl) -> list[str]:
        if not self.any_address:
            return public_addresses(url, self.resolver)
        try:
            return list(self.resolver(url.host, url.port))
        except OSError:
            raise TryAgain("the host's name leads nowhere") from None

    def _asked(self, operation: HttpOperation, request: ToolCallRequest) -> Asked:
        headers = {"Accept": "application/json", "Idempotency-Key": request.key}
        for name, header in operation.headers.items():
            if name in request.arguments:
                headers[header] = _header_value(_plain(request.arguments[name]))
        if operation.secret:
            secret = self.secret_of(request.tenant, operation.secret)
            headers[operation.secret_header] = _header_value(operation.secret_prefix + secret)
        body = _of_place(operation, request.arguments, Place.BODY)
        if operation.method in ("GET", "DELETE") and not body:
            return Asked(operation.method, headers, None, _reads)
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return Asked(operation.method, headers | {"Content-Type": "application/json"}, content, _reads)


def _reads(status: int) -> bool:
    return 200 <= status < 300 or status in _SAYS_NO


def _url(operation: HttpOperation, arguments: Arguments) -> WebUrl:
    address = operation.url
    for name in operation.placeholders:
        value = _plain(arguments[name])
        if value.strip(".") == "":
            raise Refused("an argument of the path may not be empty or dots")
        address = address.replace(f"{{{name}}}", quote(value, safe=""))
    query = {name: _plain(value) for name, value in _of_place(operation, arguments, Place.QUERY).items()}
    return web_url(f"{address}?{urlencode(query, quote_via=quote)}" if query else address)


def _of_place(operation: HttpOperation, arguments: Arguments, place: Place) -> Mapping[str, object]:
    return {name: value for name, value in arguments.items() if operation.place_of(name) is place}


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join(map(_plain, value))
    return json.dumps(value, ensure_ascii=False)


def _header_value(value: str) -> str:
    if not _PRINTABLE.fullmatch(value):
        raise Refused("a header may only have printable ASCII characters")
    return value


def _reply(answer: Answer) -> ToolReply:
    if answer.status >= 500 or answer.status in _LATER:
        raise TryAgain(f"the tool answered with status {answer.status}")
    if not _reads(answer.status):
        raise Refused(f"the tool answered with status {answer.status}")
    text = answer.body.decode("utf-8", "replace")
    with suppress(ValueError):  # plain text is as good
        text = readable(json.loads(text))
    return ToolReply(200 <= answer.status < 300, text)
