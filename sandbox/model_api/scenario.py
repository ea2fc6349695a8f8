"""Troubles by plan: which model fails when, how and how often. Read from YAML, or given as data.

about: The first candidate is throttled twice, then healthy; the second stalls in its answer.
steps:
  - {model: primary, status: 429, retry_after_s: 1, times: 2}
  - {model: secondary, stall_after_chunks: 3}
"""

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from sandbox.model_api.asked import Asked, Kind

_FAULTS = (
    "status",
    "insufficient_quota",
    "context_length_exceeded",
    "content_filter",
    "slow_first_token_s",
    "stall_after_chunks",
    "end_after_chunks",
    "error_after_chunks",
    "cut_after_bytes",
    "wrong_schema",
    "empty",
    "garbage",
    "reset_connection",
    "refuse_connection",
)


class Step(BaseModel):
    """One fault, for one model or all of them.

    model: whose calls; '' for everybody's. on: which kind of call; None for all. after: so many of its calls
    are well before it begins. times: so often it acts, then never again; None for always. Of the rest
    exactly one:

    status: this HTTP status, with Retry-After when retry_after_s is set. insufficient_quota: the 429 that
    waiting does not help. context_length_exceeded: 400. content_filter: "prompt" refuses with Azure's 400,
    "answer" ends the answer in the middle with that finish_reason. slow_first_token_s: so much later.
    stall_after_chunks: so many pieces of a stream, then silence; without a stream silence at once.
    end_after_chunks: the stream ends politely, without finish_reason and [DONE]. error_after_chunks: the
    stream goes on with an error object. cut_after_bytes: the connection closes in the middle of the body.
    wrong_schema: JSON that fits no schema. empty: an answer of no words. garbage: what no client can read.
    reset_connection: closed without a byte. refuse_connection: nobody listens at the candidate's address;
    always until heal(), because a refused connection can't be counted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = ""
    on: Kind | None = None
    after: int = Field(default=0, ge=0)
    times: int | None = Field(default=None, ge=1)

    status: int | None = Field(default=None, ge=400, le=599)
    retry_after_s: float | None = Field(default=None, ge=0)
    insufficient_quota: Literal[True] | None = None
    context_length_exceeded: Literal[True] | None = None
    content_filter: Literal["prompt", "answer"] | None = None
    slow_first_token_s: float | None = Field(default=None, gt=0)
    stall_after_chunks: int | None = Field(default=None, ge=0)
    end_after_chunks: int | None = Field(default=None, ge=0)
    error_after_chunks: int | None = Field(default=None, ge=0)
    cut_after_bytes: int | None = Field(default=None, ge=0)
    wrong_schema: Literal[True] | None = None
    empty: Literal[True] | None = None
    garbage: Literal[True] | None = None
    reset_connection: Literal[True] | None = None
    refuse_connection: Literal[True] | None = None

    @model_validator(mode="after")
    def _is_one_fault(self) -> "Step":
        named = [name for name in _FAULTS if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError(f"a step is exactly one fault, this one has {', '.join(named) or 'none'}")
        if self.retry_after_s is not None and self.status is None:
            raise ValueError("retry_after_s goes with status")
        if self.refuse_connection and (self.times is not None or self.after or not self.model):
            raise ValueError("refuse_connection is for one model, from the start, and always")
        return self

    @property
    def fault(self) -> str:
        return next(name for name in _FAULTS if getattr(self, name) is not None)

    @property
    def chunks_before_trouble(self) -> int | None:
        """Pieces of a stream that arrive before it stalls, ends or fails; None when it doesn't."""
        for count in (self.stall_after_chunks, self.end_after_chunks, self.error_after_chunks):
            if count is not None:
                return count
        return None


class Scenario(BaseModel):
    """Steps in order: of those that match a call the first that is not used up acts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    about: str = ""
    steps: tuple[Step, ...] = ()

    @classmethod
    def of(cls, *steps: Step) -> "Scenario":
        return cls(steps=steps)

    @classmethod
    def read(cls, path: Path) -> "Scenario":
        """Raises pydantic's ValidationError for what is no scenario."""
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


class Progress:
    """How far a scenario has got. Safe for many threads."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._seen = [0] * len(scenario.steps)
        self._lock = threading.Lock()
        self._healed: set[str] = set()
        self._all_healed = False

    def next(self, asked: Asked) -> Step | None:
        """The fault that acts on this call, counted; None when it goes well."""
        with self._lock:
            for n, step in enumerate(self.scenario.steps):
                if not self._matches(step, asked):
                    continue
                self._seen[n] += 1
                acted = self._seen[n] - step.after
                if acted > 0 and (step.times is None or acted <= step.times):
                    return step
        return None

    def heal(self, models: Iterable[str]) -> None:
        """These models, all when there is none, are healthy from now on."""
        with self._lock:
            names = set(models)
            self._healed |= names
            self._all_healed = self._all_healed or not names

    def refuses(self, model: str) -> bool:
        with self._lock:
            return not self._is_healthy(model) and any(
                step.model == model and step.refuse_connection for step in self.scenario.steps
            )

    def _is_healthy(self, model: str) -> bool:
        return self._all_healed or model in self._healed

    def _matches(self, step: Step, asked: Asked) -> bool:
        if self._is_healthy(asked.model):
            return False
        return step.model in ("", asked.model) and step.on in (None, asked.kind)
