"""The table of FACTS §3, code by code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.graph_errors import GraphOutcome, outcome_of

FACTS = {
    GraphOutcome.RETRY: [1, 2, 4, 80007, 130429, 131000, 131016, 131057],
    GraphOutcome.RETRY_PAIR: [131056],
    GraphOutcome.TEMPLATE: [131047],
    GraphOutcome.NEVER: [131026, 131050, 131051, 131008, 131009, 100, *range(132000, 132013), 131062],
    GraphOutcome.ALERT: [0, 190, 3, 10, *range(200, 300), 368, 131031, 131042, 131045],
}


@pytest.mark.parametrize("outcome", GraphOutcome)
def test_every_code_of_the_facts_has_its_outcome(outcome: GraphOutcome) -> None:
    assert {code: outcome_of(code) for code in FACTS[outcome]} == dict.fromkeys(FACTS[outcome], outcome)


@given(st.integers())
def test_any_code_has_an_outcome(code: int) -> None:
    assert outcome_of(code) in GraphOutcome


@pytest.mark.parametrize("code", [-1, 5, 199, 300, 131999, 999999])
def test_an_unknown_code_goes_to_a_person(code: int) -> None:
    assert outcome_of(code) is GraphOutcome.NEVER
