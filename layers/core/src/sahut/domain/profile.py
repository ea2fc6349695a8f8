"""A tenant's settings, as the stages see them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sahut.domain.tenant import TenantId


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may write answers: an OpenAI-compatible endpoint, or `extractive`.

    key_name: where the tenant's secret for it lies. Prices are in US dollars per million tokens.
    """

    kind: str
    name: str = ""
    base_url: str = ""
    model: str = ""
    key_name: str = ""
    timeout_s: float = 20.0
    price_in_usd_per_mtok: float = 0.0
    price_out_usd_per_mtok: float = 0.0


EXTRACTIVE = Candidate("extractive", "extractive")


@dataclass(frozen=True, slots=True)
class Profile:
    """candidates: who may write answers, in order. evidence_threshold 0: the built-in one."""

    tenant: TenantId
    name: str
    default_language: str
    languages: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    candidates: tuple[Candidate, ...] = (EXTRACTIVE,)
    evidence_threshold: float = 0.0
    phone_number_ids: tuple[str, ...] = ()


def candidate_of(values: Mapping[str, object]) -> Candidate:
    """A candidate as configuration names it; fields that are missing have their defaults.

    Raises:
        ValueError: an unknown kind.
    """
    kind = str(values.get("kind", ""))
    if kind not in ("openai", "extractive"):
        raise ValueError(f"unknown kind of candidate: {kind!r}")

    def number(name: str, default: float) -> float:
        value = values.get(name, default)
        return float(value) if isinstance(value, int | float) else default

    return Candidate(
        kind=kind,
        name=str(values.get("name") or values.get("model") or kind),
        base_url=str(values.get("base_url", "")),
        model=str(values.get("model", "")),
        key_name=str(values.get("key_name") or values.get("key_parameter", "")),
        timeout_s=number("timeout_s", 20.0),
        price_in_usd_per_mtok=number("price_in_usd_per_mtok", 0.0),
        price_out_usd_per_mtok=number("price_out_usd_per_mtok", 0.0),
    )
