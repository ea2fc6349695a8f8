"""The sandbox's own endpoints: what was sent, what shall go wrong, and customers who write."""

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.graph_api.config import ConfigChange
from sandbox.graph_api.faults import FaultOrder
from sandbox.graph_api.inbound import InboundRequest
from sandbox.graph_api.receiving import receive
from sandbox.graph_api.responses import parse, read, read_json
from sandbox.graph_api.world import World

_MAX_MEDIA = 20_000_000  # bytes; Meta takes 16 MB of audio or video, 100 MB of documents


class WindowOrder(BaseModel):
    """contact: phone or user id. phone_number_id '' means all numbers. pin: stay so, whatever the
    customer writes."""

    model_config = ConfigDict(extra="forbid")

    contact: str
    open: bool
    phone_number_id: str = ""
    pin: bool = False


class MediaOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    media_id: str
    expired: bool = True


class ControlRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("/outbox", self.outbox, methods=["GET", "DELETE"]),
            Route("/receipts", self.receipts, methods=["GET"]),
            Route("/refused", self.refused, methods=["GET"]),
            Route("/webhooks", self.webhooks, methods=["GET"]),
            Route("/faults", self.faults, methods=["GET", "POST", "DELETE"]),
            Route("/control/inbound", self.inbound, methods=["POST"]),
            Route("/control/window", self.window, methods=["POST"]),
            Route("/control/media", self.media, methods=["POST"]),
            Route("/control/config", self.config, methods=["POST"]),
            Route("/control/reset", self.reset, methods=["POST"]),
            Route("/phone/media", self.upload, methods=["POST"]),
        ]

    async def outbox(self, request: Request) -> Response:
        """GET: every accepted message, oldest first; `?to=` keeps one recipient. DELETE: clears."""
        box = self._world.outbox
        if request.method == "DELETE":
            cleared = len(box)
            box.clear()
            return JSONResponse({"cleared": cleared})
        to = request.query_params.get("to", "").removeprefix("+")
        return JSONResponse([one for one in box if not to or to == _address(one)])

    async def receipts(self, _request: Request) -> Response:
        return JSONResponse(self._world.receipts)

    async def refused(self, _request: Request) -> Response:
        return JSONResponse(self._world.refused)

    async def webhooks(self, _request: Request) -> Response:
        return JSONResponse(self._world.poster.summary())

    async def faults(self, request: Request) -> Response:
        """POST one order or a list of them; GET lists them with counts; DELETE ends them all."""
        book = self._world.faults
        if request.method == "GET":
            return JSONResponse({"faults": book.listed(), "log": book.log})
        if request.method == "DELETE":
            return JSONResponse({"faults": book.clear()})
        found = await read_json(request)
        orders = [parse(one, FaultOrder) for one in (found if isinstance(found, list) else [found])]
        return JSONResponse([book.add(order).to_json() for order in orders], status_code=201)

    async def inbound(self, request: Request) -> Response:
        order = await read(request, InboundRequest)
        return JSONResponse(await receive(self._world, order), status_code=202)

    async def window(self, request: Request) -> Response:
        order = await read(request, WindowOrder)
        key = self._world.contacts.key(order.contact)
        numbers = [order.phone_number_id] if order.phone_number_id else self._world.config.phone_numbers
        for number in numbers:
            self._world.windows.set(number, key, is_open=order.open, pinned=order.pin, at=self._world.now())
        return JSONResponse({"contact": key, "open": order.open, "pin": order.pin})

    async def media(self, request: Request) -> Response:
        order = await read(request, MediaOrder)
        known = self._world.media.expire(order.media_id, expired=order.expired)
        return JSONResponse({"known": known}, status_code=200 if known else 404)

    async def config(self, request: Request) -> Response:
        change = await read(request, ConfigChange)
        self._world.config = change.applied_to(self._world.config)
        return JSONResponse({"webhook_url": self._world.config.webhook_url})

    async def reset(self, _request: Request) -> Response:
        self._world.forget()
        return JSONResponse({"reset": True})

    async def upload(self, request: Request) -> Response:
        """The raw bytes of a file; its type in Content-Type, its name in `?filename=`."""
        content = await request.body()
        if len(content) > _MAX_MEDIA:
            return JSONResponse({"errors": ["the file is too large"]}, status_code=413)
        mime_type = request.headers.get("content-type", "application/octet-stream")
        file = self._world.media.add(content, mime_type, request.query_params.get("filename", ""))
        told = {"id": file.media_id, "mime_type": mime_type, "sha256": file.sha256_hex}
        return JSONResponse(told | {"file_size": len(content)}, status_code=201)


def _address(entry: dict[str, object]) -> str:
    return str(entry.get("to") or entry.get("recipient") or "").removeprefix("+")
