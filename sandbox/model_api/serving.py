"""Serves a fake on loopback, for as long as a block runs.

with model_api(say=lambda asked: "Eight days. [1]", scenario=Scenario.of(Step(status=429, times=1))) as api:
    client = OpenAI(base_url=api.base_url, api_key=api.key)
"""

import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sahut.domain.models import Candidate, Provider
from sandbox.model_api.asked import Asked, Refused
from sandbox.model_api.fake import Fake, Hearing, Request
from sandbox.model_api.rasa import Understanding, a_question
from sandbox.model_api.saying import Saying, quote
from sandbox.model_api.scenario import Progress, Scenario, Step
from sandbox.model_api.wire import BrokenOff, ClientLeft, Wire

KEY = "sk-sandbox-0123456789"
KEY_NAME = "models/sandbox"
MODEL = "sandbox-1"
API_VERSION = "2024-10-21"
_MAX_BODY_BYTES = 64_000_000


class Door:
    """One address. A closed one refuses connections, and keeps its port."""

    def __init__(self, fake: Fake, failures: list[BaseException], port: int = 0) -> None:
        self._fake, self._failures = fake, failures
        self._server = _Server(fake, failures, port)
        self.port = self._server.server_port
        self._is_open = False

    def set(self, *, is_open: bool) -> None:
        if is_open and not self._is_open:
            self._server.server_activate()
            threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        elif self._is_open and not is_open:
            self.close()
            self._server = _Server(self._fake, self._failures, self.port)
        self._is_open = is_open

    def close(self) -> None:
        if self._is_open:
            self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._is_open = False


@dataclass
class ModelApi:
    """What a test holds. asked: all well-formed requests, in order. refused: the malformed ones."""

    fake: Fake
    failures: list[BaseException] = field(default_factory=list)
    port: int = 0
    _doors: dict[str, Door] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """http://127.0.0.1:<port>, where every model is served."""
        return self._origin("")

    @property
    def base_url(self) -> str:
        return f"{self.origin}/v1"

    @property
    def key(self) -> str:
        return self.fake.key

    @property
    def asked(self) -> list[Asked]:
        return self.fake.asked

    @property
    def refused(self) -> list[Refused]:
        return self.fake.refused

    @property
    def secrets(self) -> Mapping[str, str]:
        """Name → value of what the candidates' `key` points to."""
        return {KEY_NAME: self.fake.key}

    def candidate(self, name: str = MODEL, provider: Provider = Provider.COMPATIBLE) -> Candidate:
        """A candidate of this name, and a model of the same name, at an address of its own.

        Change the rest with dataclasses.replace. Prices: 1 and 2 USD a million tokens.
        """
        is_rasa = provider is Provider.RASA
        model = "rasa" if is_rasa else name
        self.fake.models.add(model)
        return Candidate(
            provider,
            name,
            model="" if is_rasa else model,
            base_url=self._origin(model) + _PATHS.get(provider, "/v1"),
            key="" if is_rasa and not self.fake.rasa_token else KEY_NAME,
            timeout_s=5.0,
            price_in_usd_per_mtok=0.0 if is_rasa else 1.0,
            price_out_usd_per_mtok=0.0 if is_rasa else 2.0,
            api_version=API_VERSION if provider is Provider.AZURE else "",
        )

    def of(self, model: str) -> list[Asked]:
        """What this model was asked."""
        return [each for each in self.fake.asked if each.model == model]

    def play(self, scenario: Scenario | Step) -> None:
        """Begins this scenario, instead of whatever ran."""
        plan = Scenario.of(scenario) if isinstance(scenario, Step) else scenario
        self.fake.progress = Progress(plan)
        self._set_doors()

    def heal(self, *models: str) -> None:
        """These models, all when none is named, have no faults from now on."""
        self.fake.progress.heal(models)
        self._set_doors()

    def close(self) -> None:
        self.fake.stopping.set()
        for door in self._doors.values():
            door.close()

    def _origin(self, model: str) -> str:
        if model not in self._doors:
            self._doors[model] = Door(self.fake, self.failures, 0 if model else self.port)
            self._set_doors()
        return f"http://127.0.0.1:{self._doors[model].port}"

    def _set_doors(self) -> None:
        for model, door in self._doors.items():
            door.set(is_open=not self.fake.progress.refuses(model))


_PATHS = {Provider.AZURE: "", Provider.RASA: "", Provider.GEMINI: "/v1beta/openai"}


@contextmanager
def model_api(
    say: Saying = quote,
    scenario: Scenario | Step | Path | None = None,
    *,
    hear: Hearing = lambda asked: "Where is my order?",
    understand: Understanding = a_question,
    models: Sequence[str] = (MODEL,),
    rasa_token: str = "",
    port: int = 0,
) -> Iterator[ModelApi]:
    """Serves until the block ends; then raises what `say`, `hear` or `understand` raised meanwhile.

    say: what the model says. scenario: a plan of faults, one fault, or a YAML file. models: who may be asked,
    besides those that `candidate()` makes. rasa_token: Rasa's, if it wants one. port: of `origin`; 0: any.
    """
    plan = Scenario.read(scenario) if isinstance(scenario, Path) else scenario
    fake = Fake(KEY, rasa_token, say, hear, understand, {*models}, Progress(Scenario()))
    api = ModelApi(fake, port=port)
    api.play(plan or Scenario())
    try:
        yield api
    finally:
        api.close()
    if api.failures:
        raise api.failures[0]


class _Server(ThreadingHTTPServer):
    """Bound, and so owner of its port; listens only once it is activated."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, fake: Fake, failures: list[BaseException], port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler, bind_and_activate=False)
        self.fake, self.failures = fake, failures
        self._open: set[socket.socket] = set()
        self.server_bind()

    def server_bind(self) -> None:
        """Without HTTPServer's look-up of the host's name."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "127.0.0.1", self.socket.getsockname()[1]
        self.server_address = ("127.0.0.1", self.server_port)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client: object) -> None:
        if isinstance(request, socket.socket):
            self._open.add(request)
        super().process_request(request, client)

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        if isinstance(request, socket.socket):
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.failures.append(error)

    def hang_up(self) -> None:
        """Ends the connections that clients keep alive: a dead server has none."""
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._open.discard(connection)  # closed already


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def do_POST(self) -> None:
        fake = self.server.fake
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MAX_BODY_BYTES:
            self.send_error(413)
            return
        body = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            fake.serve(
                Request(self.path, headers, body),
                lambda cut: Wire(self.connection, fake.stopping, cut),
            )
        except (BrokenOff, ClientLeft):
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Says nothing: `asked` and `refused` are the log."""
