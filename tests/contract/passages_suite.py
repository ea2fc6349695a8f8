"""What every index must do, whatever it is made of. One subclass for each adapter gives it `index_of`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sahut.domain.answer import Passage
from sahut.domain.errors import Refused
from sahut.ports.passages import Entry, Passages, Query
from sahut.stages.indexing import vector_bytes

DIMENSIONS = 3


def entry(number: int, text: str, vector: Sequence[float] = (), tags: tuple[str, ...] = ()) -> Entry:
    passage = Passage(
        f"d{number}.md#1", f"d{number}.md", f"Title {number}", text, "Heading", number, 5, 9, "id",
        "https://x.example/", f"v{number}",
    )  # fmt: skip
    return Entry(passage, vector_bytes(vector) if vector else b"", tags)


SHOP = [
    entry(0, "Ongkos kirim ke Papua Rp85.000", (1.0, 0.0, 0.0), ("public", "delivery")),
    entry(1, "Barang dapat dikembalikan dalam 14 hari", (0.0, 1.0, 0.0), ("public",)),
    entry(2, "Kafe buka jam sembilan", (-1.0, 0.0, 0.0)),
    entry(3, "Ongkos kirim ke Jawa Rp9.000", (0.8, 0.6, 0.0), ("delivery",)),
]


class PassagesSuite(ABC):
    """index_of: a version made of these entries, opened. Each call is another version."""

    @abstractmethod
    def index_of(self, entries: Sequence[Entry], tenant: str = "shop") -> Passages: ...

    @pytest.fixture
    def shop(self) -> Passages:
        return self.index_of(SHOP)

    def found(self, index: Passages, query: Query, limit: int = 10) -> list[str]:
        return [hit.passage.document_id[:2] for hit in index.find(query, limit)]

    def test_a_passage_comes_back_whole(self, shop: Passages) -> None:
        (best, *_) = shop.find(Query("Papua", (1.0, 0.0, 0.0)), 3)
        assert best.passage == SHOP[0].passage

    def test_words_and_vectors_decide_together(self, shop: Passages) -> None:
        assert self.found(shop, Query("ongkos kirim ke Papua", (1.0, 0.0, 0.0)))[:2] == ["d0", "d3"]
        assert self.found(shop, Query("barang", (0.8, 0.6, 0.0)))[:2] == ["d1", "d3"]  # .84 and .70
        assert self.found(shop, Query("dikembalikan", (0.5, 0.86, 0.0)))[0] == "d1"

    def test_scores_are_those_of_the_fusion(self, shop: Passages) -> None:
        hits = {hit.passage.document_id: hit for hit in shop.find(Query("Papua", (1.0, 0.0, 0.0)), 10)}
        assert hits["d0.md"].fused == pytest.approx(1.0, abs=0.01)
        assert hits["d0.md"].dense == pytest.approx(1.0, abs=0.01)
        assert hits["d3.md"].dense == pytest.approx(0.8, abs=0.01)
        assert hits["d3.md"].fused == pytest.approx(0.7 * 0.9, abs=0.01)
        assert hits["d2.md"].fused == pytest.approx(0.0, abs=0.01)
        assert hits["d0.md"].lexical > 0.0 == hits["d2.md"].lexical

    def test_words_alone(self, shop: Passages) -> None:
        assert self.found(shop, Query("Papua"))[0] == "d0"
        assert self.found(shop, Query("Papua")) == ["d0"]
        assert shop.find(Query("Papua"), 1)[0].dense == 0.0

    def test_accents_and_case_are_folded(self, shop: Passages) -> None:
        assert self.found(shop, Query("PÁPUA"))[0] == "d0"

    def test_synonyms_are_looked_up_beside(self, shop: Passages) -> None:
        assert self.found(shop, Query("retur")) == []
        assert self.found(shop, Query("retur", synonyms=("dikembalikan",))) == ["d1"]
        assert self.found(shop, Query("retur", synonyms=("14 hari",))) == ["d1"]
        assert self.found(shop, Query("retur", synonyms=("hari 14",))) == []

    def test_all_tags_must_be_there(self, shop: Passages) -> None:
        asked = (1.0, 0.0, 0.0)
        assert set(self.found(shop, Query("kirim", asked, tags=frozenset(["public"])))) == {"d0", "d1"}
        both = frozenset(["public", "delivery"])
        assert self.found(shop, Query("kirim", asked, tags=both)) == ["d0"]
        assert self.found(shop, Query("kirim", tags=frozenset(["none"]))) == []

    def test_no_more_than_asked(self, shop: Passages) -> None:
        assert len(shop.find(Query("kirim", (1.0, 0.0, 0.0)), 2)) == 2
        assert shop.find(Query("kirim", (1.0, 0.0, 0.0)), 0) == ()

    def test_a_vector_of_another_size_is_refused(self, shop: Passages) -> None:
        with pytest.raises(Refused):
            shop.find(Query("x", (1.0, 0.0)), 5)

    def test_equal_passages_come_in_their_order(self) -> None:
        index = self.index_of([entry(n, f"Sama saja{n}", (1.0, 0.0, 0.0)) for n in range(5)])
        assert self.found(index, Query("", (1.0, 0.0, 0.0))) == ["d0", "d1", "d2", "d3", "d4"]

    def test_an_empty_version_finds_nothing(self) -> None:
        index = self.index_of([])
        assert index.find(Query("kirim", (1.0, 0.0, 0.0)), 5) == ()
        assert index.find(Query("kirim"), 5) == ()

    def test_tenants_and_versions_know_nothing_of_each_other(self, shop: Passages) -> None:
        bank = self.index_of([entry(9, "Kredit Papua 4 persen", (1.0, 0.0, 0.0))], "bank")
        newer = self.index_of([entry(8, "Papua sekarang Rp90.000", (1.0, 0.0, 0.0))])
        asked = Query("Papua", (1.0, 0.0, 0.0))
        assert self.found(bank, asked) == ["d9"]
        assert self.found(newer, asked) == ["d8"]
        assert set(self.found(shop, asked)) == {"d0", "d1", "d2", "d3"}

    @settings(
        max_examples=25,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(text=st.text(max_size=80), synonym=st.text(max_size=20))
    def test_any_text_can_be_asked(self, shop: Passages, text: str, synonym: str) -> None:
        assert len(shop.find(Query(text, synonyms=(synonym,)), 5)) <= 4
        assert len(shop.find(Query(text, (1.0, 0.0, 0.0)), 5)) == 4
