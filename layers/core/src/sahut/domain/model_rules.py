"""What a registry of models may say, so that nobody waits for ever and no secret lies in it."""

import re
from collections.abc import Sequence

from sahut.domain.models import Candidate, Provider, Scenario

MAX_CANDIDATES = 6
LONGEST_CALL_S = 45.0
MAX_RETRIES = 3

_KEY = re.compile(r"(?:secretsmanager:)?models/[a-z0-9][a-z0-9._-]{0,39}")
# Beginnings of what vendors hand out: OpenAI, Google, AWS, Hugging Face, GitHub, Groq, xAI, a JWT, a header.
_VENDORS = re.compile(
    r"sk[-_]|(?:pk|rk|gsk|xai|hf|ghp|github_pat)[-_]\w{16}|AIza|AKIA|ASIA|ABSK|eyJ|Bearer\b", re.IGNORECASE
)
# As long, and digits among letters: no name that a person chose.
_RANDOM_CHARACTERS = 20

# Rasa's NLU reads intents and writes nothing; quoting the documents is no other kind of work.
_ONLY = {Provider.RASA: Scenario.ROUTE, Provider.EXTRACTIVE: Scenario.ANSWER}
_NEEDS_ADDRESS = (Provider.AZURE, Provider.COMPATIBLE, Provider.RASA)


def looks_like_a_secret(text: str) -> bool:
    """Whether this may be a key itself, and not the name of one."""
    name = text.rpartition("/")[2].rpartition(":")[2]
    if _VENDORS.match(name):
        return True
    pieces = re.split(r"[._\s-]", name)
    return any(len(each) >= _RANDOM_CHARACTERS and re.search(r"\d", each) for each in pieces)


def checked_key(text: str) -> str:
    """The reference to a secret; '' for none.

    Raises:
        ValueError: it is no reference, or a secret. The text quotes nothing of it.
    """
    if not text:
        return text
    if looks_like_a_secret(text):
        raise ValueError(
            "this looks like a secret: put it into SSM or Secrets Manager, and name it here as models/NAME"
            " or secretsmanager:models/NAME. If it is one, revoke it: it has travelled in the clear"
        )
    if not _KEY.fullmatch(text):
        raise ValueError(
            "a key is named models/NAME or secretsmanager:models/NAME, NAME being up to 40 small letters,"
            " digits, dots, dashes and underscores"
        )
    return text


def check_candidate(candidate: Candidate, scenario: Scenario) -> None:
    """Raises: ValueError, saying what does not fit together."""
    provider = candidate.provider
    only = _ONLY.get(provider)
    if only is not None and scenario is not only:
        raise ValueError(f"{provider} can only be a candidate of {only}")
    if provider in _NEEDS_ADDRESS and not candidate.base_url:
        raise ValueError(f"{provider} needs a base_url")
    if provider not in _ONLY and not candidate.model:
        raise ValueError(f"{provider} needs a model")
    if candidate.max_output_tokens >= candidate.context_tokens:
        raise ValueError("max_output_tokens must be below context_tokens")
    if not candidate.connect_timeout_s < candidate.first_token_timeout_s < candidate.timeout_s:
        raise ValueError("connect_timeout_s must be below first_token_timeout_s, and that below timeout_s")


def check_order(candidates: Sequence[Candidate]) -> None:
    """Raises: ValueError, when names repeat or a candidate could never have its turn."""
    names = [candidate.name for candidate in candidates]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"names must be unique: {', '.join(twice)}")
    quoting = [candidate.provider is Provider.EXTRACTIVE for candidate in candidates]
    if any(quoting[:-1]):
        raise ValueError("extractive always answers, so it must be the last candidate")
