"""A tenant's settings, as the stages see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sahut.domain.agent import Agent
from sahut.domain.scope import Topic
from sahut.domain.tenant import TenantId

# A customer waits, and the first answerer with a model takes seconds too.
RERANKER_TIMEOUT_S = 2.0
LONGEST_RERANKER_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class RerankerChoice:
    """Who reranks the passages found. kind: "jina" or "tei", see adapters/rerankers/http.py.

    base_url: what stands before `/rerank`. key_name: where the tenant's secret for it lies, '' for none.
    """

    kind: str
    base_url: str
    model: str = ""
    key_name: str = ""
    timeout_s: float = RERANKER_TIMEOUT_S


@dataclass(frozen=True, slots=True)
class Profile:
    """evidence_threshold 0: the built-in one.

    reranker: None leaves passages in the index's order. tokenise_pii: models see placeholders instead of
    customers' personal data. own_topics: what the scope guard must let through, because it is the trade.
    """

    tenant: TenantId
    name: str
    default_language: str
    languages: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    evidence_threshold: float = 0.0
    phone_number_ids: tuple[str, ...] = ()
    reranker: RerankerChoice | None = None
    agent: Agent = field(default_factory=Agent)
    tokenise_pii: bool = False
    own_topics: frozenset[Topic] = frozenset()


def reranker_of(values: Mapping[str, object]) -> RerankerChoice | None:
    """A reranker as configuration names it; None where it names nothing.

    Raises:
        ValueError: an unknown kind, no address, or a time-out that nobody should wait for.
    """
    if not values:
        return None
    kind, base_url = str(values.get("kind", "")), str(values.get("base_url", ""))
    if kind not in ("jina", "tei"):
        raise ValueError(f"unknown kind of reranker: {kind!r}")
    url = urlsplit(base_url)
    if url.scheme not in ("http", "https") or not url.hostname or url.port == 0:  # .port raises by itself
        raise ValueError("a reranker's base_url must be an http or https address")
    timeout_s = _number(values, "timeout_s", RERANKER_TIMEOUT_S)
    if not 0.0 < timeout_s <= LONGEST_RERANKER_TIMEOUT_S:
        raise ValueError(f"a reranker's timeout_s must be at most {LONGEST_RERANKER_TIMEOUT_S}")
    return RerankerChoice(
        kind, base_url, str(values.get("model", "")), str(values.get("key_name", "")), timeout_s
    )


def _number(values: Mapping[str, object], name: str, default: float) -> float:
    value = values.get(name, default)
    return float(value) if isinstance(value, int | float) else default
