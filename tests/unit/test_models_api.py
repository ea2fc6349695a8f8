"""What a registry of models may say; each rule's error names its field."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest
from pydantic import ValidationError

from sahut.contracts.models_api import CandidateBody, ModelsBody, body_of
from sahut.domain.model_rules import checked_key, looks_like_a_secret
from sahut.domain.models import EXTRACTIVE, Candidate, Provider

SMALL = {"provider": "openai", "name": "small", "model": "gpt-small", "key": "models/small"}
LOCAL = {"provider": "openai_compatible", "name": "local", "model": "llama", "base_url": "https://1.1.1.1/v1"}
QUOTES = {"provider": "extractive"}


def answering(*candidates: object) -> dict[str, Any]:
    return {"scenarios": {"answer": list(candidates)}}


RASA = {"provider": "rasa", "name": "nlu", "base_url": "https://1.1.1.1"}
FIRST = "scenarios.answer.0"
WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "unknown provider": (answering(SMALL | {"provider": "acme"}), f"{FIRST}.provider", "openai"),
    "unknown field": (answering(SMALL | {"api_key": "x"}), f"{FIRST}.api_key", "not permitted"),
    "unknown scenario": ({"scenarios": {"sing": []}}, "scenarios.sing", "not permitted"),
    "rasa answers": (answering(RASA), FIRST, "route"),
    "extractive judges": ({"scenarios": {"judge": [QUOTES]}}, "scenarios.judge.0", "answer"),
    "extractive first": (answering(QUOTES, SMALL), "scenarios.answer", "last"),
    "no address": (answering(LOCAL | {"base_url": ""}), FIRST, "needs a base_url"),
    "azure without address": (answering(SMALL | {"provider": "azure"}), FIRST, "needs a base_url"),
    "no http": (answering(LOCAL | {"base_url": "ftp://1.1.1.1"}), f"{FIRST}.base_url", "http"),
    "query": (answering(LOCAL | {"base_url": "https://1.1.1.1/?key=1"}), f"{FIRST}.base_url", "no query"),
    "user name": (answering(LOCAL | {"base_url": "https://a:b@1.1.1.1/"}), f"{FIRST}.base_url", "user name"),
    "no model": (answering(SMALL | {"model": ""}), FIRST, "needs a model"),
    "too slow": (answering(SMALL | {"timeout_s": 46}), f"{FIRST}.timeout_s", "45"),
    "first token later": (answering(SMALL | {"first_token_timeout_s": 20}), FIRST, "below timeout_s"),
    "connects later": (answering(SMALL | {"connect_timeout_s": 11}), FIRST, "below first_token_timeout_s"),
    "four retries": (answering(SMALL | {"max_retries": 4}), f"{FIRST}.max_retries", "3"),
    "text for a number": (answering(SMALL | {"max_retries": "1"}), f"{FIRST}.max_retries", "integer"),
    "hot": (answering(SMALL | {"temperature": 2.1}), f"{FIRST}.temperature", "2"),
    "pays us": (answering(SMALL | {"price_in_usd_per_mtok": -1}), f"{FIRST}.price_in_usd_per_mtok", "0"),
    "seven": (answering(*[SMALL | {"name": f"n{n}"} for n in range(7)]), "scenarios.answer", "6"),
    "twice": (answering(SMALL, LOCAL | {"name": "small"}), "scenarios.answer", "unique: small"),
    "output beyond context": (answering(SMALL | {"context_tokens": 600}), FIRST, "below context_tokens"),
    "negative limit": ({"daily_limit_usd": -1}, "daily_limit_usd", "0"),
    "nobody": ({"when_spent": "nobody"}, "when_spent", "person"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG)
def test_what_cannot_work_is_refused_by_field(case: tuple[dict[str, Any], str, str]) -> None:
    body, field, says = case
    with pytest.raises(ValidationError) as refused:
        ModelsBody.model_validate(body)
    told = {".".join(map(str, each["loc"])): each["msg"] for each in refused.value.errors()}
    assert list(told) == [field]
    assert says in told[field]


SECRETS = ("sk-live-1234", "models/sk-abc", "models/AIzaSyD-abc", "Bearer abc", "eyJhbGciOi", "AKIA1234",
           "secretsmanager:models/sk_live_1", "models/" + "a1b2" * 8, "hf_abcdefghijklmnopqrst")  # fmt: skip
NAMES = (
    "models/small",
    "secretsmanager:models/gpt-5-mini",
    "models/xai-key",
    "models/2024-08-06.primary",
    "",
)
NO_NAMES = ("models/../../bank/models/x", "whatsapp/access_token", "models/", "models/a/b", "models/.x",
            "ssm:models/x", "models/Groß", "models/x\n")  # fmt: skip


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_no_name_and_is_not_told_back(text: str) -> None:
    with pytest.raises(ValueError, match="looks like a secret") as refused:
        checked_key(text)
    assert text not in str(refused.value)


@pytest.mark.parametrize("text", NAMES)
def test_names_of_secrets(text: str) -> None:
    assert not looks_like_a_secret(text)
    assert checked_key(text) == text


@pytest.mark.parametrize("text", NO_NAMES)
def test_what_names_no_secret_of_a_model(text: str) -> None:
    with pytest.raises(ValueError, match="models/NAME"):
        checked_key(text)


def test_time_outs_that_are_left_out_follow_from_the_whole() -> None:
    body = ModelsBody.model_validate(answering(SMALL | {"timeout_s": 3}, LOCAL))
    short, usual = (each.candidate() for each in body.scenarios.answer or [])
    assert (short.connect_timeout_s, short.first_token_timeout_s, short.timeout_s) == (0.75, 1.5, 3.0)
    assert usual == Candidate(Provider.COMPATIBLE, "local", "llama", "https://1.1.1.1/v1")


def test_every_field_of_a_candidate_can_be_said_and_shown() -> None:
    assert set(CandidateBody.model_fields) == {field.name for field in fields(Candidate)}
    assert body_of(EXTRACTIVE).candidate() == EXTRACTIVE
