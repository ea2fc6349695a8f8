"""A knowledge base on the sandbox's emulator, built by the product's own stages and timed state by state.

What the states of reindex_knowledge do is called here one after the other, with its Map over the shards as
processes: AWS's own time between states, and the start of its functions, aren't part of it.
"""

import os
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bench.processes import cpu_s, family, machine_busy_s
from sahut.contracts.knowledge_tasks import (
    ActivateTask,
    BuildTask,
    CloseTask,
    EmbedTask,
    ReadTask,
    VersionTask,
)
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.splitting import text_to_embed
from sahut.domain.tenant import TenantId
from sahut.runtime import compose
from sahut.runtime.bootstrap import Composition
from sahut.runtime.settings import Settings
from sahut.stages.activate_version import activate_version
from sahut.stages.build_version import build_version
from sahut.stages.check_version import check_version
from sahut.stages.close_build import close_build
from sahut.stages.embed_passages import embed_passages
from sahut.stages.plan_build import plan_build
from sahut.stages.read_documents import read_documents
from sandbox.cloud import start_emulator
from sandbox.deploy import LOCAL_CONFIG, session

REF = KnowledgeRef(TenantId("bench"))
_TABLES = ("conversations", "logs", "registry", "once")
_BUCKETS = ("documents", "indexes")


@dataclass(slots=True)
class Built:
    """One build. seconds: by state. cpu_s: of all its processes, the emulator's too.

    shards: passages that got a vector in it, and the seconds for them, by shard. passages, characters: of
    the version. others_s: what the rest of the machine computed meanwhile.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    shards: list[tuple[int, float]] = field(default_factory=list)
    passages: int = 0
    characters: int = 0
    cpu_s: float = 0.0
    others_s: float = 0.0

    @contextmanager
    def state(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


class LocalComposition(Composition):
    """The product's own, with clients of the emulator."""

    def __init__(self, endpoint_url: str) -> None:
        tables = {f"{name}_table": name for name in _TABLES}
        buckets = {f"{name}_bucket": name for name in _BUCKETS}
        super().__init__(Settings(**tables, **buckets))  # type: ignore[arg-type]  # all of them are texts
        self._endpoint_url = endpoint_url

    def client(self, service: str, **config: Any) -> Any:
        make: Any = session().client  # boto3-stubs knows literal names only
        return make(service, endpoint_url=self._endpoint_url, config=LOCAL_CONFIG)


class Library:
    """Documents come with `put`; `build` indexes what changed."""

    def __init__(self, endpoint_url: str, workers: ProcessPoolExecutor) -> None:
        self._made = LocalComposition(endpoint_url)
        self._workers = workers
        self._builds = 0
        _lay_out(self._made)

    def put(self, name: str, body: bytes) -> None:
        self._made.knowledge.originals.put(REF, name, body, "application/octet-stream")

    def build(self) -> Built:
        """Makes a version of all documents live."""
        self._builds += 1
        build_id = f"build{self._builds}"
        task = BuildTask(tenant_id=str(REF.tenant), knowledge_base=REF.name, build_id=build_id)
        holder = self._made.knowledge.builds.want(REF, refresh=False).build_id
        assert self._made.knowledge.builds.take(REF, build_id, holder, self._made.clock())
        built = Built()
        ours, machine = _family_cpu_s(), machine_busy_s()
        self._states(task, built)
        built.cpu_s = _family_cpu_s() - ours
        built.others_s = max(0.0, machine_busy_s() - machine - built.cpu_s)
        built.characters = self._characters()
        close_build(CloseTask(**task.model_dump(), outcome="activated"), compose.close_build(self._made))
        return built

    def _characters(self) -> int:
        """What was embedded for the live version."""
        knows = self._made.knowledge
        live = knows.versions.live(REF)
        assert live
        entries = knows.shelf.entries(REF, knows.versions.version(REF, live.version))
        return sum(len(text_to_embed(entry.passage)) for entry in entries)

    def _states(self, task: BuildTask, built: Built) -> None:
        made, ids = self._made, task.model_dump()
        with built.state("plan"):
            plan = plan_build(task, compose.plan_build(made))
        with built.state("read"):
            reading = compose.read_documents(made)
            shards: list[str] = []
            for share in plan.shares:
                shared = ReadTask(**ids, share=share, shard_passages=plan.shard_passages)
                shards += read_documents(shared, reading).shards
        with built.state("embed"):
            built.shards = list(self._workers.map(_embed, [EmbedTask(**ids, shard=each) for each in shards]))
        with built.state("build"):
            version = build_version(task, compose.build_version(made))
        with built.state("check"):
            checked = VersionTask(**ids, version=version.version)
            assert check_version(checked, compose.check_version(made)).good
        with built.state("activate"):
            chosen = ActivateTask(**ids, version=version.version, was=plan.was)
            assert activate_version(chosen, compose.activate_version(made)).activated
        built.passages = version.passages


@contextmanager
def library(folder: Path, workers: int) -> Iterator[Library]:
    """An empty one on an emulator of its own; the embedding processes have started and loaded the model."""
    with ExitStack() as undo:
        cloud = start_emulator(0, folder, auth=False)
        if cloud.emulator:
            undo.callback(cloud.emulator.stop)
        cloud.wait()
        pool = ProcessPoolExecutor(workers, get_context("spawn"), _prepare, (cloud.endpoint_url,))
        undo.enter_context(pool)
        for ready in [pool.submit(time.sleep, 1.0) for _ in range(workers)]:
            ready.result()
        yield Library(cloud.endpoint_url, pool)


_worker: dict[str, LocalComposition] = {}


def _prepare(endpoint_url: str) -> None:
    """In an embedding process: as warm as a function that has run before."""
    made = _worker["made"] = LocalComposition(endpoint_url)
    made.knowledge.embedder.embed_query("warm")


def _embed(task: EmbedTask) -> tuple[int, float]:
    started = time.perf_counter()
    passages = embed_passages(task, compose.embed_passages(_worker["made"])).passages
    return passages, time.perf_counter() - started


def _family_cpu_s() -> float:
    return sum(cpu_s(pid) for pid in family(os.getpid()))


def _lay_out(made: Composition) -> None:
    """Tables and buckets as the template has them, as far as building needs them."""
    for name in _BUCKETS:
        made.client("s3").create_bucket(Bucket=name)
    made.client("s3").put_bucket_versioning(Bucket="documents", VersioningConfiguration={"Status": "Enabled"})
    types: Mapping[str, str] = {"pk": "HASH", "sk": "RANGE"}
    for name in _TABLES:
        made.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in types.items()],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in types],
        )
