"""All that the fake remembers, in memory: one object that the routes share."""

import asyncio
import itertools
import time
import uuid
from collections.abc import Callable, Coroutine

import httpx2

from sandbox.graph_api.config import GraphConfig
from sandbox.graph_api.contacts import Contacts, Windows
from sandbox.graph_api.faults import FaultBook
from sandbox.graph_api.media_store import MediaStore
from sandbox.graph_api.poster import Poster
from sandbox.graph_api.timeline import Timelines
from sandbox.graph_api.webhooks import Json, wamid


class World:
    """outbox: accepted messages, oldest first. receipts: read receipts and typing signs. refused:
    requests that got an error. now: seconds since the epoch."""

    def __init__(
        self,
        config: GraphConfig,
        transport: httpx2.AsyncBaseTransport | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.config = config
        self.now = now
        self.poster = Poster(lambda: self.config, transport)
        self.faults = FaultBook()
        self.contacts = Contacts()
        self.windows = Windows()
        self.media = MediaStore()
        self.timelines = Timelines()
        self.outbox: list[Json] = []
        self.receipts: list[Json] = []
        self.refused: list[Json] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._counter = itertools.count(1)
        self._seed = uuid.uuid4().hex

    def new_message_id(self) -> str:
        return wamid(f"{self._seed}/{next(self._counter)}")

    def spawn(self, work: Coroutine[object, object, None]) -> None:
        """Runs work in the background until the app stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.poster.stop()

    def forget(self) -> None:
        """Back to the beginning; webhooks under way still go out."""
        for kept in (self.outbox, self.receipts, self.refused, self.poster.log):
            kept.clear()
        for part in (self.faults, self.contacts, self.windows, self.media, self.timelines):
            part.clear()
