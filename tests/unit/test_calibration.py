"""Calibration: near the built-in one with few questions, right with many, and never upside down."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.calibration import calibrate, cost
from sahut.domain.evidence import DEFAULT_THRESHOLD, probability
from sahut.domain.knowledge import Calibration


def drawn(count: int, slope: float, intercept: float) -> tuple[list[float], list[bool]]:
    """Logits, and truths that are drawn with the chance which the calibration gives them."""
    dice = random.Random(7)
    logits = [dice.gauss(0.0, 2.0) for _ in range(count)]
    return logits, [dice.random() < probability(logit, Calibration(slope, intercept)) for logit in logits]


def test_many_questions_find_the_true_scale() -> None:
    found = calibrate(*drawn(4_000, 0.6, -1.2))
    assert found.slope == pytest.approx(0.6, abs=0.06)
    assert found.intercept == pytest.approx(-1.2, abs=0.1)
    assert found.questions == 4_000
    assert found.auroc is not None
    assert 0.7 < found.auroc < 0.85


def test_few_questions_stay_near_the_built_in_scale() -> None:
    logits, truths = drawn(12, 0.5, -1.0)
    found = calibrate(logits, truths)
    assert abs(found.slope - 1.0) < 0.4
    assert abs(found.intercept) < 1.2
    assert abs(found.threshold - DEFAULT_THRESHOLD) < 0.25


@pytest.mark.parametrize("truth", [True, False])
def test_a_set_of_one_kind_teaches_nothing(truth: bool) -> None:
    assert calibrate([1.0, 2.0, 3.0], [truth] * 3) == Calibration(questions=3)
    assert calibrate([], []) == Calibration()


def test_a_truth_for_each_logit() -> None:
    with pytest.raises(ValueError, match="2 logits, 1 truths"):
        calibrate([1.0, 2.0], [True])


def test_a_wrong_answer_costs_three_wrong_hand_overs() -> None:
    scores, truths = [0.9, 0.8, 0.4, 0.2], [False, True, True, False]
    assert cost(scores, truths, 0.5) == 3 + 1
    assert cost(scores, truths, 0.95) == 2
    assert cost(scores, truths, 0.1) == 6


def test_where_wrong_answers_threaten_the_threshold_rises() -> None:
    logits = [n / 10 for n in range(-30, 31)]
    careless = calibrate(logits, [logit > -1.5 for logit in logits])
    careful = calibrate(logits, [logit > 1.5 for logit in logits])
    for found, border in ((careless, -1.5), (careful, 1.5)):
        wrong = [
            logit for logit in logits if (probability(logit, found) >= found.threshold) != (logit > border)
        ]
        assert len(wrong) <= 4, "the threshold is near the border"


def test_a_score_that_points_the_wrong_way_is_not_turned_around() -> None:
    found = calibrate([-2.0] * 40 + [2.0] * 40, [True] * 40 + [False] * 40)
    assert 0.0 < found.slope <= 0.1
    assert found.auroc is not None
    assert found.auroc < 0.5


QUESTIONS = st.lists(st.tuples(st.floats(-30, 30), st.booleans()), max_size=40)


@given(QUESTIONS)
def test_scores_keep_their_order_and_stay_finite(questions: list[tuple[float, bool]]) -> None:
    found = calibrate([logit for logit, _ in questions], [yes for _, yes in questions])
    assert found.slope > 0.0
    assert math.isfinite(found.intercept)
    assert 0.0 <= found.threshold < 1.0
    assert found.auroc is None or 0.0 <= found.auroc <= 1.0
    assert 0.0 <= probability(-1.0, found) <= probability(1.0, found) <= 1.0
