"""Versions on an OpenSearch server. See adapters/search_server.py.

Two tiers: `dedicated` gives each version an index of its own behind an alias of its knowledge base, for the
tenants that outgrew a file; `pooled` puts many small tenants into one index, where every document carries
its tenant and every query asks for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from enum import StrEnum
from typing import TYPE_CHECKING

from sahut.adapters.opensearch.client import error_of, translated
from sahut.adapters.opensearch.mapping import Json, document_id, document_of, index_body, of_version
from sahut.adapters.opensearch.passages import OpenSearchPassages
from sahut.domain.errors import NotFound, Refused, TryAgain
from sahut.domain.knowledge import KnowledgeRef
from sahut.ports.passages import Entry

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

# Requests of 500 passages with vectors have some 4 MB.
_CHUNK = 500
_RETRIES = 3
# Nobody waits for what is written or dropped; a small node may take long for a chunk.
_PATIENCE_S = 60.0
_PATIENT = {"request_timeout": _PATIENCE_S}


class Tier(StrEnum):
    POOLED = "pooled"
    DEDICATED = "dedicated"


class OpenSearchServer:
    """A SearchServer. dimensions: of the deployment's embedder, 0 for none."""

    def __init__(self, client: OpenSearch, tier: Tier, dimensions: int) -> None:
        self._client = client
        self._tier = tier
        self._dimensions = dimensions

    def open(self, ref: KnowledgeRef, version: str, embedder: str) -> OpenSearchPassages:
        index = self.index_of(ref, version)
        return OpenSearchPassages(self._client, ref, index, version, embedder, self._dimensions)

    def index_of(self, ref: KnowledgeRef, version: str) -> str:
        if self._tier is Tier.POOLED:
            return f"sahut-pooled-{self._dimensions}"
        return f"{self.alias_of(ref)}.{version}"

    def alias_of(self, ref: KnowledgeRef) -> str:
        """What people see as the live version; nothing is decided by it. A dot can't be in a name of ours."""
        return f"sahut.{ref.tenant}.{ref.name}"

    def write(
        self, ref: KnowledgeRef, version: str, entries: Iterable[Entry], embedder: str, dimensions: int
    ) -> None:
        """Writes a version and looks whether all of it is there. What failed is dropped again.

        Raises:
            TryAgain: the server can't be reached, or took only a part; writing it again replaces it.
            Refused: the server will never take one of the passages, or has no k-NN.
        """
        self.drop(ref, version)
        try:
            self._write(ref, version, entries, dimensions)
        except Exception:
            with suppress(TryAgain, Refused):  # what failed first is what matters
                self.drop(ref, version)
            raise

    def _write(self, ref: KnowledgeRef, version: str, entries: Iterable[Entry], dimensions: int) -> None:
        index = self.index_of(ref, version)
        with translated():
            self._make(index, dimensions)
            taken = self._put(_actions(ref, version, index, entries))
            self._client.indices.refresh(index=index, params=_PATIENT)
            there = self._client.count(index=index, body=_all_of(ref, version), params=_PATIENT)["count"]
        if there != taken:
            raise TryAgain(f"the search server has {there} of {taken} passages")

    def _make(self, index: str, dimensions: int) -> None:
        """Unless it is there. Without our mapping the first passage would make one that can't be searched."""
        from opensearchpy.exceptions import RequestError

        if self._client.indices.exists(index=index, params=_PATIENT):
            return
        try:
            # A live version that is written again must not be answered from while half of it is there.
            body = index_body(dimensions, hidden=self._tier is Tier.DEDICATED)
            self._client.indices.create(index=index, body=body, params=_PATIENT)
        except RequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    def _put(self, actions: Iterable[Json]) -> int:
        """How many passages the server took; a busy one is asked again after 1, 2 and 4 seconds."""
        from opensearchpy.helpers import streaming_bulk

        taken = 0
        # The library's own error for an item that isn't taken quotes the passage: it must not reach a log.
        for ok, answer in streaming_bulk(
            self._client,
            actions,
            chunk_size=_CHUNK,
            raise_on_error=False,
            max_retries=_RETRIES,
            initial_backoff=1,
            request_timeout=_PATIENCE_S,
        ):
            if not ok:
                raise error_of(int(answer["index"]["status"]))
            taken += 1
        return taken

    def holds(self, ref: KnowledgeRef, version: str) -> int | None:
        try:
            with translated():
                found = self._client.count(index=self.index_of(ref, version), body=_all_of(ref, version))
        except NotFound:
            return None
        return int(found["count"])

    def activated(self, ref: KnowledgeRef, version: str) -> None:
        if self._tier is Tier.POOLED:
            return
        alias = self.alias_of(ref)
        moves = [
            {"remove": {"index": f"{alias}.*", "alias": alias, "must_exist": False}},
            {"add": {"index": self.index_of(ref, version), "alias": alias}},
        ]
        with translated():
            self._client.indices.update_aliases(body={"actions": moves})

    def drop(self, ref: KnowledgeRef, version: str) -> None:
        """Dropping what isn't there is fine."""
        index = self.index_of(ref, version)
        try:
            with translated():
                if self._tier is Tier.DEDICATED:
                    self._client.indices.delete(index=index, params=_PATIENT)
                else:
                    # proceed: what another run of the same build deletes meanwhile is gone all the same.
                    self._client.delete_by_query(
                        index=index,
                        body=_all_of(ref, version),
                        params={"refresh": "true", "conflicts": "proceed", **_PATIENT},
                    )
        except NotFound:
            return


def _actions(ref: KnowledgeRef, version: str, index: str, entries: Iterable[Entry]) -> Iterator[Json]:
    for number, entry in enumerate(entries):
        document = document_of(ref, version, number, entry)
        yield {"_index": index, "_id": document_id(ref, version, number), "_source": document}


def _all_of(ref: KnowledgeRef, version: str) -> Json:
    return {"query": {"bool": {"filter": of_version(ref, version)}}}
