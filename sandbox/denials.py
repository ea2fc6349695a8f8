"""Notes every request that the emulator's IAM enforcement refused. Runs inside the emulator's process.

A function that lacks a right may hide it behind a retry or a fallback; here it is seen all the same.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# "User: <arn of the session> is not authorized to perform: <action> on resource: <arn> because …"
_REFUSAL = re.compile(r"User: (\S+) is not authorized to perform: (\S+)(?: on resource: (\S+))?")


@dataclass(frozen=True, slots=True)
class Denial:
    """who: the session's ARN, whose last part is the function's name."""

    who: str
    action: str
    resource: str


class DenialsNoted:
    """An ASGI application that behaves as `app` does."""

    def __init__(self, app: App, file: Path) -> None:
        self._app = app
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def watching(message: Message) -> None:
            if message["type"] == "http.response.body":
                self._look_at(message.get("body", b""))
            await send(message)

        await self._app(scope, receive, watching)

    def _look_at(self, body: bytes) -> None:
        if b"is not authorized to perform" in body:
            with self._file.open("a") as file:
                file.writelines(f"{' '.join(found)}\n" for found in _REFUSAL.findall(body.decode()))


def read_denials(file: Path) -> list[Denial]:
    """All that were noted so far, oldest first."""
    if not file.exists():
        return []
    return [Denial(*line.split(" ")) for line in file.read_text().splitlines()]
