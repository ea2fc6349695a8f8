"""Plain Python values to DynamoDB's attribute values and back, and typed reads of an item.

boto3's own serialiser insists on Decimal; our numbers are counters and seconds since the epoch,
for which int and float are exact enough.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

Value: TypeAlias = bool | int | float | str | Sequence["Value"] | Mapping[str, "Value"] | None
Item: TypeAlias = Mapping[str, Value]


def to_wire(value: Value) -> AttributeValueTypeDef:
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | float):
        return {"N": repr(value)}
    if isinstance(value, Mapping):
        return {"M": {name: to_wire(each) for name, each in value.items()}}
    return {"L": [to_wire(each) for each in value]}


def from_wire(attribute: AttributeValueTypeDef) -> Value:
    for kind, value in attribute.items():
        if kind == "N":
            return _number(str(value))
        if kind == "M" and isinstance(value, Mapping):
            return {name: from_wire(each) for name, each in value.items()}
        if kind == "L" and isinstance(value, Sequence):
            return [from_wire(each) for each in value]
        if kind == "NULL":
            return None
        if isinstance(value, str | bool):
            return value
    raise TypeError("an attribute of a kind that Sahut never writes")


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def to_item(values: Item) -> dict[str, AttributeValueTypeDef]:
    return {name: to_wire(value) for name, value in values.items()}


def from_item(attributes: Mapping[str, AttributeValueTypeDef]) -> dict[str, Value]:
    return {name: from_wire(value) for name, value in attributes.items()}


def text_of(item: Item, name: str, default: str = "") -> str:
    value = item.get(name, default)
    return value if isinstance(value, str) else default


def int_of(item: Item, name: str, default: int = 0) -> int:
    value = item.get(name, default)
    return int(value) if isinstance(value, int | float) else default


def float_of(item: Item, name: str, default: float = 0.0) -> float:
    value = item.get(name, default)
    return float(value) if isinstance(value, int | float) else default


def map_of(item: Item, name: str) -> Mapping[str, Value]:
    value = item.get(name)
    return value if isinstance(value, Mapping) else {}


def list_of(item: Item, name: str) -> Sequence[Value]:
    value = item.get(name)
    return value if isinstance(value, list | tuple) else ()


def maps_of(item: Item, name: str) -> list[Mapping[str, Value]]:
    return [each for each in list_of(item, name) if isinstance(each, Mapping)]
