"""For those who write tools: a function with type hints becomes a plug-in that Sahut's models may call.

    from sahut.tools import tool

    @tool
    def order_status(order_id: str) -> dict[str, str]:
        '''Looks up one order by its number.'''
        return {"status": "shipped"}

    handler = order_status.handler

See docs/tools.md; sahut.tools.testing calls it as Sahut would.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, ParamSpec, TypeVar, get_type_hints, overload

from pydantic import BaseModel, ConfigDict, create_model
from pydantic_core import to_jsonable_python

from sahut.contracts.tool_call import ToolCallBody, ToolReplyBody
from sahut.domain.json_schema import schema_problems

__all__ = ["Call", "NotPossible", "Plugin", "tool"]

P = ParamSpec("P")
R = TypeVar("R")

_KEPT = frozenset(
    {"type", "description", "enum", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"}
    | {"default", "format"}
)


class NotPossible(Exception):
    """Raise it to say no for certain, e.g. that there is no such order; its text is for the model."""


@dataclass(frozen=True, slots=True)
class Call:
    """A parameter of this type gets it. idempotency_key: the same for every attempt of one call: whoever
    changes something remembers it. deadline: seconds since the epoch.
    """

    tenant_id: str
    tool: str
    idempotency_key: str
    deadline: float


@dataclass(frozen=True)
class Plugin(Generic[P, R]):
    """The function itself, and what Sahut needs of it. parameters: a JSON schema."""

    function: Callable[P, R]
    name: str
    description: str
    parameters: Mapping[str, object]
    effectful: bool
    _arguments: type[BaseModel] = field(repr=False)
    _call_parameter: str = field(repr=False, default="")

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)

    def definition(self, function: str, title: str) -> dict[str, object]:
        """What PUT /v1/config/tools/NAME takes. function: the plug-in's name, see docs/tools.md."""
        return {
            "kind": "lambda",
            "title": title,
            "description": self.description,
            "parameters": dict(self.parameters),
            "effectful": self.effectful,
            "function": function,
        }

    def handler(self, event: Mapping[str, object], context: object) -> dict[str, object]:
        """The Lambda handler.

        Raises:
            pydantic.ValidationError: the event is no call, or its arguments don't fit. Sahut sends none such.
        """
        asked = ToolCallBody.model_validate(event)
        read = self._arguments.model_validate(asked.arguments)
        values: dict[str, Any] = {name: getattr(read, name) for name in type(read).model_fields}
        if self._call_parameter:
            values[self._call_parameter] = Call(
                asked.tenant_id, asked.tool, asked.idempotency_key, asked.deadline
            )
        anything: Callable[..., R] = self.function
        try:
            reply = ToolReplyBody(ok=True, result=to_jsonable_python(anything(**values)))
        except NotPossible as error:
            reply = ToolReplyBody(ok=False, result=str(error))
        return reply.model_dump(mode="json")


@overload
def tool(function: Callable[P, R], /) -> Plugin[P, R]: ...


@overload
def tool(*, name: str = "", effectful: bool = False) -> Callable[[Callable[P, R]], Plugin[P, R]]: ...


def tool(
    function: Callable[P, R] | None = None, /, *, name: str = "", effectful: bool = False
) -> Plugin[P, R] | Callable[[Callable[P, R]], Plugin[P, R]]:
    """Makes a plug-in of a function: its parameters become the schema, its docstring the description.

    effectful: it changes something, so that the customer is asked first.

    Raises:
        TypeError: no docstring, or a parameter without a type hint or of a kind that no schema can say.
    """

    def made(function: Callable[P, R]) -> Plugin[P, R]:
        return _plugin(function, name, effectful)

    return made if function is None else made(function)


def _plugin(function: Callable[P, R], name: str, effectful: bool) -> Plugin[P, R]:
    named = name or getattr(function, "__name__", "tool")
    description = inspect.getdoc(function)
    if not description:
        raise TypeError(f"{named} needs a docstring: it tells the model when to use the tool")
    hints = get_type_hints(function, include_extras=True)
    fields: dict[str, Any] = {}
    call_parameter = ""
    for parameter in inspect.signature(function).parameters.values():
        if parameter.name not in hints or parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            raise TypeError(f"{named}: parameter {parameter.name} needs a type hint and a name of its own")
        if hints[parameter.name] is Call:
            call_parameter = parameter.name
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[parameter.name] = (hints[parameter.name], default)
    config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    arguments: type[BaseModel] = create_model(f"Arguments of {named}", __config__=config, **fields)
    whole = arguments.model_json_schema()
    schema = _schema(whole, whole.get("$defs", {}), named)
    if problems := list(schema_problems(schema)):
        raise TypeError(f"{named}: {'; '.join(f'{at} {why}' for at, why in problems)}")
    return Plugin(function, named, description, schema, effectful, arguments, call_parameter)


def _schema(said: Mapping[str, Any], definitions: Mapping[str, Any], named: str) -> dict[str, object]:
    """pydantic's schema in the part of JSON Schema that Sahut checks; pydantic checks the rest too."""
    if "$ref" in said:
        found = definitions[str(said["$ref"]).rpartition("/")[2]]
        return _schema(
            {**found, **{word: each for word, each in said.items() if word != "$ref"}}, definitions, named
        )
    if "anyOf" in said:  # `str | None`
        others = [each for each in said["anyOf"] if each.get("type") != "null"]
        if len(others) != 1:
            raise TypeError(f"{named}: a parameter may not be of several types")
        rest = {word: each for word, each in said.items() if word not in ("anyOf", "default")}
        return _schema({**others[0], **rest}, definitions, named)
    kept: dict[str, object] = {word: each for word, each in said.items() if word in _KEPT}
    if "const" in said:
        kept |= {"enum": [said["const"]], "type": said.get("type", "string")}
    if said.get("type") == "array":
        kept["items"] = _schema(said.get("items", {}), definitions, named)
    if said.get("type") == "object":
        members = said.get("properties", {})
        kept["properties"] = {name: _schema(each, definitions, named) for name, each in members.items()}
        kept["required"] = list(said.get("required", ()))
        kept["additionalProperties"] = False
    return kept
