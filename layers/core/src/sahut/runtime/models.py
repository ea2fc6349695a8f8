"""The clients of a tenant's models, made when their turn comes, and how they are tried."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from sahut.runtime.notes import ModelNotes
from sahut.stages.candidates import Trying

if TYPE_CHECKING:
    from sahut.domain.models import Candidate
    from sahut.domain.tenant import TenantId
    from sahut.ports.chat_model import ChatModel
    from sahut.runtime.bootstrap import Composition


class ModelClients:
    """Keeps each candidate's client while the function is warm; one never reached is never imported."""

    def __init__(self, made: Composition) -> None:
        self._made = made
        self._known: dict[tuple[TenantId, Candidate], ChatModel] = {}
        self.trying = Trying(ModelNotes(), made.clock, time.sleep, random.random)

    def chat(self, tenant: TenantId, candidate: Candidate) -> ChatModel:
        from sahut.adapters.llm.openai_compatible import OpenAICompatible

        if (tenant, candidate) not in self._known:
            key = (lambda: self._made.secrets.of(tenant, candidate.key)) if candidate.key else (lambda: "")
            self._known[tenant, candidate] = OpenAICompatible(
                candidate, key, self._made.clock, self._made.settings.aws_region
            )
        return self._known[tenant, candidate]
