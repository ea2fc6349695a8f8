"""Values to DynamoDB's attributes and back: what was stored is what is read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sahut.adapters.dynamodb.wire import (
    Value,
    float_of,
    from_wire,
    int_of,
    list_of,
    map_of,
    maps_of,
    text_of,
    to_wire,
)

# DynamoDB takes 38 digits; ours are counters, seconds, scores and prices.
NUMBERS = st.integers(-(10**17), 10**17) | st.floats(-1e12, 1e12, allow_subnormal=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_what_was_stored_is_what_is_read(value: Value) -> None:
    assert from_wire(to_wire(value)) == value


@given(NUMBERS)
def test_a_number_keeps_its_value(value: float) -> None:
    assert float(str(to_wire(value)["N"])) == float(value)


def test_a_truth_is_no_number() -> None:
    assert to_wire(True) == {"BOOL": True}
    assert to_wire(1) == {"N": "1"}


@pytest.mark.parametrize("attribute", [{"B": b"x"}, {"SS": ["a"]}, {}])
def test_what_we_never_write_is_refused(attribute: Any) -> None:
    with pytest.raises(TypeError):
        from_wire(attribute)


WRONG: list[Value] = [None, True, 3, "x", [1], {"a": 1}]


@pytest.mark.parametrize("value", WRONG, ids=repr)
def test_a_field_of_another_type_reads_as_a_missing_one(value: Value) -> None:
    item = {"field": value}
    assert isinstance(text_of(item, "field"), str)
    assert isinstance(int_of(item, "field"), int)
    assert isinstance(float_of(item, "field"), float)
    assert dict(map_of(item, "field")) == (value if isinstance(value, dict) else {})
    assert list(list_of(item, "field")) == (value if isinstance(value, list) else [])
    assert maps_of(item, "field") == []
    assert text_of({}, "field", "default") == "default"
