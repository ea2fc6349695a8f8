"""The running sandbox: emulator, Meta's side, deployed stack, seeded tenants. The heart of this package.

with running(Options(parameters={"TurnDeadlineSeconds": "20"})) as stack:
    post(stack.endpoints.whatsapp.webhook_url, …)
    stack.controls.kill_workers("delivery")
"""

import fcntl
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox import meta, sam_local
from sandbox.build import CACHE, ROOT, build, machine_parameters
from sandbox.cloud import Cloud, external, start_emulator
from sandbox.controls import Controls
from sandbox.deploy import LOCAL_CONFIG, deploy, session
from sandbox.endpoints import Endpoints, GraphApiEndpoints, WhatsAppEndpoints, write_whole
from sandbox.indexing import SandboxComposition, embed_ahead, seed_knowledge
from sandbox.orders.child import OrdersSide
from sandbox.orders.child import start as start_orders
from sandbox.processes import Child, free_port
from sandbox.progress import Progress
from sandbox.seed import Seed, Seeder
from sandbox.template_edits import Local, edit
from sandbox.tenants import Model, load_tenants, platform_secrets

STATE = ROOT / ".sandbox"
EMULATOR_PORT = 4566
WEB_PORT = 8765
ORDERS_PORT = 8897

# Every function gets as many processes as there are turns at once: on one machine more only wait.
# Its models answer on this machine too.
LOCAL_PARAMETERS = {"DispatchMaximumConcurrency": "6", "ModelAddresses": "any", "ToolAddresses": "any"}


class AlreadyRunning(RuntimeError):
    """Another sandbox uses the same state folder."""


@dataclass(frozen=True, slots=True)
class Options:
    """parameters: of template.yaml. auth: the emulator enforces IAM policies. fixed_ports: try the
    well-known ones first. model: writes the answers before the extractive answerer.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    auth: bool = False
    state_dir: Path = STATE
    stack_name: str = "sahut"
    fixed_ports: bool = False
    model: Model | None = None
    external_endpoint_url: str = ""


@dataclass(frozen=True, slots=True)
class Stack:
    """outputs: of the deployed stack, by name. controls: how to break it. children: must keep running."""

    endpoints: Endpoints
    outputs: Mapping[str, str]
    controls: Controls
    children: tuple[Child, ...] = ()

    def client(self, service: str) -> Any:
        """A boto3 client of the sandbox's cloud."""
        return _client(service, self.endpoints.aws_endpoint_url)

    @property
    def logs_dir(self) -> Path:
        return self.controls.state / "logs"


@contextmanager
def running(options: Options | None = None, progress: Progress | None = None) -> Iterator[Stack]:
    """Starts everything, yields it when messages can be sent, and leaves no process behind.

    Raises:
        AlreadyRunning, ChildFailed, SamFailed: see there.
    """
    with ExitStack() as undo:
        yield _Launch(options or Options(), progress or Progress(), undo).start()


class _Launch:
    """The steps of a start, in order. `undo` ends what they began, in reverse."""

    def __init__(self, options: Options, progress: Progress, undo: ExitStack) -> None:
        self._options = options
        self._progress = progress
        self._undo = undo
        self._state = options.state_dir
        self._tenants = load_tenants()
        self._platform = platform_secrets()

    def start(self) -> Stack:
        self._state.mkdir(parents=True, exist_ok=True)
        self._undo.enter_context(_only_one(self._state))
        _forget_last_run(self._state)
        ahead = self._begin_embedding()
        with self._progress.step("building the functions (sam build)"):
            built = self._undo.enter_context(build())
        with self._progress.step("starting the emulator and Meta's side"):
            cloud, meta_side = self._start_children()
            orders = self._start_orders()
        with self._progress.step("deploying template.yaml (sam deploy)"):
            outputs = self._deploy(built, cloud, meta_side)
        with self._progress.step("embedding the tenants' documents"):
            for vectors in ahead:
                vectors.result()
        with self._progress.step("seeding the tenants and their knowledge"):
            seed = Seed(self._tenants, self._platform, meta_side.origin, self._options.model, orders)
            Seeder(session(), cloud.endpoint_url, outputs).write(seed)
            made = SandboxComposition(session(), cloud.endpoint_url, outputs)
            for tenant in self._tenants:
                seed_knowledge(made, tenant, CACHE / "knowledge")
            endpoints = self._endpoints(cloud, meta_side, outputs)
            meta_side.configure(_for_meta(endpoints))
            functions = _client("lambda", cloud.endpoint_url)
            sam_local.write(built, self._state, functions, outputs, cloud.endpoint_url)
        self._announce(endpoints)
        controls = Controls(self._state, cloud.emulator.pid if cloud.emulator else 0)
        children = [meta_side.child, orders.child, *([cloud.emulator] if cloud.emulator else [])]
        return Stack(endpoints, outputs, controls, tuple(children))

    def _begin_embedding(self) -> list[Future[int]]:
        """In the background: the first time it takes a minute, which build and deployment take too."""
        pool = ThreadPoolExecutor(max_workers=1)
        self._undo.callback(pool.shutdown, cancel_futures=True)
        folder = CACHE / "knowledge"
        return [pool.submit(embed_ahead, tenant, folder) for tenant in self._tenants]

    def _start_children(self) -> tuple[Cloud, meta.MetaSide]:
        options = self._options
        web_port = free_port(WEB_PORT if options.fixed_ports else 0)
        meta_side = meta.start(web_port, self._tenants, self._platform, self._state)
        self._undo.callback(meta_side.child.stop)
        if options.external_endpoint_url:
            cloud = external(options.external_endpoint_url)
        else:
            port = EMULATOR_PORT if options.fixed_ports else 0
            cloud = start_emulator(port, self._state, options.auth)
        if cloud.emulator:
            self._undo.callback(cloud.emulator.stop)
        cloud.wait()
        meta_side.wait()
        return cloud, meta_side

    def _start_orders(self) -> OrdersSide:
        port = free_port(ORDERS_PORT if self._options.fixed_ports else 0)
        [file] = [tenant.orders for tenant in self._tenants if tenant.orders.exists()]
        orders = start_orders(port, file, self._state)
        self._undo.callback(orders.child.stop)
        orders.wait()
        return orders

    def _deploy(self, built: Path, cloud: Cloud, meta_side: meta.MetaSide) -> dict[str, str]:
        template = built / "template.yaml"
        if cloud.is_ministack:
            faults = Controls(self._state, 0).faults_file
            python = ROOT / ".venv-lambda" / "bin" / "python"
            scratch = self._state / "tmp"
            template = edit(Local(built, self._state / "deploy", python, cloud.endpoint_url, faults, scratch))
        parameters = machine_parameters() | LOCAL_PARAMETERS | {"GraphApiUrl": meta_side.base_url}
        chosen = parameters | dict(self._options.parameters)
        log = self._state / "logs" / "sam-deploy.log"
        return deploy(template, self._options.stack_name, cloud.endpoint_url, chosen, log)

    def _endpoints(self, cloud: Cloud, meta_side: meta.MetaSide, outputs: Mapping[str, str]) -> Endpoints:
        stage = self._options.parameters.get("Stage", "dev")
        api_url = f"{cloud.endpoint_url}/_aws/execute-api/{outputs['ApiId']}/{stage}"
        webhook_url = f"{api_url}/v1/webhooks/whatsapp"
        return Endpoints(
            api_url=api_url,
            webchat_url=f"{meta_side.origin}/shop/{self._tenants[0].tenant_id}",
            phone_url=f"{meta_side.origin}/phone",
            aws_endpoint_url=cloud.endpoint_url,
            stack_name=self._options.stack_name,
            whatsapp=WhatsAppEndpoints(webhook_url, self._platform.app_secret, self._platform.verify_token),
            graph_api=GraphApiEndpoints(meta_side.base_url, f"{meta_side.origin}/outbox"),
            tenants=tuple(tenant.seeded() for tenant in self._tenants),
        )

    def _announce(self, endpoints: Endpoints) -> None:
        path = self._state / "endpoints.json"
        write_whole(path, endpoints.to_json())
        self._undo.callback(path.unlink, missing_ok=True)


def _client(service: str, endpoint_url: str) -> Any:
    make: Any = session().client  # boto3-stubs knows literal names only
    return make(service, endpoint_url=endpoint_url, config=LOCAL_CONFIG)


def _for_meta(endpoints: Endpoints) -> dict[str, object]:
    """What Meta's side learns after the deployment."""
    return {
        "webhook_url": endpoints.whatsapp.webhook_url,
        "api_url": endpoints.api_url,
        "webchat_keys": {tenant.tenant_id: tenant.webchat_key for tenant in endpoints.tenants},
    }


def _forget_last_run(state: Path) -> None:
    for name in ("deploy", "tmp", "faults.json.fired", sam_local.FOLDER):
        shutil.rmtree(state / name, ignore_errors=True)
    for name in ("endpoints.json", "faults.json", "throttle.json", "denials.log"):
        (state / name).unlink(missing_ok=True)


@contextmanager
def _only_one(state: Path) -> Iterator[None]:
    with (state / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(f"a sandbox is already running in {state}; stop it first") from None
        yield
