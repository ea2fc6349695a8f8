"""The built tree of `sam build`, read: which folders make up each function."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

_FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True, slots=True)
class BuiltFunction:
    """name: the folder's name under functions/. layers: built folders, each with `python/` inside.

    variables: names of its environment variables; their values are known after a deployment only.
    """

    name: str
    logical_id: str
    code: Path
    layers: tuple[Path, ...]
    variables: tuple[str, ...]


def built_functions(build: Path) -> list[BuiltFunction]:
    """All functions of `<build>/template.yaml`, in the order of the template."""
    template = yaml.safe_load((build / "template.yaml").read_text())
    shared = template.get("Globals", {}).get("Function", {})
    found = []
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == _FUNCTION:
            properties = resource["Properties"]
            layers = tuple(build / name for name in [*_layers(shared), *_layers(properties)])
            code = build / str(properties["CodeUri"])
            variables = (*_variables(shared), *_variables(properties))
            found.append(BuiltFunction(folder_name(logical_id), logical_id, code, layers, variables))
    return found


def folder_name(logical_id: str) -> str:
    """`DeadLettersFunction` → `dead_letters`."""
    words = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in logical_id)
    return words.removeprefix("_").removesuffix("_function")


def _variables(properties: Mapping[str, object]) -> list[str]:
    environment = properties.get("Environment", {})
    assert isinstance(environment, dict)
    return list(environment.get("Variables", {}))


def _layers(properties: Mapping[str, object]) -> list[str]:
    """Logical ids of the layers of this stack that are named here."""
    layers = properties.get("Layers", [])
    assert isinstance(layers, list)
    return [str(layer["Ref"]) for layer in layers if isinstance(layer, dict) and "Ref" in layer]
