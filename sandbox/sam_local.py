"""A template for `sam local invoke`, for those who have a container engine.

It is the built one, with each function's variables as they are deployed in the sandbox: sam passes only
variables that the template names, and cannot know the names of our tables.
"""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from sandbox.template_edits import FUNCTION, LAYER, Json, Node, child, properties_of

FOLDER = "sam-local"


def write(
    built: Path, state: Path, lambda_client: Any, outputs: Mapping[str, str], endpoint_url: str
) -> Path:
    """Writes the template into the sandbox's state folder and returns its path."""
    template: Node = yaml.safe_load((built / "template.yaml").read_text())
    deployed = {
        name: lambda_client.get_function_configuration(FunctionName=outputs[name])["Environment"]["Variables"]
        for name in properties_of(template, FUNCTION)
    }
    path = state / FOLDER / "template.yaml"
    path.parent.mkdir(exist_ok=True)
    text = yaml.safe_dump(with_values(template, built, deployed, endpoint_url), sort_keys=False, width=1000)
    path.write_text(text)
    return path


def with_values(
    template: Node, built: Path, deployed: Mapping[str, Mapping[str, str]], endpoint_url: str
) -> Node:
    """deployed: logical id → the function's variables. Code and layers are found wherever this lies."""
    edited = copy.deepcopy(template)
    child(child(edited, "Globals"), "Function").pop("Environment")
    for name, properties in properties_of(edited, FUNCTION).items():
        variables: dict[str, Json] = {
            **deployed[name],
            "AWS_ENDPOINT_URL": endpoint_url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        }
        properties["Environment"] = {"Variables": variables}
        properties["CodeUri"] = str(built / str(properties["CodeUri"]))
    for properties in properties_of(edited, LAYER).values():
        properties["ContentUri"] = str(built / str(properties["ContentUri"]))
    return edited
