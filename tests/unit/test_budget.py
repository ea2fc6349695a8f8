"""The day's budget: which rung its spending stands on, and who is still asked there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.domain.budget import Rung, WhenSpent, ladder, nano_usd, reached, usd
from sahut.domain.models import EXTRACTIVE, Candidate, Models, Provider, Scenario
from sahut.domain.spending import Account, Spending, Usage, cheapest, models_on


def model(name: str, price: float, *languages: str) -> Candidate:
    return Candidate(
        Provider.OPENAI, name, name, price_in_usd_per_mtok=price, price_out_usd_per_mtok=price * 4,
        languages=languages,
    )  # fmt: skip


BIG, SMALL, TINY = model("big", 5.0), model("small", 0.5), model("tiny", 0.1, "id")
NLU = Candidate(Provider.RASA, "nlu", base_url="https://nlu.example")
ALL = Models(
    {
        Scenario.ROUTE: (NLU, BIG),
        Scenario.ANSWER: (BIG, SMALL, TINY),
        Scenario.JUDGE: (BIG,),
        Scenario.SUMMARISE: (BIG, SMALL),
    },
    daily_limit_usd=10.0,
)


@pytest.mark.parametrize(
    ("spent", "rung"),
    [
        (0.0, Rung.EVERYTHING), (7.999_999, Rung.EVERYTHING), (8.0, Rung.NO_JUDGE),
        (8.999_999, Rung.NO_JUDGE),
        (9.0, Rung.CHEAPEST), (9.999_999, Rung.CHEAPEST), (10.0, Rung.EXTRACTIVE), (1e6, Rung.EXTRACTIVE),
    ],
)  # fmt: skip
def test_the_ladder(spent: float, rung: Rung) -> None:
    assert ladder(spent, 10.0) is rung
    assert ladder(spent, 0.0) is Rung.EVERYTHING
    assert ladder(spent, 10.0, WhenSpent.EXTRACTIVE) is rung
    person = Rung.PERSON if rung is Rung.EXTRACTIVE else rung
    assert ladder(spent, 10.0, WhenSpent.PERSON) is person


def test_ten_tenths_are_all_of_it() -> None:
    assert sum([0.1] * 8) < 0.8
    assert ladder(usd(8 * nano_usd(0.1)), 1.0) is Rung.NO_JUDGE
    assert ladder(sum([0.1] * 8), 1.0) is Rung.NO_JUDGE


@pytest.mark.parametrize(
    ("spent", "percents"),
    [(4.9, ()), (5.0, (50,)), (7.9, (50,)), (8.0, (50, 80)), (10.0, (50, 80, 100)), (99.0, (50, 80, 100))],
)
def test_the_shares_that_people_are_told_at(spent: float, percents: tuple[int, ...]) -> None:
    assert reached(spent, 10.0) == percents
    assert reached(spent, 0.0) == ()


def names(models: Models, scenario: Scenario) -> list[str]:
    return [each.name for each in models.of(scenario)]


@pytest.mark.parametrize(
    ("rung", "answer", "judge", "route", "summarise"),
    [
        (Rung.EVERYTHING, ["big", "small", "tiny", "extractive"], ["big"], ["nlu", "big"], ["big", "small"]),
        (Rung.NO_JUDGE, ["big", "small", "tiny", "extractive"], [], ["nlu", "big"], ["big", "small"]),
        (Rung.CHEAPEST, ["tiny", "small", "extractive"], [], ["big", "nlu"], ["small"]),
        (Rung.EXTRACTIVE, ["extractive"], [], ["nlu"], []),
        (Rung.PERSON, ["extractive"], [], ["nlu"], []),
    ],
)
def test_who_is_still_asked(
    rung: Rung, answer: list[str], judge: list[str], route: list[str], summarise: list[str]
) -> None:
    left = models_on(rung, ALL)
    assert names(left, Scenario.ANSWER) == answer
    assert names(left, Scenario.JUDGE) == judge
    assert names(left, Scenario.ROUTE) == route
    assert names(left, Scenario.SUMMARISE) == summarise
    assert (left.rung, left.daily_limit_usd) == (rung, 10.0)


def test_the_cheapest_is_one_for_every_language() -> None:
    assert cheapest([BIG, SMALL]) == (SMALL,)
    assert cheapest([BIG, TINY]) == (TINY, BIG)
    assert cheapest([]) == ()
    first, second = model("first", 1.0), model("second", 1.0)
    assert cheapest([first, second]) == (first,)


def test_without_candidates_a_rung_changes_nothing() -> None:
    assert models_on(Rung.CHEAPEST, Models()).of(Scenario.ANSWER) == (EXTRACTIVE,)


PRICES = st.floats(0, 100, allow_nan=False)


@given(st.lists(PRICES, min_size=1, max_size=6), st.sampled_from(list(Rung)))
def test_no_rung_asks_anybody_new_and_the_documents_always_answer(prices: list[float], rung: Rung) -> None:
    everybody = Models({Scenario.ANSWER: tuple(model(f"m{n}", price) for n, price in enumerate(prices))})
    left = models_on(rung, everybody).of(Scenario.ANSWER)
    assert set(left) <= set(everybody.of(Scenario.ANSWER))
    assert left[-1] == EXTRACTIVE


COUNTS = st.integers(0, 10**12)
USAGES = st.builds(Usage, COUNTS, COUNTS, COUNTS, COUNTS)
SPENDINGS = st.builds(
    Spending, st.dictionaries(st.sampled_from([Account("a", "answer", m) for m in "xyz"]), USAGES), COUNTS
)


@given(SPENDINGS, SPENDINGS)
def test_sums_lose_nothing(one: Spending, other: Spending) -> None:
    both = one + other
    assert both.total == one.total + other.total
    assert (both.turns, set(both.by)) == (one.turns + other.turns, set(one.by) | set(other.by))
