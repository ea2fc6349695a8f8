"""Puts the fake together. Run it with `python -m sandbox.graph_api --config <file> --port <n>`, or
give `create_app(config)` to any ASGI server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from sandbox.graph_api.config import GraphConfig
from sandbox.graph_api.control_routes import ControlRoutes
from sandbox.graph_api.graph_routes import GraphRoutes
from sandbox.graph_api.page_routes import PageRoutes
from sandbox.graph_api.responses import BadRequest, on_bad_request
from sandbox.graph_api.world import World


def create_app(config: GraphConfig, transport: httpx2.AsyncBaseTransport | None = None) -> ASGIApp:
    """One fake with its own state.

    Args:
        config: see GraphConfig.
        transport: replaces the network for outgoing webhooks, for tests.
    """
    world = World(config, transport)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await world.poster.start()
        yield
        await world.stop()

    routes: list[BaseRoute] = [
        *ControlRoutes(world).routes(),
        *PageRoutes(world).routes(),
        *GraphRoutes(world).routes(),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={BadRequest: on_bad_request})
