"""A FastAPI app behind API Gateway: one event in, one response out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from mangum import Mangum
from starlette.types import Receive, Scope, Send

from sahut.runtime import metrics
from sahut.runtime.lean_fastapi import FastAPI

# Whatever is not listed here leaves as base64, which a REST API without binary types passes on as it is.
_TEXT = ["text/", "application/json", "application/problem+json"]


class _Quiet:
    """Ends what Starlette raises once more after it was logged and answered.

    The adapter would log it with its text, and that may quote what a customer wrote.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with suppress(Exception):
            await self._app(scope, receive, send)


def api_handler(app: FastAPI) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The Lambda handler of an app. No lifespan: nothing is to be started or stopped."""
    adapter = Mangum(_Quiet(app), lifespan="off", text_mime_types=_TEXT)
    # Mangum takes the thread's loop, which `asyncio.run` takes away and Python 3.14 no longer makes.
    loop = asyncio.new_event_loop()

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        asyncio.set_event_loop(loop)
        try:
            return adapter(event, context)
        finally:
            metrics.flush()

    return handler
