"""Every kind of webhook, and exactly what we read out of it.

tests/golden/whatsapp/<name>.json is what Meta posts, parsed/<name>.json what becomes of it. After a
wanted change: UPDATE_GOLDEN=1 pytest tests/contract/test_whatsapp_golden.py, then read the diff.
"""

import dataclasses
import json
import os
from pathlib import Path

import pytest

from sahut.contracts.whatsapp import parse_webhook
from sahut.domain.message import MessageKind

GOLDEN = Path(__file__).parent.parent / "golden" / "whatsapp"
RECEIVED_AT = 1763800000.0
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))


def _parsed(name: str) -> object:
    batches = parse_webhook((GOLDEN / f"{name}.json").read_bytes(), RECEIVED_AT)
    filled = [_filled(dataclasses.asdict(batch)) for batch in batches]
    return json.loads(json.dumps(filled))


def _filled(value: object) -> object:
    """Without empty fields: a golden file shows what is there."""
    if isinstance(value, dict):
        return {name: _filled(inner) for name, inner in value.items() if inner not in ("", (), None, 0)}
    return [_filled(inner) for inner in value] if isinstance(value, tuple | list) else value


@pytest.mark.parametrize("name", NAMES)
def test_a_webhook_is_read_as_recorded(name: str) -> None:
    expected = GOLDEN / "parsed" / f"{name}.json"
    if os.environ.get("UPDATE_GOLDEN"):
        expected.parent.mkdir(exist_ok=True)
        expected.write_text(json.dumps(_parsed(name), indent=2, ensure_ascii=False) + "\n")
    assert _parsed(name) == json.loads(expected.read_text())


def test_there_is_a_golden_webhook_of_every_kind() -> None:
    batches = [batch for name in NAMES for batch in parse_webhook((GOLDEN / f"{name}.json").read_bytes())]
    assert {message.kind for batch in batches for message in batch.messages} == set(MessageKind)
