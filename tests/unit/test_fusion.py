"""Fusion: the weighted sum that both indexes share."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.fusion import DENSE_WEIGHT, LEXICAL_WEIGHT, fused

COSINES = st.dictionaries(st.integers(0, 9), st.floats(-1, 1), max_size=10)
SCORES = st.dictionaries(st.integers(0, 9), st.floats(0, 50), max_size=10)


@pytest.mark.parametrize(
    ("dense", "lexical", "expected"),
    [
        ({}, {}, {}),
        # words alone
        ({}, {"a": 4.0, "b": 1.0}, {"a": 1.0, "b": 0.25}),
        # words that every passage has weigh nothing
        ({}, {"a": 0.0}, {"a": 0.0}),
        # vectors alone, normalised over 0.7 to 0.9
        ({"a": 0.9, "b": 0.8, "c": 0.7}, {}, {"a": 0.7, "b": 0.35, "c": 0.0}),
        # both, and each where the other is missing
        ({"a": 0.9, "b": 0.8}, {"b": 2.0, "c": 1.0}, {"a": 0.7, "b": 0.65, "c": 0.15}),
    ],
)
def test_the_weighted_sum(
    dense: Mapping[str, float], lexical: Mapping[str, float], expected: Mapping[str, float]
) -> None:
    assert fused(dense, 0.7, 0.9, lexical) == pytest.approx(expected)


def test_all_equally_near_are_all_nearest() -> None:
    assert fused({"a": 0.8, "b": 0.8}, 0.8, 0.8, {"b": 1.0}) == pytest.approx({"a": 0.7, "b": 1.0})


def test_the_weights_make_a_whole() -> None:
    assert pytest.approx(1.0) == DENSE_WEIGHT + LEXICAL_WEIGHT


@given(COSINES, SCORES)
def test_scores_lie_between_zero_and_one_and_nobody_is_lost(
    dense: dict[int, float], lexical: dict[int, float]
) -> None:
    found = fused(dense, min(dense.values(), default=0.0), max(dense.values(), default=0.0), lexical)
    assert found.keys() == dense.keys() | lexical.keys()
    assert all(0.0 <= score <= 1.0 + 1e-9 for score in found.values())


@given(COSINES, SCORES, st.integers(0, 9), st.integers(0, 9))
def test_better_on_both_sides_is_never_worse(
    dense: dict[int, float], lexical: dict[int, float], one: int, other: int
) -> None:
    if not {one, other} <= dense.keys():
        return
    better = dense[one] >= dense[other] and lexical.get(one, 0.0) >= lexical.get(other, 0.0)
    found = fused(dense, min(dense.values()), max(dense.values()), lexical)
    assert not better or found[one] >= found[other]
