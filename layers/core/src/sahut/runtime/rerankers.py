"""Who reranks passages: the tenant's choice, made when its first question comes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sahut.domain.profile import Profile, RerankerChoice
    from sahut.ports.reranker import Reranker
    from sahut.runtime.bootstrap import Composition


class Rerankers:
    """Keeps each tenant's client while the function is warm."""

    def __init__(self, made: Composition) -> None:
        self._made = made
        self._known: dict[tuple[str, RerankerChoice], Reranker] = {}

    def of(self, profile: Profile) -> Reranker | None:
        """None for a tenant without one, for whom nothing is imported."""
        choice = profile.reranker
        if choice is None:
            return None
        key = (str(profile.tenant), choice)
        if key not in self._known:
            self._known[key] = self._make(profile, choice)
        return self._known[key]

    def _make(self, profile: Profile, choice: RerankerChoice) -> Reranker:
        from sahut.adapters.rerankers.http import HttpReranker

        def api_key() -> str:
            return self._made.secrets.of(profile.tenant, choice.key_name) if choice.key_name else ""

        return HttpReranker(choice.base_url, choice.model, api_key, choice.timeout_s, choice.kind)
