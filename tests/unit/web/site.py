"""A web site for the fetcher's tests: records who asked for what, and behaves as badly as it is told."""

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sahut.adapters.web import Manners, PoliteFetcher
from sahut.ports.web import MAX_PAGE_BYTES, PageReply, PageRequest

Behaviour = Callable[[BaseHTTPRequestHandler], None]
HOST = "shop.test"


@dataclass(frozen=True)
class Asked:
    path: str
    headers: Mapping[str, str]
    at: float


@dataclass
class Site:
    """pages: path to behaviour; any other path is a 404. Reached as http://shop.test:<port>."""

    port: int
    pages: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str = "/", host: str = HOST, scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


def page(body: bytes = b"<p>Hello", status: int = 200, **headers: str) -> Behaviour:
    """An ordinary answer. headers: `content_type="text/html"`, say."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if "content_length" not in headers:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def moved(location: str, status: int = 302) -> Behaviour:
    return page(b"", status, location=location)


def trickles(handler: BaseHTTPRequestHandler) -> None:
    """A byte every 50 ms, for ever."""
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b".")
        time.sleep(0.05)


def trickles_headers(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
    while True:
        handler.wfile.write(b".")
        time.sleep(0.05)


def is_silent(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(3)


@contextlib.contextmanager
def running_site(tls: ssl.SSLContext | None = None) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.close_connection = True
            headers = {name.lower(): value for name, value in self.headers.items()}
            site.asked.append(Asked(self.path, headers, time.monotonic()))
            with contextlib.suppress(OSError):
                site.pages.get(self.path, page(b"no such page", 404))(self)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    site = Site(server.server_address[1])
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


def to_this_machine(host: str, port: int) -> list[str]:
    """A resolver that finds every host here."""
    return ["127.0.0.1"]


QUICK = Manners(interval_s=0.0, exchange_s=2.0, ports=range(65536), allow_loopback=True)


def fetch(
    url: str,
    *,
    within_s: float = 5.0,
    limit_bytes: int = MAX_PAGE_BYTES,
    fetcher: PoliteFetcher | None = None,
    **known: str,
) -> PageReply:
    """One page, by a fetcher that doesn't wait between requests."""
    visitor = fetcher or PoliteFetcher(QUICK, resolver=to_this_machine)
    return visitor.get(PageRequest(url, limit_bytes, **known), within_s)
