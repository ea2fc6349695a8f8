"""The client for each vendor that speaks OpenAI's API: the one place that knows their addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sahut.domain.errors import Refused
from sahut.domain.models import Candidate, Provider

if TYPE_CHECKING:
    from openai import OpenAI

_BASE_URLS = {
    Provider.OPENAI: "https://api.openai.com/v1",
    Provider.GEMINI: "https://generativelanguage.googleapis.com/v1beta/openai/",
    Provider.BEDROCK: "https://bedrock-mantle.{region}.api.aws/v1",
}
# The key goes with each call, so that a changed one works at once.
_KEY_COMES_LATER = "set at each call"


def client_for(candidate: Candidate, region: str) -> OpenAI:
    """A client without retries. region: AWS's, where Bedrock is asked.

    Raises:
        Refused: a candidate without a base_url whose vendor has no address of its own.
    """
    import openai

    base_url = base_url_of(candidate, region)
    if candidate.provider is Provider.AZURE and candidate.api_version:
        client: OpenAI = openai.AzureOpenAI(
            azure_endpoint=base_url,
            api_version=candidate.api_version,
            api_key=_KEY_COMES_LATER,
            max_retries=0,
        )
    else:
        client = openai.OpenAI(base_url=base_url, api_key=_KEY_COMES_LATER, max_retries=0)
    _ = client.chat.completions  # loads half a second of modules: not within the time of a call
    return client


def base_url_of(candidate: Candidate, region: str) -> str:
    base_url = candidate.base_url or _BASE_URLS.get(candidate.provider, "").format(region=region)
    if not base_url:
        raise Refused(f"{candidate.name} has no base_url")
    if candidate.provider is Provider.AZURE and not candidate.api_version:
        return base_url if "/openai" in base_url else base_url.rstrip("/") + "/openai/v1/"
    return base_url
