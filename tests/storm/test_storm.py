"""Nothing is lost, nothing is said twice, nothing goes to the wrong person: in the worst weather."""

import sys

import pytest

from tests.storm.plan import make_plan
from tests.storm.session import Outcome, storm
from tests.storm.trouble import make_trouble

MESSAGES, SEED = 1200, 2026


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    """One storm for all tests here. Its table goes past pytest's capture: it is the test's summary."""
    ended = storm(MESSAGES, SEED, lambda line: None)
    print(f"\n\nstorm of {MESSAGES} messages\n{ended}\n", file=sys.__stderr__)
    return ended


@pytest.mark.stack
@pytest.mark.timeout(600)
def test_every_promise_holds(outcome: Outcome) -> None:
    broken = {promise: troubles for promise, troubles in outcome.broken.items() if troubles}
    assert not broken, f"\n{outcome}"


@pytest.mark.stack
@pytest.mark.timeout(600)
def test_it_really_stormed(outcome: Outcome) -> None:
    """A calm sea proves nothing: troubles of every kind must have come, and answers beside them."""
    calm = [name for name, count in outcome.fired.items() if count == 0]
    assert len(calm) <= len(outcome.fired) // 3, f"never fired: {calm}"
    assert outcome.evidence.course.killed.total() >= 20
    states = [turn["state"] for _, _, turn in outcome.evidence.ledger.turns()]
    assert states.count("answered") >= len(states) // 10
    assert {"answered", "handed_over", "left_to_person"} <= set(states)


def test_a_plan_is_made_of_its_seed_alone() -> None:
    plan = make_plan(SEED, MESSAGES)
    assert plan == make_plan(SEED, MESSAGES)
    assert make_trouble(plan) == make_trouble(make_plan(SEED, MESSAGES))
    assert plan != make_plan(SEED + 1, MESSAGES)


@pytest.mark.parametrize("messages", [60, MESSAGES, 5000])
def test_a_plan_has_what_was_asked_for(messages: int) -> None:
    plan = make_plan(SEED, messages)
    assert len(plan.messages) == messages
    assert len({said.person for said in plan.messages}) == len(plan.people)
    assert {len(post.items) + len(post.statuses) for post in plan.posts} <= set(range(1, 21))
    assert 0.2 < plan.repetitions / messages < 0.45
    delivered = {said.message_id for post in plan.posts for said in post.items}
    assert set(plan.said) <= delivered
