"""Who may write an answer: the tenant's candidates as language models, made when their turn comes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sahut.domain.profile import Candidate, Profile
    from sahut.ports.language_model import LanguageModel
    from sahut.runtime.bootstrap import Composition


class Writers:
    """Keeps each candidate's client while the function is warm."""

    def __init__(self, made: Composition) -> None:
        self._made = made
        self._known: dict[tuple[str, Candidate], LanguageModel] = {}

    def of(self, profile: Profile) -> Iterator[LanguageModel]:
        """In the tenant's order. A candidate that is never reached is never imported."""
        for candidate in profile.candidates:
            key = (str(profile.tenant), candidate)
            if key not in self._known:
                self._known[key] = self._make(profile, candidate)
            yield self._known[key]

    def _make(self, profile: Profile, candidate: Candidate) -> LanguageModel:
        if candidate.kind == "extractive":
            from sahut.adapters.llm.extractive import Extractive

            return Extractive()
        from sahut.adapters.llm.openai_compatible import OpenAICompatible

        return OpenAICompatible(
            candidate,
            api_key=lambda: self._made.secrets.of(profile.tenant, candidate.key_name),
            clock=self._made.clock,
        )
