"""A real browser in front of the running product: what its tests share.

Screenshots are kept in .artifacts/screenshots. Without a browser every test is skipped, with the
reason; CHROMIUM names one that is not on the PATH.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, ViewportSize, sync_playwright

from sandbox.endpoints import Endpoints

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: containers forbid it. The rest keeps the browser from calling home.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_SCREENSHOTS = Path(__file__).parents[2] / ".artifacts" / "screenshots"
# Cold starts of all functions of one turn on two busy cores.
REPLY_MS = 60_000
NARROW = ViewportSize(width=360, height=740)


@dataclass(frozen=True, slots=True)
class Talk:
    """What a customer of one tenant asks, and what must be in the answer.

    sources: the label above the citations. waiting: the web chat's header after a hand-over.
    """

    tenant_id: str
    question: str
    answer: str
    wish: str
    sources: str
    waiting: str


SHOP = Talk(
    tenant_id="toko-melati",
    question="Berapa lama pengiriman ke Papua?",
    answer="14 hari kerja",
    wish="Saya mau bicara dengan orang, bukan mesin",
    sources="Sumber",
    waiting="Rekan kami akan segera bergabung",
)
BANK = Talk(
    tenant_id="northwind-bank",
    question="What is the monthly fee of the Plus Account?",
    answer="£6",
    wish="I want to talk to a real person",
    sources="Sources",
    waiting="A colleague will join you soon",
)
both_tenants = pytest.mark.parametrize("talk", [SHOP, BANK], ids=[SHOP.tenant_id, BANK.tenant_id])


def find_browser() -> str | None:
    """Path of a Chromium or Chrome, None when there is none."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is on the PATH and CHROMIUM is not set")
    _SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield chromium
        chromium.close()


@contextmanager
def fresh_page(browser: Browser) -> Iterator[Page]:
    """A fresh profile. Any script error, also one of the content security policy, fails the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="en-GB")
    context.set_default_timeout(15_000)
    troubles: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # A refused or aborted request is the page's own business: it says so in words.
        if message.type == "error" and "Failed to load resource" not in message.text:
            troubles.append(message.text)

    page = context.new_page()
    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    context.close()
    assert troubles == []


def shot(page: Page, name: str) -> None:
    page.screenshot(path=_SCREENSHOTS / f"{name}.png")


def fits(page: Page) -> bool:
    """Nothing sticks out to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def open_chat(page: Page, endpoints: Endpoints, talk: Talk) -> None:
    page.goto(f"{endpoints.webchat_url.rpartition('/')[0]}/{talk.tenant_id}")
    page.locator(".launcher").click()


def write(page: Page, words: str) -> None:
    page.locator("sahut-chat textarea").fill(words)
    page.keyboard.press("Enter")


def said_by(page: Page, sender: str) -> Locator:
    return page.locator(f'sahut-chat [data-from="{sender}"]')
