"""Structured outputs: which JSON schemas the real API takes when `strict` is set."""

from collections.abc import Iterator, Mapping

from sandbox.model_api.api_error import ApiError

_MAX_PROPERTIES = 5000
_MAX_DEPTH = 10
# Keywords that say what the value of a place may be; one of them must be there.
_DECIDING = {"type", "anyOf", "$ref", "enum", "const"}
_REFUSED = {
    "allOf", "oneOf", "not", "dependentRequired", "dependentSchemas", "if", "then", "else",
    "patternProperties", "unevaluatedProperties", "propertyNames", "contains", "uniqueItems",
}  # fmt: skip


def check_strict(schema: Mapping[str, object], what: str, param: str) -> None:
    """Raises ApiError at the first place that strict mode refuses.

    what: `response_format 'answer'` or `function 'order_status'`. param: what the error blames.
    """

    def refuse(place: tuple[str, ...], reason: str) -> ApiError:
        # The real one shows the way as Python writes a tuple.
        return ApiError(400, f"Invalid schema for {what}: In context={place}, {reason}", param=param)

    if schema.get("type") != "object":
        rule = "schema must be a JSON Schema of 'type: \"object\"'"
        got = f"got 'type: \"{schema.get('type')}\"'."
        raise ApiError(400, f"Invalid schema for {what}: {rule}, {got}", param=param)
    count = 0
    for place, node in _nodes(schema):
        count += len(_mapping(node, "properties"))
        for reason in _reasons(node, place):
            raise refuse(place, reason)
    if count > _MAX_PROPERTIES:
        raise refuse((), f"at most {_MAX_PROPERTIES} properties are allowed, got {count}.")


def _reasons(node: Mapping[str, object], place: tuple[str, ...]) -> Iterator[str]:
    for keyword in sorted(_REFUSED & node.keys()):
        yield f"'{keyword}' is not permitted."
    if not _DECIDING & node.keys():
        yield "schema must have a 'type' key."
    if node.get("type") == "array" and "items" not in node:
        yield "array schema missing items."
    if place.count("properties") + place.count("items") > _MAX_DEPTH:
        yield f"at most {_MAX_DEPTH} levels of nesting are allowed."
    if node.get("type") == "object":
        yield from _reasons_of_object(node)


def _reasons_of_object(node: Mapping[str, object]) -> Iterator[str]:
    if node.get("additionalProperties") is not False:
        yield "'additionalProperties' is required to be supplied and to be false."
    properties, required = _mapping(node, "properties"), node.get("required", [])
    listed = required if isinstance(required, list) else []
    rule = "'required' is required to be supplied and to be an array including every key in properties."
    for missing in (each for each in properties if each not in listed):
        yield f"{rule} Missing '{missing}'."
    for extra in (each for each in listed if each not in properties):
        yield f"{rule} Extra required key '{extra}' supplied."


def _nodes(
    node: Mapping[str, object], place: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, object]]]:
    """Every schema in the schema, outermost first, with the way to it."""
    yield place, node
    for group in ("properties", "$defs", "definitions"):
        for name in _mapping(node, group):
            yield from _nodes(_mapping(_mapping(node, group), name), (*place, group, name))
    if isinstance(node.get("items"), Mapping):
        yield from _nodes(_mapping(node, "items"), (*place, "items"))
    choices = node.get("anyOf")
    for n, _ in enumerate(choices if isinstance(choices, list) else []):
        yield from _nodes(_item(choices, n), (*place, "anyOf", str(n)))


def _mapping(node: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = node.get(key)
    return found if isinstance(found, Mapping) else {}


def _item(choices: object, n: int) -> Mapping[str, object]:
    found = choices[n] if isinstance(choices, list) else {}
    return found if isinstance(found, Mapping) else {}
