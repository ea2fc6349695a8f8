"""The SDK for plug-ins: a function becomes a schema, a definition and a handler; and its test kit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from sahut.contracts.tool_call import ToolCallBody
from sahut.contracts.tools_api import ToolBody
from sahut.domain.tools import tool_problems
from sahut.tools import Call, NotPossible, tool
from sahut.tools.testing import Mismatch, call, replay


class Address(BaseModel):
    street: str
    zip_code: str | None = None


@tool
def quote(
    weight_kg: Annotated[float, Field(gt=0, le=30, description="Of the parcel.")],
    to: Address,
    speed: Literal["normal", "fast"] = "normal",
    tags: list[str] = [],  # noqa: B006 - never changed
) -> dict[str, object]:
    """What sending a parcel costs."""
    if to.street == "nowhere":
        raise NotPossible("We don't deliver there.")
    return {"price": weight_kg * (2 if speed == "fast" else 1), "tags": tags}


DONE: dict[str, str] = {}


@tool(name="book", effectful=True)
def book_it(what: str, call: Call) -> str:
    """Books something."""
    return DONE.setdefault(call.idempotency_key, f"{call.tenant_id} booked {what} as number {len(DONE) + 1}")


@tool
def forgets(what: str) -> int:
    """Counts its calls, which it should not."""
    DONE[f"{what}{len(DONE)}"] = ""
    return len(DONE)


def test_parameters_become_a_schema_that_sahut_checks() -> None:
    assert quote.parameters == {
        "type": "object",
        "properties": {
            "weight_kg": {"type": "number", "maximum": 30, "description": "Of the parcel."},
            "to": {
                "type": "object",
                "properties": {"street": {"type": "string"}, "zip_code": {"type": "string"}},
                "required": ["street"],
                "additionalProperties": False,
            },
            "speed": {"type": "string", "enum": ["normal", "fast"], "default": "normal"},
            "tags": {"type": "array", "items": {"type": "string"}, "default": []},
        },
        "required": ["weight_kg", "to"],
        "additionalProperties": False,
    }


def test_its_definition_is_what_the_api_takes() -> None:
    defined = ToolBody.model_validate(book_it.definition("shared/book", "Booking")).tool("book")
    assert list(tool_problems(defined)) == []
    assert (defined.effectful, defined.description) == (True, "Books something.")
    assert "call" not in str(defined.parameters)


def test_a_call_goes_through_json_and_back() -> None:
    assert call(quote, weight_kg=2, to={"street": "A"}, speed="fast").result == {"price": 4.0, "tags": []}
    assert quote(1.0, Address(street="A"))["price"] == 1.0


def test_a_certain_no_is_a_reply() -> None:
    reply = call(quote, weight_kg=1, to={"street": "nowhere"})
    assert (reply.ok, reply.result) == (False, "We don't deliver there.")


def test_a_call_that_sahut_would_not_make_fails_the_test() -> None:
    with pytest.raises(Mismatch, match="to is missing"):
        call(quote, weight_kg=1)


@pytest.mark.parametrize("arguments", [{"what": 1}, {}, {"what": "x", "admin": True}], ids=range(3))
def test_arguments_are_checked_again_where_they_arrive(arguments: dict[str, Any]) -> None:
    body = ToolCallBody(tenant_id="t", tool="book", arguments=arguments, idempotency_key="k", deadline=0)
    with pytest.raises(ValidationError):
        book_it.handler(body.model_dump(), None)


def test_a_repeated_call_must_get_the_same_answer() -> None:
    assert str(replay(book_it, what="a table", tenant_id="shop").result).startswith("shop booked a table")
    with pytest.raises(Mismatch, match="idempotency_key"):
        replay(forgets, what="x")


@dataclass
class Odd:
    x: int


def test_what_no_schema_can_say_is_refused_when_it_is_written() -> None:
    def no_docstring(x: str) -> str:
        return x

    def no_hint(x) -> str:  # type: ignore[no-untyped-def]
        """Has none."""
        return str(x)

    def either(x: int | str) -> str:
        """Of two types."""
        return str(x)

    def anything(x: dict[str, Any], *more: str) -> str:
        """Takes whatever comes."""
        return str(x)

    for wrong in (no_docstring, no_hint, either, anything):
        with pytest.raises(TypeError):
            tool(wrong)
