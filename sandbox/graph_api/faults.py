"""Troubles on order: which calls of the fake Graph API go wrong, how, and how often.

A fault acts in one of three phases of a call, and at most one fault acts in each:
  delay   before anything is decided     delay:<s>
  call    instead of the usual answer    429 500 coded:<code> timeout_before
                                         accept_then_timeout accept_then_500
  status  on the webhooks afterwards     status_late:<s> status_never status_reversed
                                         duplicate_status failed_after_200:<code>
Faults are tried in the order in which they were added; refused requests use none up.
"""

import random
import re
from dataclasses import dataclass, field
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Phase = Literal["delay", "call", "status"]
CallKind = Literal["message", "typing", "media"]

_PHASES: dict[str, Phase] = {
    "delay": "delay",
    "429": "call",
    "500": "call",
    "coded": "call",
    "timeout_before": "call",
    "accept_then_timeout": "call",
    "accept_then_500": "call",
    "status_late": "status",
    "status_never": "status",
    "status_reversed": "status",
    "duplicate_status": "status",
    "failed_after_200": "status",
}
_WITH_NUMBER = {"delay", "coded", "status_late", "failed_after_200"}
_LOG_LENGTH = 1000  # firings that are remembered


class Match(BaseModel):
    """Which calls a fault is for; what is left out matches all.

    to: the recipient, phone (with or without +) or user id. callback_contains: part of
    `biz_opaque_callback_data`. kind: `message` unless said otherwise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    phone_number_id: str = ""
    to: str = ""
    callback_contains: str = ""
    kind: Literal["message", "typing", "media", "any"] = "message"


class FaultOrder(BaseModel):
    """times: how often it fires at most, null for ever. probability: of each matching call, drawn
    from a generator that starts at `seed`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: Match = Match()
    do: str
    times: int | None = Field(default=1, ge=1)
    probability: float = Field(default=1.0, ge=0, le=1)
    seed: int = 0

    @field_validator("do")
    @classmethod
    def _is_known(cls, value: str) -> str:
        name, _, number = value.partition(":")
        if name not in _PHASES:
            raise ValueError(f"unknown fault; known are {', '.join(sorted(_PHASES))}")
        if (name in _WITH_NUMBER) != bool(re.fullmatch(r"\d+(\.\d+)?", number)):
            raise ValueError("this fault needs :<number>, or must have none")
        return value


@dataclass(frozen=True, slots=True)
class Call:
    """What is known of one request when faults are looked up."""

    kind: CallKind
    phone_number_id: str = ""
    to: str = ""
    callback: str = ""


@dataclass(slots=True)
class Fault:
    """An order with its count."""

    fault_id: str
    order: FaultOrder
    fired: int = 0
    chance: random.Random = field(default_factory=random.Random)

    @property
    def name(self) -> str:
        return self.order.do.partition(":")[0]

    @property
    def phase(self) -> Phase:
        return _PHASES[self.name]

    @property
    def number(self) -> float:
        """What stands behind the colon: seconds, or an error code."""
        return float(self.order.do.partition(":")[2] or 0)

    def fires_for(self, call: Call) -> bool:
        """Draws a number if the call matches, so that a seed gives the same calls each run."""
        if self.order.times is not None and self.fired >= self.order.times:
            return False
        if not self._matches(call):
            return False
        return self.chance.random() < self.order.probability

    def _matches(self, call: Call) -> bool:
        wanted = self.order.match
        return (
            wanted.kind in (call.kind, "any")
            and wanted.phone_number_id in ("", call.phone_number_id)
            and wanted.to.removeprefix("+") in ("", call.to)
            and wanted.callback_contains in call.callback
        )

    def to_json(self) -> dict[str, object]:
        return {"id": self.fault_id, "fired": self.fired, **self.order.model_dump()}


class FaultBook:
    """All faults of one fake."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._added = 0
        self.log: list[dict[str, object]] = []

    def add(self, order: FaultOrder) -> Fault:
        self._added += 1
        fault = Fault(f"fault-{self._added}", order, chance=random.Random(order.seed))
        self._faults.append(fault)
        return fault

    def pick(self, phase: Phase, call: Call, at: float) -> Fault | None:
        """The fault that acts on this call in this phase, counted and logged; None for none."""
        for fault in self._faults:
            if fault.phase == phase and fault.fires_for(call):
                fault.fired += 1
                told = {"at": at, "id": fault.fault_id, "do": fault.order.do, "kind": call.kind}
                self.log.append(told | {"to": call.to, "callback": call.callback})
                del self.log[:-_LOG_LENGTH]
                return fault
        return None

    def listed(self) -> list[dict[str, object]]:
        return [fault.to_json() for fault in self._faults]

    def clear(self) -> list[dict[str, object]]:
        """Forgets all faults; gives what they did."""
        gone = self.listed()
        self._faults.clear()
        self.log.clear()
        return gone
