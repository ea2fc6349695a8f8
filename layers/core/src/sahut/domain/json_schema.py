"""The part of JSON Schema that arguments of tools are described in, and values held against it.

Keywords that nobody here would check are refused, so that a schema never promises more than is held. No
patterns: a tenant's regular expression would run on text that a model, and so a customer, has chosen.
"""

from collections.abc import Iterator, Mapping, Sequence

Schema = Mapping[str, object]

MAX_DEPTH = 4
MAX_PROPERTIES = 30
# Of a string argument when the schema names no maxLength: enough for an address, not for a novel.
MAX_STRING = 2_000
MAX_ITEMS = 50

_TYPES: Mapping[str, tuple[type, ...]] = {
    "object": (Mapping,),
    "array": (list, tuple),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
}
_OF_ALL = frozenset({"type", "title", "description", "enum", "default", "examples"})
_OF_TYPE: Mapping[str, frozenset[str]] = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems", "maxItems"}),
    "string": frozenset({"minLength", "maxLength", "format"}),
    "integer": frozenset({"minimum", "maximum"}),
    "number": frozenset({"minimum", "maximum"}),
    "boolean": frozenset(),
}
_COUNTS = ("minLength", "maxLength", "minItems", "maxItems")


def schema_problems(schema: object, at: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """(path, what is wrong there) of a schema; nothing when it may be used."""
    if not isinstance(schema, Mapping):
        yield at, "a schema is an object"
        return
    kind = schema.get("type")
    if not isinstance(kind, str) or kind not in _TYPES:
        yield _under(at, "type"), f"must be one of {', '.join(_TYPES)}"
        return
    if depth > MAX_DEPTH:
        yield at, f"nested deeper than {MAX_DEPTH}"
        return
    yield from _keyword_problems(schema, kind, at)
    if kind == "object":
        yield from _object_problems(schema, at, depth)
    if kind == "array":
        yield from schema_problems(schema.get("items"), _under(at, "items"), depth + 1)


def _keyword_problems(schema: Schema, kind: str, at: str) -> Iterator[tuple[str, str]]:
    for word in sorted(set(schema) - _OF_ALL - _OF_TYPE[kind]):
        yield _under(at, str(word)), "this keyword is not supported"
    for word in _COUNTS:
        if word in _OF_TYPE[kind] and word in schema and not _whole(schema[word]):
            yield _under(at, word), "must be a whole number, 0 or more"
    if "enum" in schema and not (isinstance(schema["enum"], list | tuple) and schema["enum"]):
        yield _under(at, "enum"), "must be a list with at least one value"


def value_problems(schema: Schema, value: object, at: str = "") -> Iterator[tuple[str, str]]:
    """(path, what is wrong there) of a value; quotes nothing of it."""
    kind = str(schema["type"])
    if not isinstance(value, _TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield at, f"must be of type {kind}"
        return
    choices = schema.get("enum")
    if isinstance(choices, Sequence) and value not in choices:
        yield at, f"must be one of {', '.join(map(str, choices))}"
    if isinstance(value, str):
        yield from _length_problems(len(value), schema, "Length", MAX_STRING, at)
    elif isinstance(value, Mapping):
        yield from _member_problems(schema, value, at)
    elif isinstance(value, list | tuple):
        yield from _item_problems(schema, value, at)
    elif isinstance(value, int | float):
        yield from _range_problems(schema, value, at)


def _item_problems(schema: Schema, value: Sequence[object], at: str) -> Iterator[tuple[str, str]]:
    yield from _length_problems(len(value), schema, "Items", MAX_ITEMS, at)
    items = schema.get("items")
    if isinstance(items, Mapping):
        for number, each in enumerate(value[:MAX_ITEMS]):
            yield from value_problems(items, each, _under(at, str(number)))


def _object_problems(schema: Schema, at: str, depth: int) -> Iterator[tuple[str, str]]:
    properties = schema.get("properties", {})
    if not isinstance(properties, Mapping) or len(properties) > MAX_PROPERTIES:
        yield _under(at, "properties"), f"must be an object of at most {MAX_PROPERTIES} schemas"
        return
    for name, each in properties.items():
        yield from schema_problems(each, _under(at, f"properties.{name}"), depth + 1)
    required = schema.get("required", [])
    if not isinstance(required, list | tuple):
        yield _under(at, "required"), "must be a list of names"
    elif unknown := sorted(str(name) for name in required if name not in properties):
        yield _under(at, "required"), f"names properties that are not there: {', '.join(unknown)}"
    if schema.get("additionalProperties", False) is not False:
        yield _under(at, "additionalProperties"), "must be false"


def _member_problems(schema: Schema, value: Mapping[str, object], at: str) -> Iterator[tuple[str, str]]:
    properties = schema.get("properties", {})
    required = schema.get("required", ())
    if not isinstance(properties, Mapping) or not isinstance(required, list | tuple):
        return
    for name in required:
        if name not in value:
            yield _under(at, str(name)), "is missing"
    for name, each in value.items():
        if name not in properties:
            yield at, "has a property that is not described"
        else:
            yield from value_problems(properties[name], each, _under(at, name))


def _length_problems(length: int, schema: Schema, of: str, most: int, at: str) -> Iterator[tuple[str, str]]:
    least, longest = schema.get(f"min{of}", 0), schema.get(f"max{of}", most)
    if isinstance(least, int) and length < least:
        yield at, f"is shorter than {least}"
    if isinstance(longest, int) and length > min(longest, most):
        yield at, f"is longer than {min(longest, most)}"


def _range_problems(schema: Schema, value: float, at: str) -> Iterator[tuple[str, str]]:
    least, most = schema.get("minimum"), schema.get("maximum")
    if value != value or value in (float("inf"), float("-inf")):
        yield at, "must be a finite number"
    if isinstance(least, int | float) and value < least:
        yield at, f"is below {least}"
    if isinstance(most, int | float) and value > most:
        yield at, f"is above {most}"


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _under(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name
