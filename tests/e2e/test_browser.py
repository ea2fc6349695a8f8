"""A real browser in front of the running product: the phone page and the shops' web chats.

Screenshots are kept in .artifacts/screenshots. Without a browser every test here is skipped, with
the reason; CHROMIUM names one that is not on the PATH.
"""

import json
import os
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Route,
    ViewportSize,
    expect,
    sync_playwright,
)

from sandbox.endpoints import Endpoints

pytestmark = pytest.mark.browser

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
_REPLY_MS = 60_000
_NARROW = ViewportSize(width=360, height=740)


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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Closed with this module: while it is open, an event loop runs here and nobody else may start one.
    path = find_browser()
    if path is None:
        pytest.skip(f"no browser: none of {', '.join(_NAMES)} is on the PATH and CHROMIUM is not set")
    _SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
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


def _shot(page: Page, name: str) -> None:
    page.screenshot(path=_SCREENSHOTS / f"{name}.png")


def _owners(endpoints: Endpoints, tenant_id: str) -> dict[str, str]:
    """Owner of every conversation of a tenant, by conversation id, as its operators see it."""
    request = urllib.request.Request(f"{endpoints.api_url}/v1/conversations")
    request.add_header("X-Api-Key", endpoints.tenant(tenant_id).api_key)
    with urllib.request.urlopen(request, timeout=30) as answer:
        found = json.load(answer)["conversations"]
    return {one["conversation_id"]: one["owner"] for one in found}


def _fits(page: Page) -> bool:
    """Nothing sticks out to the right."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


# WhatsApp


def _phone(page: Page, endpoints: Endpoints, talk: Talk) -> None:
    """A customer who never wrote before, with the chat of this tenant open."""
    number = endpoints.tenant(talk.tenant_id).phone_number_id
    page.goto(f"{endpoints.phone_url}?phone_number_id={number}")
    page.get_by_role("button", name="New customer").click()


def _say(page: Page, words: str) -> None:
    page.get_by_label("Message", exact=True).fill(words)
    page.keyboard.press("Enter")


def _replies(page: Page) -> Locator:
    return page.locator('[data-side="business"]')


@both_tenants
def test_phone_gets_an_answer_with_its_source_and_then_a_person(
    page: Page, endpoints: Endpoints, talk: Talk
) -> None:
    before = _owners(endpoints, talk.tenant_id)
    _phone(page, endpoints, talk)
    _say(page, talk.question)
    answer = _replies(page).first
    expect(answer).to_contain_text(talk.answer, timeout=_REPLY_MS)
    expect(answer).to_contain_text("[1]")
    expect(answer).to_contain_text(talk.sources)
    expect(answer).to_have_attribute("data-state", "read")
    _shot(page, f"phone-{talk.tenant_id}-answer")

    seen = _replies(page).count()
    _say(page, talk.wish)
    notice = _replies(page).nth(seen)
    expect(notice).to_be_visible(timeout=_REPLY_MS)
    expect(notice).not_to_contain_text("[1]")
    _shot(page, f"phone-{talk.tenant_id}-hand-over")
    new = {key: owner for key, owner in _owners(endpoints, talk.tenant_id).items() if key not in before}
    assert "waiting" in new.values()


def test_phone_shows_that_the_question_was_read_and_that_somebody_types(
    page: Page, endpoints: Endpoints
) -> None:
    _phone(page, endpoints, BANK)
    _say(page, BANK.question)
    mine = page.locator('[data-side="customer"]')
    expect(mine).to_have_attribute("data-state", "read", timeout=_REPLY_MS)
    expect(_replies(page)).to_have_count(1, timeout=_REPLY_MS)
    expect(page.locator(".typing")).to_have_count(0)


def test_phone_voice_note_goes_to_a_person(page: Page, endpoints: Endpoints) -> None:
    _phone(page, endpoints, SHOP)
    page.get_by_role("button", name="Send a voice note").click()
    expect(_replies(page).first).to_be_visible(timeout=_REPLY_MS)
    _shot(page, "phone-voice-note")


def test_phone_fits_a_narrow_screen(page: Page, endpoints: Endpoints) -> None:
    page.set_viewport_size(_NARROW)
    _phone(page, endpoints, SHOP)
    expect(page.locator("#peer")).to_have_text(endpoints.tenant(SHOP.tenant_id).name)
    assert _fits(page)
    _shot(page, "phone-narrow")


# Web chat


def _open_chat(page: Page, endpoints: Endpoints, talk: Talk) -> None:
    page.goto(f"{endpoints.webchat_url.rpartition('/')[0]}/{talk.tenant_id}")
    page.locator(".launcher").click()


def _write(page: Page, words: str) -> None:
    page.locator("sahut-chat textarea").fill(words)
    page.keyboard.press("Enter")


def _from(page: Page, sender: str) -> Locator:
    return page.locator(f'sahut-chat [data-from="{sender}"]')


@both_tenants
def test_webchat_gets_an_answer_with_its_source_and_then_a_person(
    page: Page, endpoints: Endpoints, talk: Talk
) -> None:
    _open_chat(page, endpoints, talk)
    _shot(page, f"webchat-{talk.tenant_id}-open")
    _write(page, talk.question)
    answer = _from(page, "machine").first
    expect(answer).to_contain_text(talk.answer, timeout=_REPLY_MS)
    expect(answer.locator(".mark").first).to_have_text("[1]")
    expect(answer.locator(".sources li").first).to_be_visible()
    _shot(page, f"webchat-{talk.tenant_id}-answer")

    _write(page, talk.wish)
    expect(page.locator("sahut-chat .status")).to_have_text(talk.waiting, timeout=_REPLY_MS)
    expect(_from(page, "notice").first).to_be_visible(timeout=_REPLY_MS)
    _shot(page, f"webchat-{talk.tenant_id}-hand-over")


def test_webchat_goes_on_after_a_reload(page: Page, endpoints: Endpoints) -> None:
    _open_chat(page, endpoints, BANK)
    _write(page, BANK.question)
    expect(_from(page, "machine").first).to_contain_text(BANK.answer, timeout=_REPLY_MS)
    page.reload()
    page.locator(".launcher").click()
    expect(_from(page, "customer")).to_have_count(1)
    expect(_from(page, "machine").first).to_contain_text(BANK.answer)


def test_webchat_sends_again_after_a_lost_answer_and_is_heard_once(page: Page, endpoints: Endpoints) -> None:
    lost: list[str] = []

    def lose_first(route: Route) -> None:
        """The server gets the message; the browser never hears so."""
        if route.request.method == "POST" and not lost:
            route.fetch()
            lost.append(str(route.request.post_data))
            route.abort()
        else:
            route.continue_()

    page.route("**/v1/chat/messages*", lose_first)
    _open_chat(page, endpoints, BANK)
    with page.expect_request_finished(lambda request: request.method == "POST" and bool(lost)) as again:
        _write(page, BANK.question)
    assert lost == [again.value.post_data]
    expect(_from(page, "machine").first).to_contain_text(BANK.answer, timeout=_REPLY_MS)
    page.reload()
    page.locator(".launcher").click()
    expect(_from(page, "machine")).to_have_count(1)
    expect(_from(page, "customer")).to_have_count(1)


def test_webchat_asks_nothing_in_a_hidden_tab(page: Page, endpoints: Endpoints) -> None:
    _open_chat(page, endpoints, BANK)
    _write(page, BANK.question)
    expect(_from(page, "machine").first).to_be_visible(timeout=_REPLY_MS)
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert asked == []
    with page.expect_request("**/v1/chat/messages?after=*"):
        page.evaluate(hide, False)


def test_webchat_shows_words_as_words(page: Page, endpoints: Endpoints) -> None:
    _open_chat(page, endpoints, BANK)
    words = "<img src=x onerror=alert(1)> what are your fees?"
    _write(page, words)
    expect(_from(page, "customer").first).to_contain_text(words)
    expect(page.locator("sahut-chat .bubble img")).to_have_count(0)


def test_webchat_fits_a_narrow_screen_and_works_by_keyboard(page: Page, endpoints: Endpoints) -> None:
    page.set_viewport_size(_NARROW)
    _open_chat(page, endpoints, SHOP)
    panel = page.get_by_role("dialog", name=endpoints.tenant(SHOP.tenant_id).name)
    expect(panel).to_be_visible()
    assert _fits(page)
    _shot(page, "webchat-narrow")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("Enter")  # the launcher has the focus again
    expect(panel).to_be_visible()
