"""An AWS that knows nothing: every request of the JSON protocols is answered at once, and empty.

For cold starts only: a first call can build its clients and ask, and no emulator's time is counted.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.http_server import Request, Response, serve

# An answer that fits every question: no item, and a parameter whose value nobody expects.
_ANSWER = Response(json.dumps({"Parameter": {"Name": "bench", "Value": "bench", "Version": 1}}).encode())


async def _answer(_request: Request) -> Response:
    return _ANSWER


@asynccontextmanager
async def aws_stub() -> AsyncIterator[str]:
    """Serves while open; yields its URL."""
    server, port = await serve(_answer)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.close()
