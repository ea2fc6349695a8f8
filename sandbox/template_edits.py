"""The mechanical edits of the built template, each with its reason. The sources know nothing of them.

They apply when we start MiniStack ourselves. A LocalStack or AWS endpoint gets the template as built.
"""

import copy
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import yaml

from sandbox.asl import to_json

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
Node: TypeAlias = dict[str, Json]

FUNCTION, LAYER, MACHINE = (
    f"AWS::Serverless::{kind}" for kind in ("Function", "LayerVersion", "StateMachine")
)
ALARM = "AWS::CloudWatch::Alarm"
WORKER = Path(__file__).parent / "lambda_runtime" / "worker.py"

# What the Lambda service itself sets; the rest of the emulator's environment stays out.
SERVICE_VARIABLES = (
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "_HANDLER",
)


@dataclass(frozen=True, slots=True)
class Local:
    """Where things lie on this machine.

    build: what `sam build` made. target: where the edited template and what it names are written.
    python: the interpreter that functions run on. endpoint_url: the emulator. faults: see lambda_runtime.
    scratch: where each worker gets its own /tmp.
    """

    build: Path
    target: Path
    python: Path
    endpoint_url: str
    faults: Path
    scratch: Path


def edit(local: Local) -> Path:
    """Writes the edited template with all that it names, and returns its path."""
    template: Node = yaml.safe_load((local.build / "template.yaml").read_text())
    local.target.mkdir(parents=True, exist_ok=True)
    edited = give_definitions_as_json(template, local)
    edited = run_on_the_real_client(edited, local)
    edited = drop_layers(edited)
    edited = drop_metric_math(edited)
    edited = allow_batches(edited)
    edited = find_sockets_below_one_host(edited, local)
    path = local.target / "template.yaml"
    path.write_text(yaml.safe_dump(edited, sort_keys=False, width=1000))
    return path


def give_definitions_as_json(template: Node, local: Local) -> Node:
    """Reason: a definition in YAML is accepted, and then every execution of it fails."""
    edited = copy.deepcopy(template)
    for properties in properties_of(edited, MACHINE).values():
        source = (local.build / str(properties["DefinitionUri"])).resolve()
        definition = local.target / f"{source.name.removesuffix('.yaml')}.json"
        definition.write_text(to_json(source))
        properties["DefinitionUri"] = definition.name
    return edited


def run_on_the_real_client(template: Node, local: Local) -> Node:
    """Reason: the emulator's Python worker runs on its own interpreter, leaks the host's environment and
    names every exception alike, so that no Retry or Catch of ours would match.

    `provided.al2023` with a bootstrap starts awslambdaric instead. The package deployed is the bootstrap
    alone: it points to the built folder, whose byte code is then cached from run to run.
    """
    edited = copy.deepcopy(template)
    shared = child(child(edited, "Globals"), "Function")
    shared["Runtime"] = "provided.al2023"
    for logical_id, properties in properties_of(edited, FUNCTION).items():
        built = local.build / str(properties["CodeUri"])
        folders = [built, *(local.build / name / "python" for name in layers_of(properties))]
        variables = [*_variables(shared), *_variables(properties)]
        _write_bootstrap(local, logical_id, folders, variables)
        properties["CodeUri"] = logical_id
    return edited


def drop_layers(template: Node) -> Node:
    """Reason: layers are not mounted for `provided.*`; the bootstrap names their built folders."""
    edited = copy.deepcopy(template)
    resources = child(edited, "Resources")
    for logical_id in properties_of(edited, LAYER):
        del resources[logical_id]
    for properties in (
        child(child(edited, "Globals"), "Function"),
        *properties_of(edited, FUNCTION).values(),
    ):
        properties.pop("Layers", None)
    return edited


def drop_metric_math(template: Node) -> Node:
    """Reason: alarms on metric math are refused, and with them the whole deployment."""
    edited = copy.deepcopy(template)
    resources = child(edited, "Resources")
    for logical_id, properties in properties_of(edited, ALARM).items():
        if "Metrics" in properties:
            del resources[logical_id]
    return edited


def allow_batches(template: Node) -> Node:
    """Reason: the emulator authorises SendMessageBatch as an action of its own. On AWS there is no such
    action: the right to send covers batches.
    """
    edited = copy.deepcopy(template)
    for properties in properties_of(edited, FUNCTION).values():
        for actions in _action_lists(properties.get("Policies", [])):
            if "sqs:SendMessage" in actions:
                actions.append("sqs:SendMessageBatch")
    return edited


def find_sockets_below_one_host(template: Node, local: Local) -> Node:
    """Reason: on AWS the WebSocket API has a host name of its own, here it lies below the emulator's."""
    edited = copy.deepcopy(template)
    for properties in properties_of(edited, FUNCTION).values():
        if "SOCKETS_URL" in _variables(properties):
            variables = child(child(properties, "Environment"), "Variables")
            local_url = f"{local.endpoint_url}/_aws/execute-api/${{SocketsApi}}/${{Stage}}"
            variables["SOCKETS_URL"] = {"Fn::Sub": local_url}
    return edited


def _action_lists(node: Json) -> Iterator[list[Json]]:
    """Every `Action` list within a node."""
    if isinstance(node, list):
        for entry in node:
            yield from _action_lists(entry)
    elif isinstance(node, dict):
        actions = node.get("Action")
        if isinstance(actions, list):
            yield actions
        for entry in node.values():
            yield from _action_lists(entry)


def _write_bootstrap(
    local: Local, logical_id: str, folders: Sequence[Path], variables: Sequence[str]
) -> None:
    folder = local.target / logical_id
    folder.mkdir(exist_ok=True)
    path = folder / "bootstrap"
    path.write_text(bootstrap(local, folders, variables))
    path.chmod(0o755)


def bootstrap(local: Local, folders: Sequence[Path], variables: Sequence[str]) -> str:
    """The shell script that the emulator starts. folders: the function's own, then its layers."""
    fixed: Mapping[str, str] = {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "TMPDIR": str(local.scratch),
        "LAMBDA_TASK_ROOT": str(folders[0]),
        "PYTHONPATH": ":".join(str(folder) for folder in folders),
        "AWS_ENDPOINT_URL": local.endpoint_url,
        # else StartSyncExecution goes to the host sync-127.0.0.1
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }
    given = [f"{name}={shlex.quote(value)}" for name, value in fixed.items()]
    passed = [f'{name}="${name}"' for name in (*SERVICE_VARIABLES, *variables)]
    words = ["exec env -i", *given, *passed, shlex.quote(str(local.python)), "-P", shlex.quote(str(WORKER))]
    words += [shlex.quote(str(local.faults)), shlex.quote(folders[0].name)]
    return f"#!/bin/sh\ncd {shlex.quote(str(folders[0]))} || exit 1\n" + " \\\n  ".join(words) + "\n"


def properties_of(template: Node, resource_type: str) -> dict[str, Node]:
    """Logical id → properties (not a copy) of each resource of a type."""
    resources = child(template, "Resources")
    typed = {name: child(resources, name) for name in resources}
    return {name: child(node, "Properties") for name, node in typed.items() if node["Type"] == resource_type}


def child(node: Node, name: str) -> Node:
    """The mapping under `name`, not a copy.

    Raises:
        TypeError: there is something else.
    """
    found = node[name]
    if not isinstance(found, dict):
        raise TypeError(f"{name} is no mapping in the built template")
    return found


def layers_of(properties: Node) -> list[str]:
    """Logical ids of the layers that a function carries.

    `!If [IsArm, …, …]` chooses the layer for AWS; here every layer is built for this machine's processor,
    which is the second choice.
    """
    layers = properties.get("Layers", [])
    named = [_otherwise(entry) for entry in layers] if isinstance(layers, list) else []
    return [str(entry["Ref"]) for entry in named if isinstance(entry, dict)]


def _otherwise(entry: Json) -> Json:
    if isinstance(entry, dict) and isinstance(choice := entry.get("Fn::If"), list):
        return choice[2]
    return entry


def _variables(node: Node) -> list[str]:
    return list(child(child(node, "Environment"), "Variables")) if "Environment" in node else []
