"""The two seeded shops, a browser, and trouble that ends with its test."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from sandbox.stack import Stack
from tests.e2e.browser import fresh_page, launched
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Closed with its module: while it is open, an event loop runs here and nobody else may start one.
    with launched() as chromium:
        yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with fresh_page(browser) as fresh:
        yield fresh
