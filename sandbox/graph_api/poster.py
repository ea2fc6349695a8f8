"""Posts signed webhooks and, like Meta, tries again with growing pauses until it hears 200."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import httpx2

from sandbox.graph_api.config import GraphConfig
from sandbox.graph_api.webhooks import Json, encode, sign

Signature = Literal["good", "bad", "none"]

_LOG_LENGTH = 2000  # postings that are remembered
_OK = 200
# Webhooks under way at once. Meta posts concurrently; more would only queue at the emulator.
_AT_ONCE = 32


@dataclass(slots=True)
class Posting:
    """One webhook and how it fared. status: the last HTTP status, 0 for no answer at all."""

    posting_id: int
    at: float
    about: list[str]
    size: int
    state: Literal["pending", "ok", "given_up"] = "pending"
    attempts: int = 0
    status: int = 0
    seconds: float = 0.0

    def to_json(self) -> dict[str, object]:
        return {
            "id": self.posting_id,
            "at": self.at,
            "about": self.about,
            "bytes": self.size,
            "state": self.state,
            "attempts": self.attempts,
            "http_status": self.status,
            "seconds": round(self.seconds, 4),
        }


@dataclass
class Poster:
    """One HTTP client for all webhooks. `start` and `stop` belong to the app's lifespan.

    settings: gives the configuration of this moment, so that a changed URL holds for retries too.
    transport: replaces the network in tests.
    """

    settings: Callable[[], GraphConfig]
    transport: httpx2.AsyncBaseTransport | None = None
    log: list[Posting] = field(default_factory=list)
    totals: Counter[str] = field(default_factory=Counter)
    _client: httpx2.AsyncClient | None = None
    _gate: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    async def start(self) -> None:
        limits = httpx2.Limits(max_connections=_AT_ONCE, max_keepalive_connections=_AT_ONCE)
        self._client = httpx2.AsyncClient(transport=self.transport, limits=limits, trust_env=False)

    async def stop(self) -> None:
        if self._client is not None:
            await self._client.aclose()

    async def post(self, envelope: Json, about: list[str], signature: Signature = "good") -> Posting:
        """Posts until 200 or until `retry_for_s` is over. A wrong signature is tried once only."""
        body = encode(envelope)
        posting = Posting(next(self._ids), time.time(), about, len(body))
        self.log.append(posting)
        del self.log[:-_LOG_LENGTH]
        self.totals["posted"] += 1
        give_up_at = time.monotonic() + self.settings().retry_for_s
        pause = self.settings().retry_first_s
        while not await self._attempt(posting, body, signature):
            if signature != "good" or time.monotonic() + pause > give_up_at:
                posting.state = "given_up"
                break
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.settings().retry_longest_s)
        self.totals[posting.state] += 1
        self.totals["retried"] += posting.attempts > 1
        return posting

    async def _attempt(self, posting: Posting, body: bytes, signature: Signature) -> bool:
        """Whether the webhook was taken (or nobody wants it)."""
        config = self.settings()
        posting.attempts += 1
        if config.webhook_url:
            async with self._gate:
                began = time.monotonic()
                posting.status = await self._send(config, body, signature)
                posting.seconds = time.monotonic() - began
        if config.webhook_url and posting.status != _OK:
            return False
        posting.state = "ok"
        return True

    async def _send(self, config: GraphConfig, body: bytes, signature: Signature) -> int:
        assert self._client is not None, "start() comes first"
        headers = {"Content-Type": "application/json", "User-Agent": "facebookexternalua"}
        if signature != "none":
            secret = config.app_secret if signature == "good" else "not the app secret"
            headers["X-Hub-Signature-256"] = sign(body, secret)
        try:
            answer = await self._client.post(
                config.webhook_url, content=body, headers=headers, timeout=config.webhook_timeout_s
            )
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return 0
        return answer.status_code

    def summary(self) -> dict[str, object]:
        """Counts since the start, and the last postings, newest first."""
        counts = {name: self.totals[name] for name in ("posted", "ok", "given_up", "retried")}
        pending = counts["posted"] - counts["ok"] - counts["given_up"]
        last = [posting.to_json() for posting in reversed(self.log[-200:])]
        return {**counts, "pending": pending, "webhooks": last}
