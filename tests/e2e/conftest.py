"""The two seeded shops, and trouble that ends with its test."""

from collections.abc import Iterator

import pytest

from sandbox.stack import Stack
from tests.e2e.support import Shop
from tests.e2e.trouble import Trouble


@pytest.fixture(scope="session")
def shop(stack: Stack) -> Shop:
    """Toko Melati: mainly Indonesian."""
    return Shop(stack, "toko-melati")


@pytest.fixture(scope="session")
def bank(stack: Stack) -> Shop:
    """Northwind Bank: English."""
    return Shop(stack, "northwind-bank")


@pytest.fixture
def trouble(stack: Stack) -> Iterator[Trouble]:
    made = Trouble(stack)
    yield made
    made.end()
