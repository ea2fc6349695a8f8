"""A real browser in front of the running product: the phone page and the shops' web chats."""

import json
import urllib.request

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from sandbox.endpoints import Endpoints
from tests.e2e.browser import (
    BANK,
    NARROW,
    REPLY_MS,
    SHOP,
    Talk,
    both_tenants,
    fits,
    open_chat,
    said_by,
    shot,
    write,
)

pytestmark = pytest.mark.browser


def _owners(endpoints: Endpoints, tenant_id: str) -> dict[str, str]:
    """Owner of every conversation of a tenant, by conversation id, as its operators see it."""
    request = urllib.request.Request(f"{endpoints.api_url}/v1/conversations")
    request.add_header("X-Api-Key", endpoints.tenant(tenant_id).api_key)
    with urllib.request.urlopen(request, timeout=30) as answer:
        found = json.load(answer)["conversations"]
    return {one["conversation_id"]: one["owner"] for one in found}


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
    expect(answer).to_contain_text(talk.answer, timeout=REPLY_MS)
    expect(answer).to_contain_text("[1]")
    expect(answer).to_contain_text(talk.sources)
    expect(answer).to_have_attribute("data-state", "read")
    shot(page, f"phone-{talk.tenant_id}-answer")

    seen = _replies(page).count()
    _say(page, talk.wish)
    notice = _replies(page).nth(seen)
    expect(notice).to_be_visible(timeout=REPLY_MS)
    expect(notice).not_to_contain_text("[1]")
    shot(page, f"phone-{talk.tenant_id}-hand-over")
    new = {key: owner for key, owner in _owners(endpoints, talk.tenant_id).items() if key not in before}
    assert "waiting" in new.values()


def test_phone_shows_that_the_question_was_read_and_that_somebody_types(
    page: Page, endpoints: Endpoints
) -> None:
    _phone(page, endpoints, BANK)
    _say(page, BANK.question)
    mine = page.locator('[data-side="customer"]')
    expect(mine).to_have_attribute("data-state", "read", timeout=REPLY_MS)
    expect(_replies(page)).to_have_count(1, timeout=REPLY_MS)
    expect(page.locator(".typing")).to_have_count(0)


def test_phone_voice_note_goes_to_a_person(page: Page, endpoints: Endpoints) -> None:
    _phone(page, endpoints, SHOP)
    page.get_by_role("button", name="Send a voice note").click()
    expect(_replies(page).first).to_be_visible(timeout=REPLY_MS)
    shot(page, "phone-voice-note")


def test_phone_fits_a_narrow_screen(page: Page, endpoints: Endpoints) -> None:
    page.set_viewport_size(NARROW)
    _phone(page, endpoints, SHOP)
    expect(page.locator("#peer")).to_have_text(endpoints.tenant(SHOP.tenant_id).name)
    assert fits(page)
    shot(page, "phone-narrow")


# Web chat


@both_tenants
def test_webchat_gets_an_answer_with_its_source_and_then_a_person(
    page: Page, endpoints: Endpoints, talk: Talk
) -> None:
    open_chat(page, endpoints, talk)
    shot(page, f"webchat-{talk.tenant_id}-open")
    write(page, talk.question)
    answer = said_by(page, "machine").first
    expect(answer).to_contain_text(talk.answer, timeout=REPLY_MS)
    expect(answer.locator(".mark").first).to_have_text("[1]")
    expect(answer.locator(".sources li").first).to_be_visible()
    shot(page, f"webchat-{talk.tenant_id}-answer")

    write(page, talk.wish)
    expect(page.locator("sahut-chat .status")).to_have_text(talk.waiting, timeout=REPLY_MS)
    expect(said_by(page, "notice").first).to_be_visible(timeout=REPLY_MS)
    shot(page, f"webchat-{talk.tenant_id}-hand-over")


def test_webchat_goes_on_after_a_reload(page: Page, endpoints: Endpoints) -> None:
    open_chat(page, endpoints, BANK)
    write(page, BANK.question)
    expect(said_by(page, "machine").first).to_contain_text(BANK.answer, timeout=REPLY_MS)
    page.reload()
    page.locator(".launcher").click()
    expect(said_by(page, "customer")).to_have_count(1)
    expect(said_by(page, "machine").first).to_contain_text(BANK.answer)


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
    open_chat(page, endpoints, BANK)
    with page.expect_request_finished(lambda request: request.method == "POST" and bool(lost)) as again:
        write(page, BANK.question)
    assert lost == [again.value.post_data]
    expect(said_by(page, "machine").first).to_contain_text(BANK.answer, timeout=REPLY_MS)
    page.reload()
    page.locator(".launcher").click()
    expect(said_by(page, "machine")).to_have_count(1)
    expect(said_by(page, "customer")).to_have_count(1)


def test_webchat_asks_nothing_in_a_hidden_tab(page: Page, endpoints: Endpoints) -> None:
    open_chat(page, endpoints, BANK)
    write(page, BANK.question)
    expect(said_by(page, "machine").first).to_be_visible(timeout=REPLY_MS)
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(3000)
    assert asked == []
    with page.expect_request("**/v1/chat/tickets"):
        page.evaluate(hide, False)


def test_webchat_shows_words_as_words(page: Page, endpoints: Endpoints) -> None:
    open_chat(page, endpoints, BANK)
    words = "<img src=x onerror=alert(1)> what are your fees?"
    write(page, words)
    expect(said_by(page, "customer").first).to_contain_text(words)
    expect(page.locator("sahut-chat .bubble img")).to_have_count(0)


def test_webchat_fits_a_narrow_screen_and_works_by_keyboard(page: Page, endpoints: Endpoints) -> None:
    page.set_viewport_size(NARROW)
    open_chat(page, endpoints, SHOP)
    panel = page.get_by_role("dialog", name=endpoints.tenant(SHOP.tenant_id).name)
    expect(panel).to_be_visible()
    assert fits(page)
    shot(page, "webchat-narrow")
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    page.keyboard.press("Enter")  # the launcher has the focus again
    expect(panel).to_be_visible()
