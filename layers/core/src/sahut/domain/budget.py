"""What a tenant may spend on models in a day, and what is given up first as it goes.

Amounts are counted in nano-dollars: a price of 0.075 US dollars per million tokens is 75 of them a token, so
sums are exact whole numbers.
"""

from enum import StrEnum

# Shares of the daily limit. The ladder's steps are below; these are what people are told at.
ALARM_PERCENTS = (50, 80, 100)
_NO_JUDGE_PERCENT = 80
_CHEAPEST_PERCENT = 90
_SPENT_PERCENT = 100

_NANO = 1_000_000_000


class WhenSpent(StrEnum):
    """Who answers for the rest of the day: the documents' own sentences, or a person."""

    EXTRACTIVE = "extractive"
    PERSON = "person"


class Rung(StrEnum):
    """How much of the registry still holds today, from all of it to none."""

    EVERYTHING = "everything"
    NO_JUDGE = "no_judge"
    CHEAPEST = "cheapest"
    EXTRACTIVE = "extractive"
    PERSON = "person"


def nano_usd(usd: float) -> int:
    return round(usd * _NANO)


def usd(nano: int) -> float:
    return nano / _NANO


def ladder(spent_usd: float, limit_usd: float, when_spent: WhenSpent | None = None) -> Rung:
    """The rung that a day's spending stands on. limit_usd 0: no limit. when_spent None: the documents."""
    percent = _percent(spent_usd, limit_usd)
    if percent >= _SPENT_PERCENT:
        return Rung.PERSON if when_spent is WhenSpent.PERSON else Rung.EXTRACTIVE
    if percent >= _CHEAPEST_PERCENT:
        return Rung.CHEAPEST
    return Rung.NO_JUDGE if percent >= _NO_JUDGE_PERCENT else Rung.EVERYTHING


def reached(spent_usd: float, limit_usd: float) -> tuple[int, ...]:
    """Those of ALARM_PERCENTS that the spending has reached."""
    percent = _percent(spent_usd, limit_usd)
    return tuple(each for each in ALARM_PERCENTS if percent >= each)


def _percent(spent_usd: float, limit_usd: float) -> float:
    """In nano-dollars, so that a tenth of a limit added ten times is all of it."""
    return 100 * nano_usd(spent_usd) / nano_usd(limit_usd) if nano_usd(limit_usd) else 0.0
