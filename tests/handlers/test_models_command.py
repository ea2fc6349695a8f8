"""`sahut models`: what it prints can be edited and put back."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from sahut.domain.models import Scenario
from sahut.runtime.cli_models import register
from tests.handlers.conftest import SHOP, World
from tests.handlers.steps import items_of

SMALL = {"provider": "openai", "name": "small", "model": "m", "key": "models/small"}


def sahut(world: World, *arguments: str) -> int:
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers())
    asked = parser.parse_args(["models", "--tenant", "shop", *arguments])
    status: int = asked.run(world.made, asked)
    return status


def test_put_get_and_put_again(world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "models.json"
    file.write_text(json.dumps({"scenarios": {"answer": [SMALL]}, "daily_limit_usd": 3}))
    assert sahut(world, "put", str(file)) == 0
    capsys.readouterr()
    assert sahut(world, "get") == 0
    file.write_text(capsys.readouterr().out)
    assert sahut(world, "put", str(file)) == 0
    own, revision, _ = world.made.model_registry.read(SHOP)
    assert ([each.name for each in own.scenarios[Scenario.ANSWER]], own.daily_limit_usd, revision) == (
        ["small"], 3.0, 2
    )  # fmt: skip
    assert [each["by"] for each in items_of("logs")] == ["command line"] * 2
    capsys.readouterr()
    assert sahut(world, "get", "--all") == 0
    assert set(json.loads(capsys.readouterr().out)["scenarios"]) == {each.value for each in Scenario}


def test_what_is_wrong_is_told_by_field(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "models.json"
    file.write_text(json.dumps({"scenarios": {"answer": [SMALL | {"key": "sk-live-1"}]}}))
    assert sahut(world, "put", str(file)) == 1
    told = capsys.readouterr().err
    assert told.startswith("scenarios.answer.0.key: ")
    assert "sk-live-1" not in told
    assert world.made.model_registry.read(SHOP)[1] == 0
    with pytest.raises(SystemExit, match="nowhere"):
        sahut(world, "put", str(tmp_path / "nowhere.json"))
