"""The built tree of `sam build`, read: which folders make up each function."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from scripts.finish_build import finish

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


def released(build: Path, target: Path, byte_code: bool) -> Path:
    """A copy of the built tree as a release ships it; `build` is the sandbox's, which lets Python
    write its own byte code while it runs. Returns `target`, which is replaced.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(build, target, ignore=shutil.ignore_patterns("__pycache__"))
    finish(target, byte_code)
    return target


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
    """Logical ids of the layers of this stack that are named here.

    Of a condition the second branch is taken: in this template it is the one for x86_64.
    """
    layers = properties.get("Layers", [])
    assert isinstance(layers, list)
    chosen = [
        layer["Fn::If"][2] if "Fn::If" in layer else layer for layer in layers if isinstance(layer, dict)
    ]
    return [str(layer["Ref"]) for layer in chosen if "Ref" in layer]
