"""Meta's own endpoints under /v<NN>.<N>: messages and media."""

import asyncio
import re
import time

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.graph_api.faults import Call, Fault
from sandbox.graph_api.graph_error import GraphError
from sandbox.graph_api.message_rules import OutgoingMessage, ReadReceipt, check
from sandbox.graph_api.responses import BadRequest, read_json
from sandbox.graph_api.sending import accept, accept_receipt, check_window
from sandbox.graph_api.webhooks import Json
from sandbox.graph_api.world import World

_VERSION = re.compile(r"v\d{1,2}\.\d")
# What a proxy in front of Meta says: no JSON, no code, so that the caller can know nothing.
_UNCODED = "<html><title>Error</title><body>Sorry, something went wrong.</body></html>"


class GraphRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        return [
            Route("/{version}/{number}/messages", self.messages, methods=["POST"]),
            Route("/media-files/{media_id}", self.media_file, methods=["GET"]),
            Route("/{version}/{media_id:int}", self.media, methods=["GET"]),
        ]

    async def messages(self, request: Request) -> Response:
        """Sends a message, or marks one as read."""
        number = request.path_params["number"]
        raw: object = None
        try:
            self._authorise(request, number)
            raw = await _body(request)
            checked = check(raw)
            call = _call(number, checked)
            await self._delay(call)
            if not isinstance(checked, ReadReceipt):
                check_window(self._world, number, checked)
            fault = self._world.faults.pick("call", call, self._world.now())
            return await self._answer(request, number, checked, raw, fault)
        except GraphError as error:
            self._note_refusal(number, error, raw)
            return JSONResponse(error.to_json(), status_code=error.http_status)

    async def _answer(
        self,
        request: Request,
        number: str,
        checked: OutgoingMessage | ReadReceipt,
        raw: object,
        fault: Fault | None,
    ) -> Response:
        broken = await self._break_before(request, fault)
        if broken:
            return broken
        if isinstance(checked, ReadReceipt):
            answer = accept_receipt(self._world, number, checked)
        else:
            answer = accept(self._world, number, checked, raw if isinstance(raw, dict) else {})
        if fault and fault.name == "accept_then_timeout":
            return await self._hold(request)
        if fault and fault.name == "accept_then_500":
            return Response(_UNCODED, status_code=500, media_type="text/html")
        return JSONResponse(answer)

    async def media(self, request: Request) -> Response:
        """Where a file can be fetched, its type, size and digest."""
        media_id = str(request.path_params["media_id"])
        try:
            if not _VERSION.fullmatch(request.path_params["version"]):
                raise GraphError(100, "Unknown path", http_status=404)
            self._authorise(request, None)
            call = Call("media")
            await self._delay(call)
            broken = await self._break_before(
                request, self._world.faults.pick("call", call, self._world.now())
            )
            if broken:
                return broken
            file = self._world.media.find(media_id)
            if file is None:
                raise GraphError(100, "The media id does not exist or has expired", subcode=33)
        except GraphError as error:
            return JSONResponse(error.to_json(), status_code=error.http_status)
        found: Json = {"messaging_product": "whatsapp", "id": media_id, "mime_type": file.mime_type}
        found |= {"url": str(request.url_for("media_file", media_id=media_id))}
        return JSONResponse(found | {"sha256": file.sha256_hex, "file_size": len(file.content)})

    async def media_file(self, request: Request) -> Response:
        """The bytes; needs the bearer token, as Meta's URLs do."""
        try:
            self._authorise(request, None)
        except GraphError as error:
            return JSONResponse(error.to_json(), status_code=error.http_status)
        file = self._world.media.find(request.path_params["media_id"])
        if file is None:
            return Response("gone", status_code=404)
        return Response(file.content, media_type=file.mime_type)

    def _authorise(self, request: Request, number: str | None) -> None:
        """Raises: GraphError 190 unless the bearer token is that of `number` (None: of any)."""
        if "version" in request.path_params and not _VERSION.fullmatch(request.path_params["version"]):
            raise GraphError(100, "Unknown API version", http_status=404)
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        numbers = self._world.config.phone_numbers
        wanted = {one.access_token for key, one in numbers.items() if number in (None, key)}
        if scheme.lower() != "bearer" or token not in wanted:
            raise GraphError(190, "The access token does not belong to this phone number")

    async def _delay(self, call: Call) -> None:
        fault = self._world.faults.pick("delay", call, self._world.now())
        if fault:
            await asyncio.sleep(fault.number)

    async def _break_before(self, request: Request, fault: Fault | None) -> Response | None:
        """The faults that answer in place of the API.

        Raises: GraphError: for `coded:<code>` and 429.
        """
        if fault is None:
            return None
        if fault.name == "429":
            raise GraphError(130429, "Too many messages", http_status=429)
        if fault.name == "coded":
            raise GraphError(int(fault.number), "A fault that was asked for")
        if fault.name == "500":
            return Response(_UNCODED, status_code=500, media_type="text/html")
        return await self._hold(request) if fault.name == "timeout_before" else None

    async def _hold(self, request: Request) -> Response:
        """Answers nothing until the client hangs up, or `hold_max_s` is over."""
        give_up_at = time.monotonic() + self._world.config.hold_max_s
        while time.monotonic() < give_up_at and not await request.is_disconnected():
            await asyncio.sleep(0.05)
        return Response(status_code=504)

    def _note_refusal(self, number: str, error: GraphError, raw: object) -> None:
        told: Json = {"at": self._world.now(), "phone_number_id": number, "code": error.code}
        told |= {"http_status": error.http_status, "details": error.details, "raw": raw}
        self._world.refused.append(told)


async def _body(request: Request) -> object:
    try:
        return await read_json(request)
    except BadRequest as error:
        raise GraphError(100, "The body is not valid JSON") from error


def _call(number: str, checked: OutgoingMessage | ReadReceipt) -> Call:
    if isinstance(checked, ReadReceipt):
        return Call("typing", number)
    return Call("message", number, checked.address, checked.biz_opaque_callback_data)
