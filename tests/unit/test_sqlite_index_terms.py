"""Which words of a question are looked up, and that leaving common ones to the side changes no score."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.adapters.sqlite_index import build, passages
from sahut.adapters.sqlite_index.build import SqliteIndexWriter
from sahut.adapters.sqlite_index.passages import SqlitePassages
from sahut.adapters.sqlite_index.schema import COMMON
from sahut.adapters.sqlite_index.terms import match_any, match_both, rare_and_common
from sahut.domain.answer import Passage
from sahut.domain.words import MAX_TERMS, terms_of
from sahut.ports.passages import Entry, Query


@pytest.mark.parametrize(
    ("text", "synonyms", "expected"),
    [
        ("Berapa ongkir ke Papua?", (), ["ongkir", "papua"]),
        ("where is it", (), ["where", "is", "it"]),
        ("?! …", (), []),
        ("ongkir ONGKIR óngkir", (), ["ongkir"]),
        ("ongkir", ("biaya kirim", "Ongkos", "the", "", "ongkir"), ["ongkir", "biaya kirim", "ongkos"]),
        ("?", ("cash on delivery",), ["cash on delivery"]),
    ],
)
def test_terms(text: str, synonyms: tuple[str, ...], expected: list[str]) -> None:
    assert terms_of(text, synonyms) == expected


def test_a_long_question_is_bounded() -> None:
    assert len(terms_of(" ".join(f"w{n}" for n in range(500)), [f"s{n}" for n in range(99)])) == MAX_TERMS


def test_expressions() -> None:
    assert match_any(["a", "b c"]) == '"a" OR "b c"'
    assert match_both(["a", "b"], ["c"]) == '("a" OR "b") AND ("c")'


@pytest.mark.parametrize(
    ("most", "rare", "common"),
    [
        (1_000, ["x", "b", "a", "c"], []),
        (899, ["x", "b", "a"], ["c"]),
        (100, ["x", "b"], ["a", "c"]),
        (99, ["x"], ["a", "b", "c"]),
        (0, ["x"], ["a", "b", "c"]),
    ],
)
def test_the_rarest_terms_that_fit(most: int, rare: list[str], common: list[str]) -> None:
    assert rare_and_common(["a", "b", "c", "x"], {"a": 300, "b": 100, "c": 500}, most) == (rare, common)


def test_one_term_is_always_looked_up_and_a_phrase_costs_its_rarest_word() -> None:
    assert rare_and_common(["a"], {"a": 300}, 10) == (["a"], [])
    assert rare_and_common(["a", "a b"], {"a": 300, "b": 5}, 10) == (["a b"], ["a"])


TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), max_size=12).map(" ".join), min_size=1, max_size=25)


@given(TEXTS, st.permutations("abcdefg"), st.integers(0, 30))
def test_whoever_has_a_rare_word_gets_the_score_of_all_words(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], asked: list[str], most: int
) -> None:
    path = tmp_path_factory.mktemp("x") / "x"
    entries = [Entry(Passage(f"d#{n}", "d", "T", f"w{n} {text}")) for n, text in enumerate(texts)]
    query = Query(" ".join(f"{letter}" for letter in asked[:4]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "COMMON", 0)
        SqliteIndexWriter(path).write(entries, version="v", embedder="", dimensions=0)
        index = SqlitePassages(path)
        whole = {hit.passage.passage_id: hit.lexical for hit in index.find(query, 99)}
        patch.setattr(passages, "_MAX_RANKED", most)
        bounded = {hit.passage.passage_id: hit.lexical for hit in index.find(query, 99)}
        terms = terms_of(query.text)
        rare, _ = rare_and_common(terms, index._common(terms), most)
    with_rare = {
        f"d#{n}" for n, text in enumerate(texts) if not set(rare).isdisjoint(text.split())
    } & whole.keys()
    assert bounded == pytest.approx({key: whole[key] for key in with_rare})


def test_how_often_common_words_occur_is_in_the_file(tmp_path: Path) -> None:
    entries = [
        Entry(Passage(f"d#{n}", "d", "T", f"w{n} often " + "seldom" * (n % 2))) for n in range(COMMON + 2)
    ]
    SqliteIndexWriter(tmp_path / "x").write(entries, version="v", embedder="", dimensions=0)
    index = SqlitePassages(tmp_path / "x")
    assert index._common(["often", "seldom", "w1", "often seldom"]) == {"often": COMMON + 2}
