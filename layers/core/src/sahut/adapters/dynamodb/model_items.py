"""The model registry as items of the Registry table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from sahut.adapters.dynamodb.wire import Value, float_of, map_of, maps_of, text_of
from sahut.domain.budget import WhenSpent
from sahut.domain.models import Candidate, Models, Provider, Scenario


def models_from(item: Mapping[str, Value]) -> Models:
    """Fields that are missing have their defaults."""
    scenarios = map_of(item, "scenarios")
    return Models(
        {Scenario(name): tuple(map(_candidate, maps_of(scenarios, name))) for name in scenarios},
        float_of(item, "ceiling_usd_per_turn"),
        float_of(item, "daily_limit_usd"),
        WhenSpent(said) if (said := text_of(item, "when_spent")) else None,
    )


def models_item(models: Models) -> dict[str, Value]:
    """What `models_from` reads."""
    return {
        "scenarios": {
            scenario.value: [_values(each) for each in candidates]
            for scenario, candidates in models.scenarios.items()
        },
        "ceiling_usd_per_turn": models.ceiling_usd_per_turn,
        "daily_limit_usd": models.daily_limit_usd,
        "when_spent": models.when_spent.value if models.when_spent else "",
    }


def _values(candidate: Candidate) -> Value:
    values: dict[str, Value] = {}
    for field in fields(candidate):
        value = getattr(candidate, field.name)
        if value != field.default:
            values[field.name] = list(value) if isinstance(value, tuple) else value
    return values | {"provider": candidate.provider.value}


def _candidate(values: Mapping[str, Value]) -> Candidate:
    known = {field.name: values[field.name] for field in fields(Candidate) if field.name in values}
    known["provider"] = Provider(str(known["provider"]))
    if "languages" in known:
        known["languages"] = tuple(known["languages"])  # type: ignore[arg-type]  # written by models_item
    return Candidate(**known)  # type: ignore[arg-type]  # as _values wrote them
