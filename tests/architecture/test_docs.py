"""The documents say what is: links lead somewhere, and what they list is what the code has."""

import ast
import dataclasses
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sahut.domain.graph_errors import GraphOutcome, outcome_of
from sahut.runtime.cli import main as sahut
from sandbox.endpoints import Endpoints, GraphApiEndpoints, SeededTenant, WhatsAppEndpoints

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
RUNBOOK = ROOT / "docs" / "runbook"
ADRS = sorted((ROOT / "docs" / "adr").glob("0*.md"))

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_WITHOUT_FENCES = re.compile(r"```.*?```", re.DOTALL)


def code_in(path: Path) -> str:
    """What stands between backticks, one piece a line."""
    return "\n".join(_CODE.findall(path.read_text(encoding="utf-8"))).replace("`", "\n")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    text = _WITHOUT_FENCES.sub("", path.read_text(encoding="utf-8"))
    targets = [target.partition("#")[0] for target in _LINK.findall(text) if "://" not in target]
    assert [target for target in targets if target and not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_make_target_that_is_named_exists(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))
    named = set(re.findall(r"\bmake (?:[A-Z_]+=\S+ )*([a-z][a-z-]*)", code_in(path)))
    assert named - targets == set()


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_subcommand_of_sahut_that_is_named_exists(path: Path) -> None:
    named = re.findall(r"\bsahut (?:--stack \S+ )?([a-z]+) ([a-z]+)", code_in(path))
    for command, action in named:
        with pytest.raises(SystemExit) as ended:
            sahut([command, action, "--help"])
        assert ended.value.code == 0, f"sahut {command} {action}"


def test_the_newest_entry_of_the_changelog_is_the_version() -> None:
    project = tomllib.loads((ROOT / "layers/core/pyproject.toml").read_text(encoding="utf-8"))["project"]
    newest = re.search(r"^## \[([^]]+)]", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert newest is not None
    assert newest[1] == project["version"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")


def fields_of_endpoints() -> Iterator[str]:
    """Dotted names, as the README lists them."""
    inner = {"whatsapp": WhatsAppEndpoints, "graph_api": GraphApiEndpoints, "tenants": SeededTenant}
    for field in dataclasses.fields(Endpoints):
        if field.name not in inner:
            yield field.name
            continue
        prefix = "tenants[]" if field.name == "tenants" else field.name
        yield from (f"{prefix}.{each.name}" for each in dataclasses.fields(inner[field.name]))


def test_the_contract_of_endpoints_json_is_documented_field_by_field() -> None:
    section = README.partition("## `.sandbox/endpoints.json`")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert sorted(name for row in rows for name in re.findall(r"`([^`]+)`", row)) == sorted(
        fields_of_endpoints()
    )


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_examples_in_python_can_be_parsed(path: Path) -> None:
    for example in re.findall(r"```python\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL):
        ast.parse(example)


def test_every_alarm_has_its_page() -> None:
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    alarms = re.findall(r"^  (\w+Alarm):$", template, re.MULTILINE)
    assert (
        re.findall(r"^## (\w+Alarm)$", (RUNBOOK / "alarms.md").read_text(encoding="utf-8"), re.MULTILINE)
        == alarms
    )


def test_the_table_of_error_codes_is_that_of_the_code() -> None:
    rows = {
        "retry": GraphOutcome.RETRY,
        "retry, this customer only": GraphOutcome.RETRY_PAIR,
        "template": GraphOutcome.TEMPLATE,
        "never": GraphOutcome.NEVER,
        "alert": GraphOutcome.ALERT,
    }
    text = (RUNBOOK / "channel-alerts.md").read_text(encoding="utf-8")
    listed = {cells[1].strip(): cells[2] for line in text.splitlines() if len(cells := line.split("|")) == 6}
    for name, outcome in rows.items():
        codes = _codes(listed[name])
        assert codes
        assert {outcome_of(code) for code in codes} == {outcome}, name
    unlisted = set(range(1, 140_000)) - {code for name in rows for code in _codes(listed[name])}
    assert {outcome_of(code) for code in unlisted} == {GraphOutcome.NEVER}


def _codes(cell: str) -> list[int]:
    """Numbers and spans of a table's cell, without what is said in brackets."""
    spans = re.findall(r"(\d+)(?:–(\d+))?", re.sub(r"\(.*?\)", "", cell))
    return [code for first, last in spans for code in range(int(first), int(last or first) + 1)]


def test_every_decision_is_in_the_list_under_its_own_words() -> None:
    listed = re.findall(
        r"\[(\d{4})]\(([\w-]+\.md)\) \| (.+) \|", (ADRS[0].parent / "README.md").read_text("utf-8")
    )
    first_lines = [path.read_text(encoding="utf-8").partition("\n")[0] for path in ADRS]
    assert [f"# {number} · {words}" for number, _, words in listed] == first_lines
    assert [name for _, name, _ in listed] == [path.name for path in ADRS]


def test_no_document_names_a_machine() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    for name in tracked.splitlines():
        text = (ROOT / name).read_text(encoding="utf-8") if (ROOT / name).exists() else ""
        assert not re.search(r"(?<![\w.])/(?:home|root|work|Users)/\w", text), name
