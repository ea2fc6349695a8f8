"""Log events are a closed set, and none of their fields could hold what a customer wrote."""

from __future__ import annotations

import ast
import logging
from pathlib import Path

import pytest

from sahut.runtime.log_events import Event, log

SOURCES = Path(__file__).resolve().parents[3] / "layers/core/src/sahut"
TALKATIVE = {
    *("text", "message", "question", "answer", "body", "raw", "title", "words", "payload"),
    *("phone", "contact", "name", "username", "user_id", "wa_id", "address", "email"),
    *("token", "key", "secret", "password", "signature"),
}


@pytest.mark.parametrize("event", list(Event), ids=lambda event: event.name)
def test_no_event_has_a_field_for_words_addresses_or_secrets(event: Event) -> None:
    level, text, names = event.value
    assert level in (logging.INFO, logging.WARNING, logging.ERROR)
    assert text == text.lower() or text[0].islower()
    assert not TALKATIVE & set(names)
    assert len(names) == len(set(names))


def test_a_field_that_the_event_does_not_declare_is_refused() -> None:
    with pytest.raises(ValueError, match=r"WEBHOOK_REFUSED declares no field \['text'\]") as raised:
        log(Event.WEBHOOK_REFUSED, status=401, text="what the customer wrote")
    assert "customer" not in str(raised.value)


@pytest.mark.parametrize(
    ("event", "level"),
    [(Event.STAGE_DONE, "INFO"), (Event.WEBHOOK_REFUSED, "WARNING"), (Event.STAGE_FAILED, "ERROR")],
)
def test_an_event_is_one_line_with_its_name_and_fields(
    event: Event, level: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        log(event, **dict.fromkeys(event.value[2], "x"))
    [record] = caplog.records
    assert (record.levelname, record.getMessage()) == (level, event.value[1])
    assert record.__dict__["event"] == event.name
    assert all(record.__dict__[name] == "x" for name in event.value[2])


def test_every_event_is_used_and_every_use_gives_declared_fields() -> None:
    used: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "log" and node.args:
                event = Event[ast.unparse(node.args[0]).removeprefix("Event.")]
                used.add(event.name)
                given = {each.arg for each in node.keywords}
                assert given == set(event.value[2]), f"{path.name}:{node.lineno}"
    assert used == {event.name for event in Event}
