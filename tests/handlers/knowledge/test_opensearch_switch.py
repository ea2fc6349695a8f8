"""A base moves to a real OpenSearch server and back, and answers all the while."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from sahut.adapters.opensearch import OpenSearchServer, Tier, client_of
from sahut.domain.errors import NotFound
from sahut.domain.knowledge import Engine, KnowledgeSettings
from tests.handlers.knowledge.conftest import Library
from tests.opensearch.server import NoServer, running

pytestmark = pytest.mark.full

PRICES = "# Prices\n\nThe batik shirt costs Rp255.000."


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    try:
        with running() as found:
            yield found
    except NoServer as why:
        pytest.skip(str(why))


def test_there_and_back_without_a_gap(library: Library, url: str) -> None:
    server = OpenSearchServer(client_of(url, lambda: ""), Tier.DEDICATED, library.embedder.dimensions)
    library.made.knowledge.shelf.__dict__["_make_server"] = lambda: server
    library.put("prices.md", PRICES)
    library.put("copy.md", PRICES)
    library.put("hours.md", "# Hours\n\nThe shop opens at nine.")
    library.build()
    expected = library.answers("batik shirt")
    assert engine_of(library) is Engine.SQLITE
    library.embedder.asked.clear()
    for engine in (Engine.OPENSEARCH, Engine.SQLITE):
        settings = replace(KnowledgeSettings(), engine=engine)
        library.made.knowledge.documents.decide(library.ref, settings, library.world.now)
        assert library.build(stop_before="activate") == "killed"
        assert library.answers("batik shirt") == expected  # the engine from before answers
        assert library.build() == "activated"
        assert engine_of(library) is engine
        assert library.answers("batik shirt") == expected
        assert library.build() == "unchanged"
    assert library.embedder.asked == []


def engine_of(library: Library) -> Engine:
    live = library.live
    assert live is not None
    return live.engine


@pytest.mark.parametrize("tier", list(Tier))
def test_what_the_server_lost_is_written_again_without_embedding(
    library: Library, url: str, tier: Tier
) -> None:
    client = client_of(url, lambda: "")
    server = _on(library, OpenSearchServer(client, tier, library.embedder.dimensions))
    library.put("prices.md", PRICES)
    library.put("copy.md", PRICES)
    assert library.build() == "activated"
    live = library.live
    assert live is not None
    expected = library.answers("batik shirt")
    library.embedder.asked.clear()
    client.indices.delete(index=server.index_of(library.ref, live.version))
    with pytest.raises(NotFound):
        library.answers("batik shirt")
    assert library.build() == "activated"
    assert library.answers("batik shirt") == expected != []
    assert library.build() == "unchanged"
    assert library.embedder.asked == []


def _on(library: Library, server: OpenSearchServer) -> OpenSearchServer:
    """The library's base lives on the server from its next build on."""
    library.made.knowledge.shelf.__dict__["_make_server"] = lambda: server
    settings = replace(KnowledgeSettings(), engine=Engine.OPENSEARCH)
    library.made.knowledge.documents.decide(library.ref, settings, library.world.now)
    return server
