"""Models behind the circuit of their endpoint: one that failed too often is not called for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sahut.domain.models import Candidate
from sahut.ports.chat_model import ChatModel, ChatRequest, Completion, OnText
from sahut.ports.intents import Intent, IntentModel
from sahut.ports.speech import Transcriber, Transcript

T = TypeVar("T")


class Guard(Protocol):
    def __call__(self, call: Callable[[], T]) -> T:
        """`call()`, or CircuitOpen."""
        ...


class GuardedChat:
    """A ports.chat_model.ChatModel."""

    def __init__(self, model: ChatModel, guard: Guard) -> None:
        self._model = model
        self._guard = guard

    @property
    def candidate(self) -> Candidate:
        return self._model.candidate

    def complete(self, request: ChatRequest, on_text: OnText | None = None) -> Completion:
        return self._guard(lambda: self._model.complete(request, on_text))


class GuardedIntents:
    """A ports.intents.IntentModel."""

    def __init__(self, model: IntentModel, guard: Guard) -> None:
        self._model = model
        self._guard = guard

    def parse(self, text: str, deadline: float) -> Intent:
        return self._guard(lambda: self._model.parse(text, deadline))


class GuardedSpeech:
    """A ports.speech.Transcriber."""

    def __init__(self, model: Transcriber, guard: Guard) -> None:
        self._model = model
        self._guard = guard

    def transcribe(self, audio: bytes, media_type: str, language: str, deadline: float) -> Transcript:
        return self._guard(lambda: self._model.transcribe(audio, media_type, language, deadline))
