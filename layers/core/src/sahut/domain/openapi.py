"""One operation of an OpenAPI 3 document as a tool: the parts that a call needs, and nothing else.

Keywords of its schemas that domain/json_schema.py would not check are left out: the service checks them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sahut.domain.json_schema import MAX_DEPTH
from sahut.domain.tools import HttpOperation, Place

Document: TypeAlias = Mapping[str, object]

_METHODS = ("get", "post", "put", "patch", "delete")
_KEPT = (
    "type", "title", "description", "enum", "minLength", "maxLength", "minItems", "maxItems", "minimum",
    "maximum", "format",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Imported:
    """title: of the operation's summary. parameters: a schema of type object."""

    title: str
    description: str
    parameters: dict[str, object]
    operation: HttpOperation


@dataclass(slots=True)
class _Arguments:
    path: str
    properties: dict[str, object] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    places: dict[str, Place] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def add(self, argument: str, schema: dict[str, object], place: Place, *, needed: bool) -> None:
        if argument in self.properties:
            raise ValueError(f"two parameters are called {argument}")
        self.properties[argument] = schema
        if needed:
            self.required.append(argument)
        if place is not Place.PATH:
            self.places[argument] = place

    def add_parameter(self, parameter: Document, schema: dict[str, object]) -> None:
        where, name = str(parameter.get("in")), str(parameter.get("name"))
        argument = name.replace("-", "_")
        if where not in ("path", "query", "header"):
            raise ValueError(f"parameters in {where} are not supported")
        if where == "query" and argument != name:
            raise ValueError(f"the query's {name} can't be an argument's name")
        if where == "header":
            self.headers[argument] = name
        self.path = self.path.replace(f"{{{name}}}", f"{{{argument}}}")
        if said := parameter.get("description"):
            schema = {**schema, "description": str(said)}
        self.add(argument, schema, Place(where), needed=where == "path" or bool(parameter.get("required")))


def imported(document: Document, operation_id: str, server: str = "") -> Imported:
    """The operation of this id. server: the base address, '' for the document's first.

    Raises:
        ValueError: it is not there, or needs what we don't do; the text says what.
    """
    if not str(document.get("openapi", "")).startswith("3."):
        raise ValueError("this is no OpenAPI 3 document")
    path, method, item, operation = _found(document, operation_id)
    arguments, follow = _Arguments(path), _References(document)
    named = [*_maps(item.get("parameters")), *_maps(operation.get("parameters"))]
    said = {(each.get("in"), each.get("name")): each for each in map(follow, named)}
    for each in said.values():
        arguments.add_parameter(each, _schema(document, each.get("schema", {})))
    for argument, schema, needed in _body(document, operation):
        arguments.add(argument, schema, Place.BODY, needed=needed)
    summary = str(operation.get("summary") or operation_id)
    url = _base(document, server) + arguments.path
    return Imported(
        summary,
        str(operation.get("description") or summary),
        {
            "type": "object",
            "properties": arguments.properties,
            "required": arguments.required,
            "additionalProperties": False,
        },
        HttpOperation(method.upper(), url, arguments.places, arguments.headers),
    )


def _found(document: Document, operation_id: str) -> tuple[str, str, Document, Document]:
    for path, item in _map(document.get("paths")).items():
        for method in _METHODS:
            operation = _map(_map(item).get(method))
            if operation.get("operationId") == operation_id:
                return path, method, _map(item), operation
    raise ValueError(f"no operation has the operationId {operation_id}")


def _base(document: Document, server: str) -> str:
    servers = _maps(document.get("servers"))
    base = server or (str(servers[0].get("url", "")) if servers else "")
    if not base.startswith(("http://", "https://")):
        raise ValueError("the document names no absolute server: say which one")
    return base.rstrip("/")


def _body(document: Document, operation: Document) -> Iterator[tuple[str, dict[str, object], bool]]:
    """The members of a JSON body as arguments of their own."""
    body = _References(document)(_map(operation.get("requestBody")))
    if not body:
        return
    schema = _schema(document, _map(_map(body.get("content")).get("application/json")).get("schema", {}))
    if schema.get("type") != "object":
        raise ValueError("only JSON bodies that are objects are supported")
    needed = schema.get("required", [])
    for name, each in _map(schema.get("properties")).items():
        yield (
            name,
            dict(_map(each)),
            bool(body.get("required")) and isinstance(needed, list) and name in needed,
        )


def _schema(document: Document, value: object, depth: int = 0) -> dict[str, object]:
    if depth > MAX_DEPTH:
        raise ValueError("a schema is nested too deep, or contains itself")
    found = _References(document)(_map(value))
    if any(word in found for word in ("oneOf", "anyOf", "allOf", "not")):
        raise ValueError("schemas made of others (oneOf, anyOf, allOf, not) are not supported")
    kept: dict[str, object] = {word: found[word] for word in _KEPT if word in found}
    if isinstance(kind := kept.get("type", "string"), list):  # OpenAPI 3.1: ["string", "null"]
        kind = next((each for each in kind if each != "null"), "string")
    kept["type"] = kind
    if kind == "array":
        kept["items"] = _schema(document, found.get("items", {}), depth + 1)
    if kind == "object":
        kept |= _members(document, found, depth)
    return kept


def _members(document: Document, found: Document, depth: int) -> dict[str, object]:
    members, needed = _map(found.get("properties")), found.get("required", [])
    return {
        "properties": {name: _schema(document, each, depth + 1) for name, each in members.items()},
        "required": [str(name) for name in needed] if isinstance(needed, list) else [],
        "additionalProperties": False,
    }


class _References:
    """Follows `$ref` within one document; no other document is ever fetched."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def __call__(self, part: Document) -> Document:
        for _ in range(MAX_DEPTH):
            reference = part.get("$ref")
            if reference is None:
                return part
            part = self._at(str(reference))
        raise ValueError("references lead in a circle")

    def _at(self, reference: str) -> Document:
        if not reference.startswith("#/"):
            raise ValueError("references to other documents are not followed")
        found: Document = self._document
        for step in reference[2:].split("/"):
            found = _map(found.get(step.replace("~1", "/").replace("~0", "~")))
        if not found:
            raise ValueError(f"nothing is at {reference}")
        return found


def _map(value: object) -> Document:
    return value if isinstance(value, Mapping) else {}


def _maps(value: object) -> list[Document]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []
