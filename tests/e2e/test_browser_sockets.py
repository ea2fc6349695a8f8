"""The web chat's connection in a real browser: used where it can be, missed by nobody where it can't."""

import json
import re

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from sandbox.endpoints import Endpoints
from tests.e2e.browser import BANK, REPLY_MS, open_chat, said_by, write

pytestmark = pytest.mark.browser


def _polls(page: Page) -> list[str]:
    """Addresses of all questions for news from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "messages?after" in request.url else None)
    return asked


def test_webchat_hears_by_its_connection_and_asks_for_nothing(page: Page, endpoints: Endpoints) -> None:
    asked = _polls(page)
    open_chat(page, endpoints, BANK)
    with page.expect_websocket() as opened:
        write(page, BANK.question)
    expect(said_by(page, "machine").first).to_contain_text(BANK.answer, timeout=REPLY_MS)
    expect(said_by(page, "machine").first.locator(".sources a").first).to_have_attribute(
        "href", re.compile(r"^http://.+/v1/citations/")
    )
    expect(page.locator("sahut-chat .dots")).to_be_hidden()
    assert asked == []
    assert not opened.value.is_closed()
    page.reload()
    page.locator(".launcher").click()
    expect(said_by(page, "machine")).to_have_count(1)
    expect(said_by(page, "customer")).to_have_count(1)
    assert asked == []


def test_webchat_loses_and_repeats_nothing_when_its_connection_drops(
    page: Page, endpoints: Endpoints
) -> None:
    routes: list[WebSocketRoute] = []

    def through(route: WebSocketRoute) -> None:
        routes.append(route)
        route.connect_to_server()

    page.route_web_socket(re.compile("ticket="), through)
    open_chat(page, endpoints, BANK)
    write(page, BANK.question)
    expect(said_by(page, "machine").first).to_contain_text(BANK.answer, timeout=REPLY_MS)
    asked = _polls(page)
    routes[-1].close()
    write(page, BANK.question)
    expect(said_by(page, "machine")).to_have_count(2, timeout=REPLY_MS)
    page.wait_for_timeout(3000)
    write(page, BANK.wish)
    expect(said_by(page, "notice")).to_have_count(1, timeout=REPLY_MS)
    expect(said_by(page, "machine")).to_have_count(2)
    expect(said_by(page, "customer")).to_have_count(3)
    assert asked  # it polled meanwhile
    assert len(routes) >= 2, "it did not connect again"


def test_webchat_that_can_open_no_connection_polls(page: Page, endpoints: Endpoints) -> None:
    page.route_web_socket(re.compile("ticket="), lambda route: route.close())
    asked = _polls(page)
    open_chat(page, endpoints, BANK)
    write(page, BANK.question)
    expect(said_by(page, "machine").first).to_contain_text(BANK.answer, timeout=REPLY_MS)
    assert asked


def test_webchat_asks_again_when_a_push_was_lost(page: Page, endpoints: Endpoints) -> None:
    """A frame goes missing; the next one shows the gap, and both are there, in order."""
    lost: list[str] = []

    def lose_first(route: WebSocketRoute) -> None:
        server = route.connect_to_server()

        def pass_on(frame: str | bytes) -> None:
            if not lost and json.loads(frame)["type"] == "message":
                lost.append(str(frame))
            else:
                route.send(frame)

        server.on_message(pass_on)

    page.route_web_socket(re.compile("ticket="), lose_first)
    open_chat(page, endpoints, BANK)
    write(page, BANK.question)
    expect(said_by(page, "customer")).to_have_count(1)
    while not lost:
        page.wait_for_timeout(100)
    expect(said_by(page, "machine")).to_have_count(0)
    write(page, BANK.wish)
    expect(said_by(page, "notice")).to_have_count(1, timeout=REPLY_MS)
    expect(said_by(page, "machine")).to_have_count(1)
    shown = page.locator("sahut-chat .bubble").evaluate_all("nodes => nodes.map(one => one.dataset.from)")
    assert shown == ["customer", "machine", "customer", "notice"]
