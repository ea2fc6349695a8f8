"""The pages for people: index, phone, pretend shops, and the files that they load."""

import html
from dataclasses import asdict
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.graph_api.people import PEOPLE
from sandbox.graph_api.wire_log import wire_lines
from sandbox.graph_api.world import World

_HERE = Path(__file__).parent
_WIDGET = _HERE.parents[1] / "web" / "widget"


class PageRoutes:
    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/", self.index),
            Route("/phone", self.phone),
            Route("/phone/directory", self.directory),
            Route("/phone/state", self.state),
            Route("/phone/log", self.log),
            Route("/phone/media/{media_id}", self.picture),
            Route("/shop/{tenant_id}", self.shop),
            Route("/favicon.ico", self.icon),
            Mount("/static", StaticFiles(directory=_HERE / "static")),
            Mount("/widget", StaticFiles(directory=_WIDGET)),
        ]

    async def index(self, _request: Request) -> Response:
        numbers = self._world.config.phone_numbers.values()
        links = "".join(
            f'<li><a href="/shop/{html.escape(one.tenant_id)}"><strong>{html.escape(one.name)}</strong>'
            f"<span>web chat on a pretend site</span></a></li>"
            for one in numbers
        )
        api = self._world.config.api_url.rstrip("/")
        docs = f"{api}/docs" if api else ""
        return self._page("index.html", {"docs_url": docs}, {"shops": links})

    async def phone(self, _request: Request) -> Response:
        return self._page("phone.html", {})

    async def shop(self, request: Request) -> Response:
        """A site that embeds the web chat with one script tag."""
        tenant_id = request.path_params["tenant_id"]
        config = self._world.config
        number = next((one for one in config.phone_numbers.values() if one.tenant_id == tenant_id), None)
        key = config.webchat_keys.get(tenant_id)
        if number is None or key is None:
            return Response("There is no such shop.", status_code=404, media_type="text/plain")
        own = f"shop-{tenant_id}.html"
        page = own if (_HERE / "pages" / own).is_file() else "shop.html"
        words = {"name": number.name, "language": number.language, "tenant_id": tenant_id}
        return self._page(page, words | {"api_url": config.api_url.rstrip("/"), "webchat_key": key})

    async def icon(self, _request: Request) -> Response:
        return Response((_HERE / "static" / "icon.svg").read_bytes(), media_type="image/svg+xml")

    async def directory(self, request: Request) -> Response:
        """Numbers, customers, and the chats that one number has."""
        world = self._world
        fields = {"name", "tenant_id", "display_number", "language"}
        numbers = world.config.phone_numbers.items()
        shown = [{"phone_number_id": key, **one.model_dump(include=fields)} for key, one in numbers]
        chats = world.timelines.chats(request.query_params.get("phone_number_id", ""))
        others = [asdict(world.contacts.person(key, is_user_id="." in key)) for key in chats]
        people = [asdict(person) for person in PEOPLE]
        known = {world.contacts.key(person.address) for person in PEOPLE}
        new = [person for key, person in zip(chats, others, strict=True) if key not in known]
        return JSONResponse({"numbers": shown, "customers": people, "others": new[:30]})

    async def state(self, request: Request) -> Response:
        """One chat; without its bubbles when the caller's `version` is still the newest."""
        asked = request.query_params
        number, world = asked.get("phone_number_id", ""), self._world
        key = world.contacts.key(asked.get("contact", ""))
        told = world.timelines.chat(number, key).to_json(world.now())
        told["window_open"] = world.windows.is_open(number, key, world.now())
        if asked.get("version") == str(told["version"]):
            del told["bubbles"]
        return JSONResponse(told)

    async def log(self, _request: Request) -> Response:
        return JSONResponse(wire_lines(self._world))

    async def picture(self, request: Request) -> Response:
        """A customer's own file, for their own screen."""
        file = self._world.media.find(request.path_params["media_id"])
        if file is None:
            return Response(status_code=404)
        headers = {"Content-Security-Policy": "sandbox", "X-Content-Type-Options": "nosniff"}
        return Response(file.content, media_type=file.mime_type, headers=headers)

    def _page(self, name: str, words: dict[str, str], markup: dict[str, str] | None = None) -> Response:
        """A page with its `{{words}}` filled in, escaped; `markup` is put in as it is."""
        page = (_HERE / "pages" / name).read_text(encoding="utf-8")
        filled = {key: html.escape(word) for key, word in words.items()} | (markup or {})
        for key, word in filled.items():
            page = page.replace("{{" + key + "}}", word)
        headers = {"Content-Security-Policy": self._policy(), "Cache-Control": "no-cache"}
        return Response(page, media_type="text/html", headers=headers)

    def _policy(self) -> str:
        """Strict on purpose: the widget must work on sites that forbid inline code and styles."""
        api = urlsplit(self._world.config.api_url)
        # ws beside http: a source of one scheme does not allow the other.
        sockets = "wss" if api.scheme == "https" else "ws"
        named = f"{api.scheme}://{api.netloc} {sockets}://{api.netloc}"
        connect = f"'self' {named}" if api.netloc else "'self'"
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            f"connect-src {connect}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
