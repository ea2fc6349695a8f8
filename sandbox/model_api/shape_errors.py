"""Says in OpenAI's words what pydantic found wrong with a body."""

from collections.abc import Callable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sandbox.model_api.api_error import ApiError

# pydantic's names for members of our unions; no field has them.
_TYPE_NAMES = {"str", "NamedTool"}

_KINDS = {
    "string_type": "a string",
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a decimal",
    "bool_type": "a boolean",
    "list_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
}
# pydantic's word → OpenAI's words, sign, where pydantic keeps the limit, end of OpenAI's code
_BOUNDS = {
    "greater_than_equal": ("below minimum", ">=", "ge", "below_min_value"),
    "less_than_equal": ("above maximum", "<=", "le", "above_max_value"),
}
_DECIMALS = {"temperature", "top_p", "presence_penalty", "frequency_penalty"}


def in_openais_words(error: ValidationError) -> ApiError:
    """The first thing that is wrong, as the real API tells one at a time."""
    found = _most_telling(error.errors(include_url=False, include_context=True))
    where = _path(found["loc"])
    kind = found["type"]
    if kind in _KINDS:
        message = f"Invalid type for '{where}': expected {_KINDS[kind]}, but got {_got(found)} instead."
        return ApiError(400, message, param=where, code="invalid_type")
    if kind in _BOUNDS:
        return _out_of_bounds(found, where)
    writer = _WRITERS.get(kind, _other)
    return writer(found, where)


def _most_telling(errors: list[ErrorDetails]) -> ErrorDetails:
    """Of a union's errors (not a string, or what is wrong in the list) the one that got deepest."""
    first = errors[0]
    start = first["loc"][: max(1, len(first["loc"]) - 1)]
    of_first = [each for each in errors if each["loc"][: len(start)] == start]
    return max(of_first, key=lambda each: (each["type"] not in _KINDS, len(each["loc"])))


def _path(location: tuple[int | str, ...]) -> str:
    """messages[0].content[1].text: what the caller wrote, without pydantic's names for a union's members."""
    path = ""
    for n, step in enumerate(location):
        if isinstance(step, int):
            path += f"[{step}]"
        elif not _is_of_a_union(step, location[:n]):
            path += f".{step}" if path else step
    return path


def _is_of_a_union(step: str, before: tuple[int | str, ...]) -> bool:
    """A type's name, or the value that tells the members apart, which stands behind the place itself."""
    if step in _TYPE_NAMES or "[" in step:
        return True
    in_tagged_list = len(before) > 1 and "tagged-union" in str(before[-2])
    is_message = len(before) == 2 and before[0] == "messages"
    return in_tagged_list or is_message or before == ("response_format",)


def _got(found: ErrorDetails) -> str:
    value = found["input"]
    if value is None:
        return "null"
    names: dict[type, str] = {
        bool: "a boolean",
        int: "an integer",
        float: "a decimal",
        str: "a string",
        list: "an array",
    }
    return names.get(type(value), "an object")


def _out_of_bounds(found: ErrorDetails, where: str) -> ApiError:
    phrase, sign, key, code = _BOUNDS[found["type"]]
    limit, number = found.get("ctx", {})[key], "decimal" if where in _DECIMALS else "integer"
    expected = f"Expected a value {sign} {limit:g}, but got {found['input']} instead."
    message = f"Invalid '{where}': {number} {phrase} value. {expected}"
    return ApiError(400, message, param=where, code=f"{number}_{code}")


def _missing(_found: ErrorDetails, where: str) -> ApiError:
    message = f"Missing required parameter: '{where}'."
    return ApiError(400, message, param=where, code="missing_required_parameter")


def _unknown(_found: ErrorDetails, where: str) -> ApiError:
    if "." in where:
        return ApiError(400, f"Unknown parameter: '{where}'.", param=where, code="unknown_parameter")
    return ApiError(400, f"Unrecognized request argument supplied: {where}")


def _not_one_of(found: ErrorDetails, where: str) -> ApiError:
    context = found.get("ctx", {})
    allowed = context.get("expected") or context.get("expected_tags") or ""
    if "tag" in context:  # of a union: the field that decides is not in the location
        where = f"{where}.{str(context['discriminator']).strip(chr(39))}"
    value = context.get("tag", found["input"])
    message = f"Invalid value: '{value}'. Supported values are: {str(allowed).replace(' or ', ', ')}."
    return ApiError(400, message, param=where, code="invalid_value")


def _undecided(found: ErrorDetails, where: str) -> ApiError:
    name = str(found.get("ctx", {})["discriminator"]).strip("'")
    return _missing(found, f"{where}.{name}")


def _too_few(found: ErrorDetails, where: str) -> ApiError:
    what = "a string" if isinstance(found["input"], str) else "an array"
    empty = f"empty {what.split()[1]}"
    expected = f"Expected {what} with minimum length 1, but got an {empty} instead."
    code = empty.replace(" ", "_")
    return ApiError(400, f"Invalid '{where}': {empty}. {expected}", param=where, code=code)


def _too_many(found: ErrorDetails, where: str) -> ApiError:
    names: dict[type, str] = {str: "string", list: "array"}
    what = names.get(type(found["input"]), "object")
    limit = found.get("ctx", {})["max_length"]
    message = f"Invalid '{where}': {what} too long. Expected maximum length {limit}."
    return ApiError(400, message, param=where, code=f"{what}_above_max_length")


def _other(found: ErrorDetails, where: str) -> ApiError:
    return ApiError(400, f"Invalid '{where}': {found['msg']}.", param=where, code="invalid_value")


_WRITERS: dict[str, Callable[[ErrorDetails, str], ApiError]] = {
    "missing": _missing,
    "extra_forbidden": _unknown,
    "literal_error": _not_one_of,
    "union_tag_invalid": _not_one_of,
    "union_tag_not_found": _undecided,
    "too_short": _too_few,
    "string_too_short": _too_few,
    "too_long": _too_many,
    "string_too_long": _too_many,
}
