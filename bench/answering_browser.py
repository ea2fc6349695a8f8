"""When a browser shows the first checked sentence: a real Chromium, and the sandbox with all its functions.

The page's clock is set beside ours once; what is told is the frame in which the sentence is drawn.
"""

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

from bench.answering_figures import FirstSentence, Heard, first_sentence, moments
from bench.environment import WORK
from sandbox.model_api import Asked, ModelApi, Say, model_api
from sandbox.stack import Options, Stack, running
from sandbox.tenants import Model

TENANT, QUESTION, FIGURE = "northwind-bank", "What is the monthly fee of the Plus Account?", "£6"
BETWEEN_MS = 20
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No sandbox: containers forbid it.
_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
# All functions of a turn may start at once.
_PATIENCE_MS = 90_000
_WATCH = """() => {
  const root = document.querySelector("sahut-chat").shadowRoot;
  window.shownAt = [];
  new MutationObserver(() => {
    const count = root.querySelectorAll('[data-from="machine"]').length;
    for (let n = window.shownAt.length; n < count; n++) {
      window.shownAt.push(0);
      requestAnimationFrame(() => { window.shownAt[n] = performance.timeOrigin + performance.now(); });
    }
  }).observe(root, { childList: true, subtree: true });
}"""
_NOW = "performance.timeOrigin + performance.now()"


def find_browser() -> str | None:
    """Path of a Chromium or Chrome, None when there is none. CHROMIUM names one that is not on the PATH."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in _NAMES if (path := shutil.which(name))), None)


def claim_of(prompt: str) -> str:
    """The sentence of the passages that has the figure, with its mark.

    Raises:
        ValueError: no passage has it.
    """
    found = re.search(rf"[^\n.]*{FIGURE}[^\n]*?\.(?=\s)", prompt)
    marks = re.findall(r"^\[(\d+)\]", prompt[: found.start() + 1], re.MULTILINE) if found else []
    if not found or not marks:
        raise ValueError(f"no passage has {FIGURE}")
    sentence = re.sub(r"^\[\d+\]\s*", "", found[0].strip())
    return f"{sentence} [{marks[-1]}]"


def say(asked: Asked) -> Say:
    """The claim twice: the first is complete when the second begins."""
    claim = claim_of(asked.last)
    return Say(f"{claim} {claim}", between_chunks_s=BETWEEN_MS / 1000)


def in_the_browser(turns: int, browser: str) -> FirstSentence:
    """Turns of one visitor, one after the other; the first, which starts the functions, does not count.

    Raises:
        playwright.sync_api.TimeoutError: the answer was not shown, sentence by sentence.
    """
    with model_api(say) as api, _sandbox(api) as stack, _page(browser) as page:
        page.goto(f"{stack.endpoints.webchat_url.rpartition('/')[0]}/{TENANT}")
        page.locator(".launcher").click()
        page.evaluate(_WATCH)
        ahead_s = _ahead_s(page)
        heard = [_turn(page, api, ahead_s) for _ in range(turns + 1)][1:]
    return first_sentence("in Chromium", BETWEEN_MS, heard)


def _turn(page: Page, api: ModelApi, ahead_s: float) -> Heard:
    said = page.locator('sahut-chat [data-from="machine"]')
    before = said.count()
    page.locator("sahut-chat textarea").fill(QUESTION)
    page.keyboard.press("Enter")
    said.nth(before + 1).wait_for(timeout=_PATIENCE_MS)
    shown_s = float(page.evaluate(f"window.shownAt[{before}]")) / 1000 - ahead_s
    asked = api.asked[-1]
    pieces = [(each.text, each.at_s) for each in asked.chunks]
    page.wait_for_timeout(500)  # the turn ends
    return Heard(*moments(pieces, claim_of(asked.last)), shown_s)


def _ahead_s(page: Page) -> float:
    """What the page's clock shows more than time.perf_counter(): of ten looks the quickest."""
    looks = []
    for _ in range(10):
        before = time.perf_counter()
        page_s = float(page.evaluate(_NOW)) / 1000
        after = time.perf_counter()
        looks.append((after - before, page_s - (before + after) / 2))
    return min(looks)[1]


@contextmanager
def _sandbox(api: ModelApi) -> Iterator[Stack]:
    model = Model(api.base_url, "sandbox-1", api.key)
    with running(Options(state_dir=WORK / "answering-sandbox", model=model)) as stack:
        yield stack


@contextmanager
def _page(browser: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(_FLAGS))
        try:
            yield chromium.new_page()
        finally:
            chromium.close()
