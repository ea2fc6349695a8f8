"""A connection to an OpenSearch server: with a password, with AWS's signatures, or with neither."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sahut.domain.errors import NotFound, Refused, TryAgain

if TYPE_CHECKING:
    from opensearchpy import OpenSearch
    from urllib3 import Timeout

TIMEOUT_S = 8.0
# For all round trips and tries of a question. A reranker may take 5 s more; retrieval is stopped after 20.
FIND_WITHIN_S = 12.0
_TRIES = 2
_AWS = {".es.amazonaws.com": "es", ".aoss.amazonaws.com": "aoss"}


def client_of(url: str, password: Callable[[], str], region: str = "") -> OpenSearch:
    """url: with a user name (https://reader@host:9200) when there is a password.

    password: asked for only then. region: of AWS's own hosts, which get signed requests instead.
    """
    from opensearchpy import OpenSearch, Urllib3HttpConnection

    parts = urlsplit(url)
    service = next((name for end, name in _AWS.items() if (parts.hostname or "").endswith(end)), "")
    auth = _signer(region, service) if service else (parts.username, password()) if parts.username else None
    return OpenSearch(
        hosts=[{"host": parts.hostname, "port": parts.port or (443 if parts.scheme == "https" else 80)}],
        use_ssl=parts.scheme == "https",
        http_auth=auth,
        connection_class=Urllib3HttpConnection,
        timeout=TIMEOUT_S,
        max_retries=_TRIES - 1,
    )


def _signer(region: str, service: str) -> object:
    from botocore.session import Session
    from opensearchpy import Urllib3AWSV4SignerAuth

    return Urllib3AWSV4SignerAuth(Session().get_credentials(), region, service)


def question_ends() -> float:
    """When a question that begins now must have its passages, on the monotonic clock."""
    return monotonic() + FIND_WITHIN_S


def within(until: float) -> dict[str, Timeout]:
    """Parameters of a request all tries of which end by then (monotonic clock); each gets its share.

    Raises:
        TryAgain: it is over.
    """
    from urllib3 import Timeout

    left = until - monotonic()
    if left <= 0:
        raise TryAgain("the search server takes too long")
    return {"request_timeout": Timeout(total=min(TIMEOUT_S, left / _TRIES))}


@contextmanager
def translated() -> Iterator[None]:
    """The library's errors as ours. Messages carry statuses, never what was asked.

    Raises:
        NotFound: no such index. TryAgain: unreachable, too slow, busy or broken. Refused: a request that
        the server will never take.
    """
    from opensearchpy.exceptions import ConnectionError as Unreachable
    from opensearchpy.exceptions import TransportError

    try:
        yield
    except Unreachable as error:
        raise TryAgain(f"the search server can't be reached: {type(error).__name__}") from None
    except TransportError as error:
        raise error_of(error.status_code if isinstance(error.status_code, int) else 500) from None


def error_of(status: int) -> NotFound | TryAgain | Refused:
    """An HTTP status, of a whole request or of one item in it, as an error of ours."""
    if status == 404:
        return NotFound("index on the search server")
    if status >= 500 or status in (408, 429):
        return TryAgain(f"the search server answered {status}")
    return Refused(f"the search server answered {status}")
