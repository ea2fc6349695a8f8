"""The HTTP API of the registry of models: what goes in and what comes out."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from sahut.contracts.chat import Api
from sahut.domain.budget import WhenSpent
from sahut.domain.model_rules import (
    LONGEST_CALL_S,
    MAX_CANDIDATES,
    MAX_RETRIES,
    check_candidate,
    check_order,
    checked_key,
)
from sahut.domain.models import EXTRACTIVE, Candidate, Models, Provider, Scenario
from sahut.domain.web_sources import MAX_URL_CHARACTERS, web_url

Source = Literal["tenant", "default"]
ProviderName = Literal["openai", "azure", "gemini", "bedrock", "openai_compatible", "rasa", "extractive"]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Price = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Dollars = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
Seconds = Annotated[float, Field(gt=0, le=LONGEST_CALL_S, allow_inf_nan=False)]


def _address(text: str) -> str:
    """Where it leads is the route's to judge: names must be resolved for that."""
    if text and "?" in web_url(text).target:
        raise ValueError("a base_url has no query; a key belongs into SSM or Secrets Manager")
    return text


class CandidateBody(Api):
    """Somebody who may do a scenario's work; candidates are tried in order.

    key: the name of a secret, never the secret: `models/NAME` in SSM, `secretsmanager:models/NAME` in Secrets
    Manager. Time-outs in seconds: connect < first token < whole call; those left out follow from the whole.
    Prices in US dollars per million tokens: without them a candidate counts as free.
    """

    model_config = ConfigDict(strict=True)

    provider: ProviderName
    name: Name = EXTRACTIVE.name
    model: str = Field(default="", max_length=200)
    base_url: Annotated[str, AfterValidator(_address)] = Field(default="", max_length=MAX_URL_CHARACTERS)
    key: Annotated[str, AfterValidator(checked_key)] = Field(default="", max_length=500)
    connect_timeout_s: Seconds | None = None
    first_token_timeout_s: Seconds | None = None
    timeout_s: Seconds = 20.0
    max_retries: int = Field(default=1, ge=0, le=MAX_RETRIES)
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    context_tokens: int = Field(default=8_192, ge=512, le=10_000_000)
    max_output_tokens: int = Field(default=600, ge=16, le=100_000)
    price_in_usd_per_mtok: Price = 0.0
    price_out_usd_per_mtok: Price = 0.0
    languages: list[Language] = Field(default=[], max_length=50)
    structured: bool = False
    api_version: str = Field(default="", pattern=r"^[a-z0-9-]{0,40}$")

    def candidate(self) -> Candidate:
        first = self.first_token_timeout_s or min(10.0, self.timeout_s / 2)
        values = self.model_dump() | {
            "provider": Provider(self.provider),
            "first_token_timeout_s": first,
            "connect_timeout_s": self.connect_timeout_s or min(2.0, first / 2),
            "languages": tuple(self.languages),
        }
        return Candidate(**values)


def _fits(scenario: Scenario) -> AfterValidator:
    def check(body: CandidateBody) -> CandidateBody:
        if body.provider == Provider.EXTRACTIVE.value and body.name != EXTRACTIVE.name:
            raise ValueError("the documents' own sentences are always called extractive")
        check_candidate(body.candidate(), scenario)
        return body

    return AfterValidator(check)


def _in_order(bodies: list[CandidateBody]) -> list[CandidateBody]:
    check_order([body.candidate() for body in bodies])
    return bodies


_most, _order = Field(max_length=MAX_CANDIDATES), AfterValidator(_in_order)
Routing = Annotated[list[Annotated[CandidateBody, _fits(Scenario.ROUTE)]], _most, _order]
Answering = Annotated[list[Annotated[CandidateBody, _fits(Scenario.ANSWER)]], _most, _order]
Judging = Annotated[list[Annotated[CandidateBody, _fits(Scenario.JUDGE)]], _most, _order]
Summarising = Annotated[list[Annotated[CandidateBody, _fits(Scenario.SUMMARISE)]], _most, _order]
Transcribing = Annotated[list[Annotated[CandidateBody, _fits(Scenario.TRANSCRIBE)]], _most, _order]
Seeing = Annotated[list[Annotated[CandidateBody, _fits(Scenario.SEE)]], _most, _order]


class Scenarios(Api):
    """A scenario that is left out follows the installation's defaults; an empty list asks nobody."""

    route: Routing | None = None
    answer: Answering | None = None
    judge: Judging | None = None
    summarise: Summarising | None = None
    transcribe: Transcribing | None = None
    see: Seeing | None = None

    def said(self) -> Iterator[tuple[Scenario, list[CandidateBody]]]:
        """Those that are not left out, in the order of their names here."""
        for scenario in Scenario:
            bodies = getattr(self, scenario.value)
            if bodies is not None:
                yield scenario, bodies


class ModelsBody(Api):
    """A tenant's whole registry: what it leaves out follows the installation's defaults.

    ceiling_usd_per_turn: dearer candidates are passed over. daily_limit_usd: of a day of UTC; when_spent says
    who answers once it is spent: the documents' own sentences, or a person. 0: the default's, else none.
    by: who changes it, as your own system names them; it goes into the audit.
    """

    model_config = ConfigDict(strict=True)

    scenarios: Scenarios = Scenarios()
    ceiling_usd_per_turn: Dollars = 0.0
    daily_limit_usd: Dollars = 0.0
    when_spent: Literal["extractive", "person"] | None = None
    by: str = Field(default="", max_length=200)

    def models(self) -> Models:
        return Models(
            {
                scenario: tuple(body.candidate() for body in bodies)
                for scenario, bodies in self.scenarios.said()
            },
            self.ceiling_usd_per_turn,
            self.daily_limit_usd,
            WhenSpent(self.when_spent) if self.when_spent else None,
        )

    def addresses(self) -> Iterator[tuple[str, str]]:
        """(path of the field, address) of every base_url."""
        for scenario, bodies in self.scenarios.said():
            for number, body in enumerate(bodies):
                if body.base_url:
                    yield f"scenarios.{scenario}.{number}.base_url", body.base_url


class ScenarioView(Api):
    """source: whose choice it is. Answers always end with `extractive`, which needs no model."""

    source: Source
    candidates: list[CandidateBody]


class ModelsView(Api):
    """own: what this tenant chose, to be edited and put back. The rest: what holds, defaults included."""

    own: ModelsBody
    scenarios: dict[str, ScenarioView]
    ceiling_usd_per_turn: float
    daily_limit_usd: float
    when_spent: Literal["extractive", "person"]


def body_of(candidate: Candidate) -> CandidateBody:
    """Unchecked: what was stored before a rule became stricter is shown as it is."""
    values = {name: getattr(candidate, name) for name in CandidateBody.model_fields}
    changed = {"provider": candidate.provider.value, "languages": list(candidate.languages)}
    return CandidateBody.model_construct(**values | changed)


def own_body(models: Models) -> ModelsBody:
    """What a PUT of the same registry says."""
    said = {
        scenario.value: list(map(body_of, candidates)) for scenario, candidates in models.scenarios.items()
    }
    return ModelsBody.model_construct(
        scenarios=Scenarios.model_construct(None, **said),
        ceiling_usd_per_turn=models.ceiling_usd_per_turn,
        daily_limit_usd=models.daily_limit_usd,
        when_spent=models.when_spent.value if models.when_spent else None,
        by="",
    )


def models_view(own: Models, defaults: Models) -> ModelsView:
    """What holds for a tenant, and whose choice each part of it is."""
    holds = own.over(defaults)
    scenarios = {
        scenario.value: ScenarioView.model_construct(
            source="tenant" if scenario in own.scenarios else "default",
            candidates=list(map(body_of, holds.of(scenario))),
        )
        for scenario in Scenario
    }
    return ModelsView.model_construct(
        own=own_body(own),
        scenarios=scenarios,
        ceiling_usd_per_turn=holds.ceiling_usd_per_turn,
        daily_limit_usd=holds.daily_limit_usd,
        when_spent=(holds.when_spent or WhenSpent.EXTRACTIVE).value,
    )
