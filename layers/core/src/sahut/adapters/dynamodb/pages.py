"""What is remembered of the pages on the web that a knowledge base is made of."""

from __future__ import annotations

from hashlib import sha256

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.table import Tables, Write
from sahut.adapters.dynamodb.wire import Item, Value, float_of, text_of
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.web_sources import FetchedPage, PageOutcome


class PageStore:
    """See `stages.refresh_sources.Pages`."""

    def __init__(self, tables: Tables, table: str) -> None:
        self._tables = tables
        self._table = table

    def pages(self, ref: KnowledgeRef) -> list[FetchedPage]:
        """By address."""
        first, last = keys.fetched_page(ref, ""), keys.fetched_page(ref, "~")
        found = map(_page_from, self._tables.query(self._table, first.pk, first.sk, last.sk))
        return sorted(found, key=lambda page: page.url)

    def put_page(self, ref: KnowledgeRef, page: FetchedPage) -> None:
        item: dict[str, Value] = {name: getattr(page, name) for name in FetchedPage.__slots__}
        item["outcome"] = page.outcome.value
        self._tables.write(Write(self._table, keys.fetched_page(ref, _page_id(page.url)), put=item))

    def forget_page(self, ref: KnowledgeRef, url: str) -> None:
        self._tables.write(Write(self._table, keys.fetched_page(ref, _page_id(url)), delete=True))


def _page_id(url: str) -> str:
    """An address may be longer than a key."""
    return sha256(url.encode(errors="replace")).hexdigest()[:32]


def _page_from(item: Item) -> FetchedPage:
    words = {
        name: text_of(item, name)
        for name in ("url", "name", "source_uri", "etag", "last_modified", "sha256", "reason", "detail")
    }
    return FetchedPage(
        **words, outcome=PageOutcome(text_of(item, "outcome")), looked_at=float_of(item, "looked_at")
    )
