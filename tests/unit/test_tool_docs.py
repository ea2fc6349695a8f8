"""The plug-in in docs/tools.md is one that works."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sahut.contracts.tools_api import ToolBody
from sahut.domain.tools import tool_problems

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "tools.md").read_text(encoding="utf-8")


def test_the_example_runs_as_it_stands() -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    assert len(blocks) == 3
    known: dict[str, Any] = {"__name__": "example"}
    for block in blocks:
        exec(compile(block, "docs/tools.md", "exec"), known)
    assert list(tool_problems(ToolBody.model_validate_json(known["body"]).tool("stock"))) == []


def test_the_body_of_the_example_is_a_whole_tool() -> None:
    (body,) = re.findall(r"-d '\n(\{.*?\})'\n```", DOCUMENT, re.DOTALL)
    assert list(tool_problems(ToolBody.model_validate(json.loads(body)).tool("order_status"))) == []
