"""Which models may do which work for a tenant, in order, and what each may take and cost.

A scenario is a kind of work; its candidates are tried in order until one does it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sahut.domain.budget import Rung, WhenSpent


class Scenario(StrEnum):
    """ROUTE: which intent. JUDGE: is each claim supported. TRANSCRIBE: voice. SEE: describe an image."""

    ROUTE = "route"
    ANSWER = "answer"
    JUDGE = "judge"
    SUMMARISE = "summarise"
    TRANSCRIBE = "transcribe"
    SEE = "see"


class Provider(StrEnum):
    """All but RASA and EXTRACTIVE speak OpenAI's API. COMPATIBLE: vLLM, Ollama, llama.cpp, at a base_url."""

    OPENAI = "openai"
    AZURE = "azure"
    GEMINI = "gemini"
    BEDROCK = "bedrock"
    COMPATIBLE = "openai_compatible"
    RASA = "rasa"
    EXTRACTIVE = "extractive"


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call used, whether or not it came to anything."""

    tokens_in: int = 0
    tokens_out: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may do a scenario's work.

    base_url: '' for the provider's own, with OPENAI, GEMINI and BEDROCK (in our own region). AZURE: the
    resource's endpoint; with api_version its deployments are asked, without it the v1 API.
    key: where the secret lies, never the secret: "models/small" in SSM, "secretsmanager:models/small" in
    Secrets Manager; '' for an endpoint without one. Prices are in US dollars per million tokens.
    first_token_timeout_s: from sending until the first word, and for a silence later. timeout_s: of a call.
    max_retries: of the same candidate, after the first attempt.
    temperature None: the endpoint's own. languages: ISO 639-1 that it may be asked in; () for all.
    structured: it keeps to a JSON schema given as `response_format`.
    """

    provider: Provider
    name: str
    model: str = ""
    base_url: str = ""
    key: str = ""
    connect_timeout_s: float = 2.0
    first_token_timeout_s: float = 10.0
    timeout_s: float = 20.0
    max_retries: int = 1
    temperature: float | None = None
    context_tokens: int = 8_192
    max_output_tokens: int = 600
    price_in_usd_per_mtok: float = 0.0
    price_out_usd_per_mtok: float = 0.0
    languages: tuple[str, ...] = ()
    structured: bool = False
    api_version: str = ""

    @property
    def endpoint(self) -> str:
        """What is healthy or not as one: a model behind an address, for the owner of a key."""
        return f"{self.provider.value}|{self.base_url}|{self.api_version}|{self.model}|{self.key}"

    def price_usd(self, tokens_in: int, tokens_out: int) -> float:
        return (tokens_in * self.price_in_usd_per_mtok + tokens_out * self.price_out_usd_per_mtok) / 1_000_000


# No model, no key, no network: the product works without any of them and degrades to it.
EXTRACTIVE = Candidate(Provider.EXTRACTIVE, "extractive")


@dataclass(frozen=True, slots=True)
class Models:
    """A tenant's registry. ceiling_usd_per_turn: a candidate that would cost more is passed over; 0: none.

    daily_limit_usd: what all models of the tenant may cost in a day, 0: anything. when_spent: who answers
    then; None: the documents. rung: where today's spending stands; on Rung.PERSON no machine answers.
    """

    scenarios: Mapping[Scenario, tuple[Candidate, ...]] = field(default_factory=dict)
    ceiling_usd_per_turn: float = 0.0
    daily_limit_usd: float = 0.0
    when_spent: WhenSpent | None = None
    rung: Rung = Rung.EVERYTHING

    def of(self, scenario: Scenario) -> tuple[Candidate, ...]:
        """The candidates in order; answers always end with the extractive one."""
        chosen = self.scenarios.get(scenario, ())
        if scenario is Scenario.ANSWER and EXTRACTIVE not in chosen:
            chosen = (*chosen, EXTRACTIVE)
        return chosen

    def over(self, defaults: "Models") -> "Models":
        """This tenant's choices, and the installation's wherever it made none."""
        return Models(
            {**defaults.scenarios, **self.scenarios},
            self.ceiling_usd_per_turn or defaults.ceiling_usd_per_turn,
            self.daily_limit_usd or defaults.daily_limit_usd,
            self.when_spent or defaults.when_spent,
        )
