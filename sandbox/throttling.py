"""Makes the emulator throttle, as AWS does under load. Runs inside the emulator's process.

A JSON file rules it, read again whenever it changes; no file, no throttling:
    {"lambda": {"fraction": 0.1, "functions": ["delivery"]}, "dynamodb": {"fraction": 0.05}}
`functions` are folder names of functions/; without it every function is meant.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from ministack.core.responses import error_response_json
from ministack.services import dynamodb, lambda_svc

WRITES = ("_put_item", "_update_item", "_delete_item", "_batch_write_item", "_transact_write_items")
Response: TypeAlias = tuple[int, dict[str, str], bytes]


@dataclass
class Rules:
    """The file's content, and how often each rule struck (for the emulator's log)."""

    path: Path
    modified_at: float = 0.0
    rules: dict[str, dict[str, object]] = field(default_factory=dict)

    def current(self, service: str) -> dict[str, object]:
        try:
            modified_at = self.path.stat().st_mtime
            if modified_at != self.modified_at:
                self.rules = json.loads(self.path.read_text())
                self.modified_at = modified_at
        except FileNotFoundError:
            return {}
        except json.JSONDecodeError:
            pass  # half written: the next call sees the whole
        return self.rules.get(service, {})

    def strikes(self, service: str, function: str = "") -> bool:
        rule = self.current(service)
        named = rule.get("functions")
        if isinstance(named, list) and function not in named:
            return False
        fraction = rule.get("fraction", 0.0)
        return isinstance(fraction, int | float) and random.random() < fraction


def install(path: Path) -> None:
    """Hooks the rules of `path` into this process's Lambda and DynamoDB."""
    rules = Rules(path)
    _throttle_lambda(rules)
    for name in WRITES:
        setattr(dynamodb, name, _throttled(rules, getattr(dynamodb, name)))


def folder_of(function_name: str) -> str:
    """functions/<folder> of a deployed name: `stack-DeadLettersFunction-AB12` → `dead_letters`."""
    logical = next((part for part in function_name.split("-") if part.endswith("Function")), "")
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in logical)
    return words.removeprefix("_").removesuffix("_function")


def _throttle_lambda(rules: Rules) -> None:
    """At the point where MiniStack itself refuses when a concurrency limit is reached."""
    original = lambda_svc._acquire_execution_slot

    def acquire(function: object, config: dict[str, str]) -> tuple[str | None, str | None]:
        if rules.strikes("lambda", folder_of(config.get("FunctionName", ""))):
            return None, "account"
        slot: tuple[str | None, str | None] = original(function, config)
        return slot

    lambda_svc._acquire_execution_slot = acquire


def _throttled(rules: Rules, write: Callable[..., Response]) -> Callable[..., Response]:
    def maybe(*args: object, **kwargs: object) -> Response:
        if rules.strikes("dynamodb"):
            words = "The level of configured provisioned throughput for the table was exceeded."
            refusal: Response = error_response_json("ProvisionedThroughputExceededException", words, 400)
            return refusal
        return write(*args, **kwargs)

    return maybe
