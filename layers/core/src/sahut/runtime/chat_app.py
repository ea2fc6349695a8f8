"""Every HTTP route but the webhooks: web chat, people, documentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import HTMLResponse

from sahut.contracts.chat import Problem
from sahut.runtime import (
    chat_routes,
    citation_routes,
    config_routes,
    cost_routes,
    http_problems,
    knowledge_routes,
    operator_routes,
    tool_routes,
)
from sahut.runtime.http_lambda import api_handler
from sahut.runtime.lean_fastapi import FastAPI

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": Problem, "content": {"application/problem+json": {}}},
    "5XX": {"model": Problem, "content": {"application/problem+json": {}}},
}


# Relative: API Gateway serves us below its stage's name, which no path of ours knows.
_DESCRIPTION = "openapi.json"


def chat_app() -> FastAPI:
    app = FastAPI(
        title="Sahut",
        version="1",
        responses=_PROBLEMS,
        servers=[{"url": "."}],
        docs_url=None,
        redoc_url=None,
    )
    http_problems.install(app)
    # Any page may ask; whether it may chat is decided per tenant when the session is opened, and
    # no cookie travels with these requests.
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST", "PUT", "DELETE", "OPTIONS"],
        allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "X-Api-Key"],
        expose_headers=["ETag"],
        max_age=86400,
    )
    app.include_router(chat_routes.router)
    app.include_router(citation_routes.router)
    app.include_router(operator_routes.router)
    app.include_router(knowledge_routes.router)
    app.include_router(config_routes.router)
    app.include_router(tool_routes.router)
    app.include_router(cost_routes.router)
    app.add_api_route("/", index, methods=["GET"], tags=["about"])
    app.add_api_route("/docs", documentation, methods=["GET"], include_in_schema=False)
    return app


def index() -> dict[str, str]:
    """Says what this is and where its documentation lies."""
    return {"name": "Sahut", "documentation": "docs", "openapi": _DESCRIPTION}


def documentation() -> HTMLResponse:
    from fastapi.openapi.docs import get_swagger_ui_html

    return get_swagger_ui_html(openapi_url=_DESCRIPTION, title="Sahut")


def chat_handler() -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    return api_handler(chat_app())
