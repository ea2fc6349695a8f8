"""The workflow definitions as graphs: complete, reachable, retried alike, bounded in time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from sahut.adapters.opensearch.client import FIND_WITHIN_S
from sahut.domain.profile import LONGEST_RERANKER_TIMEOUT_S
from sahut.domain.tool_use import MAX_CALLS_PER_ROUND, MAX_ROUNDS
from sahut.domain.tools import LONGEST_CALL_S
from sahut.runtime import stage_errors
from sahut.stages.speak import CALL_BEGINS_WITHIN_S

ROOT = Path(__file__).resolve().parents[2]
MACHINES = sorted((ROOT / "statemachines").glob("*.asl.yaml"))
State = Mapping[str, Any]

# Every Task retries this, and nothing else: what passes by itself, twice, with full jitter.
CANONICAL_RETRY = [
    {
        "ErrorEquals": [
            "Transient",
            "Lambda.ServiceException",
            "Lambda.AWSLambdaException",
            "Lambda.SdkClientException",
            "Lambda.TooManyRequestsException",
            "Lambda.Unknown",
            "Runtime.ExitError",
            "Sandbox.Timedout",
            "States.Timeout",
        ],
        "IntervalSeconds": 1,
        "MaxAttempts": 2,
        "BackoffRate": 2,
        "MaxDelaySeconds": 4,
        "JitterStrategy": "FULL",
    }
]
# The last resort can't hand over to itself: dispatch or, for Standard machines, an event rule sees it fail.
LAST_RESORTS = {"Hand over to a person", "Tell the customer", "Close the failed build"}
# Where an outdated execution ends, and where every other failure leads.
FAILURES_LEAD_TO = {
    "answer_message": ["Another attempt has taken over", "Hand over to a person"],
    "reindex_knowledge": ["Another build has taken over", "Close the failed build"],
}

# What is done all the same when the state fails.
GOES_ON_WITHOUT = {"Fetch the sources": "Plan the difference"}
# Inside a Map, where one that fails must not end the others.
FAILS_ALONE = {"Use a tool": "The tool failed"}


class Template(yaml.SafeLoader):
    """CloudFormation's short forms (`!Ref`, `!GetAtt`, …) as plain values."""


Template.add_multi_constructor(
    "!",
    lambda loader, suffix, node: {
        suffix: loader.construct_scalar(node) if isinstance(node, yaml.ScalarNode) else node.value
    },
)


def template() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.load((ROOT / "template.yaml").read_text(), Template)
    return loaded


def default(parameter: str) -> int:
    return int(template()["Parameters"][parameter]["Default"])


def machine(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(path.read_text())
    return loaded


def targets(state: State) -> Iterator[str]:
    if "Next" in state:
        yield state["Next"]
    if "Default" in state:
        yield state["Default"]
    for rule in [*state.get("Choices", ()), *state.get("Catch", ())]:
        yield rule["Next"]


def tasks(path: Path) -> dict[str, State]:
    """Every Task, those inside a Map too."""
    return {name: state for name, state in all_states(machine(path)).items() if state["Type"] == "Task"}


def all_states(definition: State) -> dict[str, State]:
    found = dict(definition["States"])
    for state in definition["States"].values():
        if state["Type"] == "Map":
            found |= all_states(state["ItemProcessor"])
    return found


def inside_a_map(path: Path) -> set[str]:
    return set(all_states(machine(path))) - set(machine(path)["States"])


@pytest.fixture(params=MACHINES, ids=lambda path: path.name.split(".")[0])
def path(request: pytest.FixtureRequest) -> Path:
    chosen: Path = request.param
    return chosen


def test_every_way_leads_somewhere_and_every_state_is_reached(path: Path) -> None:
    definition = machine(path)
    states = definition["States"]
    reached, waiting = set(), [definition["StartAt"]]
    while waiting:
        name = waiting.pop()
        assert name in states, f"{name!r} does not exist"
        if name not in reached:
            reached.add(name)
            waiting += targets(states[name])
    assert reached == set(states)


def test_every_state_goes_on_or_ends(path: Path) -> None:
    for name, state in machine(path)["States"].items():
        ends = state["Type"] in ("Succeed", "Fail") or state.get("End")
        assert ends or list(targets(state)), f"{name!r} neither goes on nor ends"
        assert state["Type"] != "Choice" or "Default" in state, f"{name!r} has no default"


def test_every_task_is_bounded_retried_and_caught(path: Path) -> None:
    for name, state in tasks(path).items():
        assert isinstance(state["TimeoutSeconds"], int), name
        assert state["Retry"] == CANONICAL_RETRY, name
        if name in FAILS_ALONE:
            assert state["Catch"] == [{"ErrorEquals": ["States.ALL"], "Next": FAILS_ALONE[name]}]
        elif name in LAST_RESORTS | inside_a_map(path):  # a Map catches for what is inside it
            assert "Catch" not in state
    for name, state in machine(path)["States"].items():
        if state["Type"] not in ("Task", "Map") or name in LAST_RESORTS:
            continue
        catch = state["Catch"]
        assert [rule["ErrorEquals"] for rule in catch] == [["Outdated"], ["States.ALL"]], name
        expected = FAILURES_LEAD_TO[path.name.split(".")[0]]
        if name in GOES_ON_WITHOUT:
            expected = [expected[0], GOES_ON_WITHOUT[name]]
        assert [rule["Next"] for rule in catch] == expected, name


def test_a_map_is_a_graph_of_its_own(path: Path) -> None:
    for name, state in machine(path)["States"].items():
        if state["Type"] == "Map":
            inner = state["ItemProcessor"]
            assert inner["ProcessorConfig"] == {"Mode": "INLINE"}, name
            assert inner["StartAt"] in inner["States"], name
            assert all(each.get("End") for each in inner["States"].values()), name
            assert state["MaxConcurrency"] <= 40, name  # of an inline Map
            reached = {target for each in inner["States"].values() for target in targets(each)}
            assert reached | {inner["StartAt"]} == set(inner["States"]), name


def test_errors_that_are_named_are_errors_that_exist(path: Path) -> None:
    ours = {error.__name__ for error in stage_errors.ALL}
    for name, state in tasks(path).items():
        for rule in [*state["Retry"], *state.get("Catch", ())]:
            for error in rule["ErrorEquals"]:
                assert error in ours or "." in error, f"{name!r} names {error!r}"
    assert {"Transient", "Outdated"} <= ours


def test_substitutions_and_template_agree(path: Path) -> None:
    used = set(re.findall(r"\$\{(\w+)\}", path.read_text()))
    resources = template()["Resources"].values()
    uri = f"statemachines/{path.name}"
    [given] = [
        set(each["Properties"]["DefinitionSubstitutions"])
        for each in resources
        if each["Properties"].get("DefinitionUri") == uri
    ]
    assert used == given


def test_every_task_is_a_function_with_a_folder(path: Path) -> None:
    folders = {folder.name for folder in (ROOT / "functions").iterdir() if folder.is_dir()}
    for name, state in tasks(path).items():
        named = re.fullmatch(r"\$\{(\w+)FunctionArn\}", state["Resource"])
        assert named, name
        assert named[1].lower() in folders, name


def test_functions_outlive_no_state_and_no_call() -> None:
    """HTTP time-out < function < state, so that a late function can't surprise anybody."""
    resources = template()["Resources"]
    for path in MACHINES:
        for name, state in tasks(path).items():
            function = str(state["Resource"]).strip("${}").removesuffix("Arn")
            timeout = resources[function]["Properties"]["Timeout"]
            assert timeout < state["TimeoutSeconds"], name
    assert resources["ToolsFunction"]["Properties"]["Timeout"] > LONGEST_CALL_S
    delivery = resources["DeliveryFunction"]["Properties"]["Timeout"]
    assert default("HttpTimeoutSeconds") + CALL_BEGINS_WITHIN_S < delivery


def test_finding_passages_takes_less_than_its_function_may() -> None:
    """Beside them: the pointer, the conversation and the question's vector."""
    timeout = template()["Resources"]["RetrievalFunction"]["Properties"]["Timeout"]
    assert timeout - 3 >= FIND_WITHIN_S + LONGEST_RERANKER_TIMEOUT_S


def test_time_is_nested_as_designed() -> None:
    names = (
        "HttpTimeoutSeconds",
        "TurnDeadlineSeconds",
        "MachineTimeoutSeconds",
        "DispatchReadTimeoutSeconds",
        "DispatchTimeoutSeconds",
        "VisibilityTimeoutSeconds",
    )
    values = [default(name) for name in names]
    assert values == sorted(set(values))


def test_the_worst_case_ends_before_the_machine_does() -> None:
    """The deadline interrupts every stage (entrypoint), so all of them together end with it.

    After it comes only the hand-over: one attempt, two retries, and the longest pauses between them.
    """
    hand_over = tasks(ROOT / "statemachines/answer_message.asl.yaml")["Hand over to a person"]
    retry = hand_over["Retry"][0]
    attempts = 1 + retry["MaxAttempts"]
    pauses = sum(
        min(retry["MaxDelaySeconds"], retry["IntervalSeconds"] * retry["BackoffRate"] ** n)
        for n in range(retry["MaxAttempts"])
    )
    start_of_a_cold_function_s = 3
    worst = (
        default("TurnDeadlineSeconds")
        + start_of_a_cold_function_s
        + attempts * hand_over["TimeoutSeconds"]
        + pauses
    )
    assert worst < default("MachineTimeoutSeconds")


def test_tools_are_used_at_most_as_often_as_a_model_may_ask() -> None:
    """The round travels with the state, so that a repeated call is told from the next one."""
    states = machine(ROOT / "statemachines/answer_message.asl.yaml")["States"]
    assert states["Use tools"]["Next"] == "Write answer"
    assert states["Use tools"]["MaxConcurrency"] == MAX_CALLS_PER_ROUND
    assert "'tool_round': $toolRound" in states["Write answer"]["Arguments"]
    assert states["Gather the burst"]["Assign"]["toolRound"] == 0
    assert "four rounds" in states["Use tools"]["Comment"]
    assert MAX_ROUNDS == 4


def contents(definition: State, indent: str) -> Iterator[str]:
    for name, state in definition["States"].items():
        yield indent + name
        if state["Type"] == "Map":
            yield from contents(state["ItemProcessor"], indent + "  ")


def test_table_of_contents() -> None:
    """A product owner reads these; a change of them is a change of the product."""
    found = "\n".join(
        f"{path.name.split('.')[0]}\n" + "\n".join(contents(machine(path), "  ")) for path in MACHINES
    )
    assert found + "\n" == (ROOT / "tests/golden/table_of_contents.txt").read_text()
