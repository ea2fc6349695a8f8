"""The textbook methods that the search is measured beside, by hand, and what its goals say."""

import struct

import numpy as np
import pytest

from bench.retrieval_quality import Figures, Plain, goals, reciprocal_ranks, weighted
from sahut.domain.answer import Passage
from sahut.ports.passages import Entry


def entry(number: int, text: str, vector: tuple[float, float]) -> Entry:
    return Entry(Passage(f"p{number}", f"d{number}", "T", text), struct.pack("<2e", *vector))


@pytest.fixture
def plain() -> Plain:
    return Plain([entry(0, "the red boat", (1.0, 0.0)), entry(1, "a blue sky", (0.0, 1.0))], 2)


def test_cosines_and_words(plain: Plain) -> None:
    assert plain.cosines([1.0, 0.0]).tolist() == [1.0, 0.0]
    assert [score > 0 for score in plain.bm25("blue boats the", stop_words=False)] == [False, True]
    assert [score > 0 for score in plain.bm25("blue boats the", stop_words=True)] == [True, True]
    assert plain.bm25('"!', stop_words=True).tolist() == [0.0, 0.0]


def test_the_weighted_formula_by_hand() -> None:
    fused = weighted(np.array([0.9, 0.8, 0.7]), np.array([0.0, 2.0, 4.0]))
    assert fused.tolist() == pytest.approx([0.7, 0.7 * 0.5 + 0.3 * 0.5, 0.3])
    assert weighted(np.array([0.5, 0.5]), np.array([0.0, 0.0])).tolist() == [0.7, 0.7]


def test_reciprocal_ranks_by_hand() -> None:
    fused = reciprocal_ranks(np.array([0.9, 0.8]), np.array([0.0, 3.0]))
    assert fused.tolist() == pytest.approx([1 / 61, 1 / 62 + 1 / 61])


def test_goals() -> None:
    good = Figures("a", 1, 1, {"bm25": 60.0, "dense": 80.0, "rrf": 0.0, "weighted": 82.0, "ours": 82.0})
    assert all(met for met, _ in goals([good]))
    behind = Figures("b", 1, 1, {"bm25": 60.0, "dense": 84.0, "rrf": 0.0, "weighted": 82.5, "ours": 82.0})
    assert [met for met, _ in goals([good, behind])] == [False, False, False]
