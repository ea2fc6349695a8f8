"""Every HTTP route but the webhooks: web chat, people, documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from sahut.contracts.chat import Problem
from sahut.runtime import chat_routes, http_problems, operator_routes
from sahut.runtime.http_lambda import api_handler

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "content": {"application/problem+json": {}}},
    "5XX": {"model": Problem, "content": {"application/problem+json": {}}},
}


def chat_app(root_path: str = "") -> FastAPI:
    """root_path: what API Gateway puts before our paths (`/dev`)."""
    app = FastAPI(title="Sahut", version="1", root_path=root_path, responses=_PROBLEMS)
    http_problems.install(app)
    # Any page may ask; whether it may chat is decided per tenant when the session is opened, and
    # no cookie travels with these requests.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "PUT", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Api-Key"],
        max_age=86400,
    )
    app.include_router(chat_routes.router)
    app.include_router(operator_routes.router)
    app.add_api_route("/", index, methods=["GET"], tags=["about"])
    return app


def index() -> dict[str, str]:
    """Says what this is and where its documentation lies."""
    return {"name": "Sahut", "documentation": "docs", "openapi": "openapi.json"}


def chat_handler() -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    return api_handler(chat_app())
