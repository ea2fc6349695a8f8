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
    from sahut.ports.intents import IntentModel
    from sahut.ports.speech import Transcriber
    from sahut.runtime.bootstrap import Composition

T = TypeVar("T")


class ModelClients:
    """Keeps each candidate's client while the function is warm; one never reached is never imported."""

    def __init__(self, made: Composition) -> None:
        self._made = made
        self._notes = ModelNotes()
        self._chats: dict[tuple[TenantId, Candidate], ChatModel] = {}
        self._speech: dict[tuple[TenantId, Candidate], Transcriber] = {}
        self._intents: dict[tuple[TenantId, Candidate], IntentModel] = {}
        self.trying = Trying(self._notes, made.clock, time.sleep, random.random)

    def chat(self, tenant: TenantId, candidate: Candidate) -> ChatModel:
        """Behind the circuit of the tenant's endpoint."""
        from sahut.adapters.llm.guarded import GuardedChat
        from sahut.adapters.llm.openai_compatible import OpenAICompatible

        if (tenant, candidate) not in self._chats:
            model = OpenAICompatible(
                candidate, self._key(tenant, candidate), self._made.clock, self._made.settings.aws_region
            )
            self._chats[tenant, candidate] = GuardedChat(model, self._guard(tenant, candidate))
        return self._chats[tenant, candidate]

    def speech(self, tenant: TenantId, candidate: Candidate) -> Transcriber:
        """As `chat`."""
        from sahut.adapters.llm.guarded import GuardedSpeech
        from sahut.adapters.llm.speech import OpenAISpeech

        if (tenant, candidate) not in self._speech:
            model = OpenAISpeech(
                candidate, self._key(tenant, candidate), self._made.clock, self._made.settings.aws_region
            )
            self._speech[tenant, candidate] = GuardedSpeech(model, self._guard(tenant, candidate))
        return self._speech[tenant, candidate]

    def intents(self, tenant: TenantId, candidate: Candidate) -> IntentModel:
        """As `chat`."""
        from sahut.adapters.llm.guarded import GuardedIntents
        from sahut.adapters.llm.rasa import RasaIntents

        if (tenant, candidate) not in self._intents:
            model = RasaIntents(candidate, self._key(tenant, candidate), self._made.clock)
            self._intents[tenant, candidate] = GuardedIntents(model, self._guard(tenant, candidate))
        return self._intents[tenant, candidate]

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
