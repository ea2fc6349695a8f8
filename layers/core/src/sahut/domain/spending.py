"""What models have cost, by whom and for what, and which of them may still be asked today."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sahut.domain.budget import Rung
from sahut.domain.models import Candidate, Models, Provider, Scenario

# A usual turn: what "cheapest" is measured with.
_TOKENS_IN, _TOKENS_OUT = 3_000, 300
# They ask no model that counts tokens.
_FREE = (Provider.RASA, Provider.EXTRACTIVE)


@dataclass(frozen=True, slots=True)
class Account:
    """What a sum is booked on. model: the candidate's name."""

    agent: str
    scenario: str
    model: str


@dataclass(frozen=True, slots=True)
class Usage:
    """calls: also those that came to nothing. nano_usd: see domain.budget."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    nano_usd: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.calls + other.calls,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
            self.nano_usd + other.nano_usd,
        )


@dataclass(frozen=True, slots=True)
class Spending:
    """Of a day, or of a conversation. turns: those in which models used tokens."""

    by: Mapping[Account, Usage]
    turns: int = 0

    @property
    def total(self) -> Usage:
        return sum(self.by.values(), Usage())

    def __add__(self, other: "Spending") -> "Spending":
        both = {account: self.by.get(account, Usage()) + usage for account, usage in other.by.items()}
        return Spending({**self.by, **both}, self.turns + other.turns)


def models_on(rung: Rung, models: Models) -> Models:
    """What is left of a registry on a rung."""
    if rung is Rung.EVERYTHING:
        return models
    left = {scenario: _left(rung, scenario, models.of(scenario)) for scenario in Scenario}
    return replace(models, scenarios=left, rung=rung)


def _left(rung: Rung, scenario: Scenario, candidates: tuple[Candidate, ...]) -> tuple[Candidate, ...]:
    if scenario is Scenario.JUDGE:
        return ()
    if rung is Rung.NO_JUDGE:
        return candidates
    free = tuple(each for each in candidates if each.provider in _FREE)
    if rung is not Rung.CHEAPEST:
        return free
    return (*cheapest([each for each in candidates if each.provider not in _FREE]), *free)


def cheapest(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """The cheapest candidate; while it may not be asked in every language, also the next cheapest."""
    kept: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda each: each.price_usd(_TOKENS_IN, _TOKENS_OUT)):
        kept.append(candidate)
        if not candidate.languages:
            break
    return tuple(kept)
