"""The clients of a tenant's models, made when their turn comes, and how they are tried."""

from __future__ import annotations

import random
import time
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sahut.runtime.notes import ModelNotes
from sahut.stages.candidates import Trying

if TYPE_CHECKING:
    from collections.abc import Callable

    from sahut.adapters.dynamodb.circuits import Circuits
    from sahut.adapters.llm.guarded import Guard
    from sahut.domain.models import Candidate
    from sahut.domain.tenant import TenantId
    from sahut.ports.chat_model import ChatModel
    from sahut.runtime.bootstrap import Composition

T = TypeVar("T")


class ModelClients:
    """Keeps each candidate's client while the function is warm; one never reached is never imported."""

    def __init__(self, made: Composition) -> None:
        self._made = made
        self._notes = ModelNotes()
        self._known: dict[tuple[TenantId, Candidate], ChatModel] = {}
        self.trying = Trying(self._notes, made.clock, time.sleep, random.random)

    def chat(self, tenant: TenantId, candidate: Candidate) -> ChatModel:
        """Behind the circuit of the tenant's endpoint."""
        from sahut.adapters.llm.guarded import GuardedChat
        from sahut.adapters.llm.openai_compatible import OpenAICompatible

        if (tenant, candidate) not in self._known:
            model = OpenAICompatible(
                candidate, self._key(tenant, candidate), self._made.clock, self._made.settings.aws_region
            )
            self._known[tenant, candidate] = GuardedChat(model, self._guard(tenant, candidate))
        return self._known[tenant, candidate]

    def _key(self, tenant: TenantId, candidate: Candidate) -> Callable[[], str]:
        return (lambda: self._made.secrets.of(tenant, candidate.key)) if candidate.key else (lambda: "")

    def _guard(self, tenant: TenantId, candidate: Candidate) -> Guard:
        circuits = self._circuits

        def guard(call: Callable[[], T]) -> T:
            return circuits(tenant, candidate, call)

        return guard

    @cached_property
    def _circuits(self) -> Circuits:
        from sahut.adapters.dynamodb.circuits import Circuits

        self._made.settings.need("once_table")
        return Circuits(
            lambda: self._made.dynamodb, self._made.settings.once_table, self._notes.circuit_changed
        )
