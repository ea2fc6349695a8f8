"""The webhooks' edge: verify, parse, accept. 200 only when everything is stored and queued."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from typing import Any

from sahut.contracts.whatsapp import MalformedWebhook, parse_webhook
from sahut.domain.signature import is_signed_by
from sahut.runtime import http_problems, metrics
from sahut.runtime.bootstrap import composition, needs_of
from sahut.runtime.http_lambda import api_handler
from sahut.runtime.http_problems import HttpProblem
from sahut.runtime.lean_fastapi import FastAPI, Request, Response
from sahut.runtime.log_events import Event, log
from sahut.runtime.preload import preload
from sahut.stages.accept import Accepted, accept

# Meta's own limit for a webhook body (FACTS §3).
MAX_BODY_BYTES = 3 * 1024 * 1024

WEBHOOK_PATH = "/v1/webhooks/whatsapp"


def ingress_app() -> FastAPI:
    app = FastAPI(title="Sahut webhooks", docs_url=None, redoc_url=None, openapi_url=None)
    http_problems.install(app)
    app.add_api_route(WEBHOOK_PATH, verify, methods=["GET"])
    app.add_api_route(WEBHOOK_PATH, receive, methods=["POST"])
    return app


async def verify(request: Request) -> Response:
    """Meta's subscription check: echoes the challenge to whoever knows the verify token."""
    asked = request.query_params
    token = composition().secrets.platform("whatsapp/verify_token")
    given = asked.get("hub.verify_token", "")
    if asked.get("hub.mode") != "subscribe" or not hmac.compare_digest(given.encode(), token.encode()):
        raise HttpProblem(403, "The verify token does not match")
    return Response(asked.get("hub.challenge", ""), media_type="text/plain")


async def receive(request: Request) -> Response:
    """A signed webhook. Nothing is read before its signature is known to be right."""
    started = time.perf_counter()
    raw = await request.body()
    if len(raw) > MAX_BODY_BYTES:
        raise HttpProblem(413, "The body is larger than 3 MB")
    secret = composition().secrets.platform("whatsapp/app_secret")
    if not is_signed_by(secret, raw, request.headers.get("x-hub-signature-256")):
        log(Event.WEBHOOK_REFUSED, status=401, why="signature")
        raise HttpProblem(401, "The signature does not match the body")
    try:
        batches = parse_webhook(raw, composition().clock())
    except MalformedWebhook as error:
        log(Event.WEBHOOK_REFUSED, status=400, why="malformed")
        raise HttpProblem(400, "The body is no webhook", str(error)) from None
    done = accept(batches, raw, needs_of("accept"))
    _tell(done, started)
    if done.retry:
        raise HttpProblem(503, "Not everything could be stored, send it again")
    return Response(status_code=200)


def _tell(done: Accepted, started: float) -> None:
    took_ms = round((time.perf_counter() - started) * 1000, 1)
    log(
        Event.WEBHOOK_ACCEPTED,
        stored=done.stored,
        duplicates=done.duplicates,
        statuses=done.statuses,
        unrouted=done.unrouted,
        refused=done.refused,
        queued=len(done.jobs),
        retry=done.retry,
        took_ms=took_ms,
    )
    metrics.count(metrics.Metric.ACKNOWLEDGED_MS, took_ms)
    metrics.count(metrics.Metric.MESSAGES_STORED, done.stored)
    if done.unrouted:
        metrics.count(metrics.Metric.UNROUTED, done.unrouted)


def ingress_handler() -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The Lambda handler. Built when the function starts, which Lambda does with a full processor."""
    preload("accept")
    return api_handler(ingress_app())
