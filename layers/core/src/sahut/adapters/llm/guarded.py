"""Models behind the circuit of their endpoint: one that failed too often is not called for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from sahut.domain.models import Candidate
from sahut.ports.chat_model import ChatModel, ChatRequest, Completion, OnText

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
