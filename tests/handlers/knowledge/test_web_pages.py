"""Pages on the web as documents of a knowledge base."""

from __future__ import annotations

from dataclasses import replace

from sahut.contracts.knowledge_tasks import FetchTask
from sahut.domain.knowledge import (
    BuildEnd,
    KnowledgeSettings,
)
from sahut.ports.passages import Query
from sahut.ports.web import PageReply, PageRequest, PageStatus
from sahut.runtime import compose
from sahut.stages.fetch_sources import fetch_sources
from sahut.stages.manage_knowledge import remove_document
from tests.handlers.knowledge.conftest import Library


def test_pages_on_the_web_become_documents_that_are_cited_by_their_address(library: Library) -> None:
    site = {"https://museum.example/hours": b"# Hours\n\nThe museum opens at ten."}
    urls = tuple(site)
    library.made.knowledge.documents.decide(library.ref, KnowledgeSettings(urls=urls), 1.0)
    fetched(library, site)
    assert library.build() == "activated"
    live = library.live
    assert live is not None
    passages = library.made.knowledge.shelf.open(library.ref, live)
    (hit,) = passages.find(Query("museum opens"), 1)
    assert (hit.passage.uri, hit.passage.text) == (urls[0], "The museum opens at ten.")
    (page,) = library.made.knowledge.pages.pages(library.ref)
    assert (page.url, page.name, page.outcome.value) == (urls[0], hit.passage.document_id, "fetched")
    fetched(library, site)
    assert library.build() == "unchanged"
    library.made.knowledge.documents.decide(library.ref, KnowledgeSettings(urls=()), 2.0)
    fetched(library, {})
    assert library.build() == "activated"
    assert library.answers("museum opens") == []


def test_a_page_whose_document_was_deleted_returns_when_it_changes_or_is_listed_anew(
    library: Library,
) -> None:
    url = "https://museum.example/hours"
    decide = library.made.knowledge.documents.decide
    as_it_was = {url: b"# Hours\n\nThe museum opens at ten."}
    decide(library.ref, KnowledgeSettings(urls=(url,)), 1.0)
    fetched(library, as_it_was)
    (page,) = library.made.knowledge.pages.pages(library.ref)

    remove_document(library.ref, page.name, library.managing)
    fetched(library, as_it_was)
    assert library.documents() == {}
    fetched(library, {url: b"# Hours\n\nThe museum opens at nine."})
    assert list(library.documents()) == [page.name]

    remove_document(library.ref, page.name, library.managing)
    decide(library.ref, KnowledgeSettings(urls=()), 2.0)
    fetched(library, {})
    decide(library.ref, KnowledgeSettings(urls=(url,)), 3.0)
    fetched(library, as_it_was)
    assert list(library.documents()) == [page.name]


def fetched(library: Library, site: dict[str, bytes]) -> None:
    """Runs the state *Fetch the sources* with a web of these pages."""
    library.world.now += 1
    library.begin()
    needs = compose.fetch_sources(library.made)
    refreshing = replace(needs.refreshing, new_web=lambda: FakeWeb(site))
    fetch_sources(FetchTask(**library.task), replace(needs, refreshing=refreshing))
    library.made.knowledge.builds.begin_round(library.ref, library.build_id)
    library.made.knowledge.builds.end(library.ref, library.build_id, BuildEnd("unchanged"), library.world.now)


class FakeWeb:
    def __init__(self, site: dict[str, bytes]) -> None:
        self._site = site

    def get(self, request: PageRequest, within_s: float) -> PageReply:
        body = self._site.get(request.url)
        if body is None:
            return PageReply(PageStatus.GONE, request.url)
        return PageReply(PageStatus.FETCHED, request.url, body, "text/markdown", etag="1")
