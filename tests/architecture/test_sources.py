"""Rules that no single file shows: nothing at import, keys in one place, stages composed by name."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

from sahut.adapters.dynamodb import keys
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.runtime import compose

ROOT = Path(__file__).resolve().parents[2]
SAHUT = ROOT / "layers/core/src/sahut"
SOURCES = sorted(SAHUT.rglob("*.py"))
HANDLERS = sorted((ROOT / "functions").glob("*/handler.py"))

# Calls that read the environment, reach for AWS, or open something.
_AT_USE = re.compile(
    r"^(boto3|botocore|os\.environ|os\.getenv|open|socket|urllib|requests|httpx|read_settings)\b"
)
# Where a tenant is found, and where letters lie that belong to nobody.
KEYS_WITHOUT_TENANT = {
    "default_models",
    "channel_route",
    "account_route",
    "api_key_route",
    "socket_route",
    "letter",
    "head_of_letters",
    "all_knowledge_bases",
}
# Beginnings of partition keys, as `keys` builds them.
_KEY_START = re.compile(r"^(T|TENANT|CHANNEL|APIKEY|SOCKET|LINE|TURN|TICKET|LETTER|KB)#")


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: everything outside functions and lambdas, defaults included."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for part in (*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)):
                yield part
                yield from at_import(part)
        elif not isinstance(node, ast.Lambda):
            yield node
            yield from at_import(node)


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_nothing_is_read_made_or_connected_at_import(path: Path) -> None:
    for node in at_import(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            assert not _AT_USE.match(ast.unparse(node.func)), f"{short(path)}:{node.lineno}"
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) != "os.environ", f"{short(path)}:{node.lineno}"


def test_the_rule_sees_what_it_should() -> None:
    bad = "A = os.environ\ndef f(x=boto3.client('s3')): ...\nclass B:\n    c = boto3.client('s3')"
    found = [
        ast.unparse(node) for node in at_import(ast.parse(bad)) if isinstance(node, ast.Call | ast.Attribute)
    ]
    assert found.count("boto3.client('s3')") == 2
    assert "os.environ" in found
    fine = "import boto3\ndef f():\n    return boto3.client('s3')\ng = lambda: boto3.client('s3')"
    assert not [node for node in at_import(ast.parse(fine)) if isinstance(node, ast.Call)]


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_the_environment_is_read_in_one_place(path: Path) -> None:
    reads = [node for node in ast.walk(ast.parse(path.read_text())) if ast.unparse(node) == "os.environ"]
    # The parsers hand what is harmless of it on to programs that they start.
    allowed = ("settings.py", "cli.py", "parsers/isolation.py", "parsers/ocr.py")
    assert not reads or str(path).endswith(allowed), short(path)


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_keys_are_built_in_one_place(path: Path) -> None:
    if path == SAHUT / "adapters/dynamodb/keys.py":
        return
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not _KEY_START.match(node.value), f"{short(path)}:{node.lineno}: {node.value}"
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("Key", "keys.Key"):
            assert path.name == "table.py", f"{short(path)}:{node.lineno}: a key made by hand"


def test_every_key_of_a_tenant_is_built_from_its_tenant() -> None:
    scoped = (TenantId, ConversationRef, TurnRef, KnowledgeRef)
    for name, function in inspect.getmembers(keys, inspect.isfunction):
        if name.startswith("_") or function.__module__ != keys.__name__:
            continue
        hints = get_type_hints(function)
        hints.pop("return")
        first = next(iter(hints.values()), None)
        assert (first in scoped) is (name not in KEYS_WITHOUT_TENANT), name


def test_no_two_keys_of_a_tenant_are_the_same_and_all_carry_its_name() -> None:
    made: set[keys.Key] = set()
    for tenant in (TenantId("shop"), TenantId("shop-2")):
        ref = ConversationRef(tenant, "c1")
        turn = TurnRef(ref, "t1")
        built = {
            keys.head(ref), keys.line(ref, 1), keys.line(ref, 2), keys.turn(turn), keys.ticket(turn),
            keys.alias(tenant, "100", "phone:1"), keys.alias(tenant, "100", "user:1"),
            keys.once_message(tenant, "100", "wamid.1"), keys.once_sent(tenant, "100", "wamid.1"),
            keys.profile(tenant), keys.tool(tenant, "t"), keys.live_version(KnowledgeRef(tenant)),
            keys.audit(tenant, 1, "x"),
            keys.knowledge_settings(KnowledgeRef(tenant)), keys.knowledge_build(KnowledgeRef(tenant)),
            keys.evaluation_set(KnowledgeRef(tenant)), keys.document(KnowledgeRef(tenant), "d"),
            keys.fetched_page(KnowledgeRef(tenant), "p"), keys.version(KnowledgeRef(tenant), "v"),
            keys.activation(KnowledgeRef(tenant), 1), keys.knowledge_base_of(tenant, "default"),
            keys.live_version(KnowledgeRef(tenant, "second")),
            keys.document(KnowledgeRef(tenant, "second"), "d"), keys.socket_ticket(tenant, "d"),
            keys.socket(ref, 1, "s"), keys.waiting_socket(tenant, "100", "user:1", 1, "s"),
        }  # fmt: skip
        assert all(f"#{tenant}#" in f"{key.pk}#{key.sk}#" for key in built)
        assert not built & made
        made |= built
    assert len(made) == 52


def test_lines_sort_as_they_were_written() -> None:
    ref = ConversationRef(TenantId("shop"), "c1")
    numbers = [0, 1, 9, 10, 99, 100, 10**6, 10**11]
    assert sorted(numbers) == sorted(numbers, key=lambda number: keys.line(ref, number).sk)


# ── functions, stages, compositions ───────────────────────────────────────────────────────────────
def stages_of(path: Path) -> Iterator[str]:
    """Names of stages that a handler hands to its border."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("stage_handler", "queue_handler"):
            yield ast.unparse(node.args[0])


STAGES = sorted({name for path in HANDLERS for name in stages_of(path)})


def test_the_handlers_name_the_stages_that_we_know() -> None:
    assert set(STAGES) == {
        "bury", "deliver", "dispatch", "gather", "generate", "hand_over", "perceive", "retrieve", "route",
        "settle",
        "activate_version", "build_version", "check_version", "close_build", "collect", "embed_passages",
        "fetch_sources", "plan_build", "read_documents", "search_knowledge", "use_tool",
    }  # fmt: skip


@pytest.mark.parametrize("name", [*STAGES, "accept"])
def test_every_stage_is_composed_of_what_it_needs(name: str) -> None:
    """The composition is found by the stage's name when the function is first called: too late to notice."""
    module = __import__(f"sahut.stages.{name}", fromlist=[name])
    stage = getattr(module, name)
    *_, needs = (hint for argument, hint in get_type_hints(stage).items() if argument != "return")
    source = ast.parse(inspect.getsource(getattr(compose, name))).body[0]
    assert isinstance(source, ast.FunctionDef)
    assert source.returns is not None
    assert ast.unparse(source.returns) == needs.__name__


def test_compositions_that_are_asked_for_by_name_exist() -> None:
    asked = set()
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "needs_of" and node.args:
                asked |= {each.value for each in node.args if isinstance(each, ast.Constant)}
    assert asked
    assert all(callable(getattr(compose, str(name))) for name in asked)


# ── stages ────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("path", sorted((SAHUT / "domain").glob("*.py")), ids=short)
def test_the_domain_has_no_clock_and_no_chance(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                {node.module or ""}
                if isinstance(node, ast.ImportFrom)
                else {each.name for each in node.names}
            )
            assert not names & {"time", "random", "secrets", "datetime", "logging", "uuid"}, short(path)


@pytest.mark.parametrize("path", sorted((SAHUT / "stages").glob("*.py")), ids=short)
def test_stages_get_their_time_and_their_ids(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                {node.module or ""}
                if isinstance(node, ast.ImportFrom)
                else {each.name for each in node.names}
            )
            assert not names & {"time", "random", "secrets", "uuid", "logging"}, short(path)
