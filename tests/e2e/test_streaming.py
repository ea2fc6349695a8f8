"""An answer that a web chat reads while it is being written, on the whole stack."""

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sandbox.model_api import Asked, Say, model_api
from sandbox.stack import Stack
from tests.conftest import eventually
from tests.e2e.questions import PAPUA
from tests.e2e.test_sockets import Opened
from tests.e2e.webchat import Visitor, open_shop

FIRST = "Pengiriman reguler ke Papua memerlukan 8–14 hari kerja."
SECOND = "Lama pengiriman dihitung sejak paket diserahkan kepada kurir."
# So slow that whoever waits for the whole answer would be seen to.
BETWEEN_CHUNKS_S = 0.1


def asking(stack: Stack, second: str) -> tuple[Visitor, list[Mapping[str, Any]], list[float]]:
    """A connected visitor asks; every message that came by push, and when."""

    def say(asked: Asked) -> Say:
        before = asked.last[: asked.last.index("8–14 hari kerja")]
        number = before[before.rindex("\n[") + 2 :].partition("]")[0]
        return Say(f"{FIRST} [{number}] {second} [{number}]", between_chunks_s=BETWEEN_CHUNKS_S)

    opened = Opened(stack)
    with model_api(say) as api:
        visitor = open_shop(stack, [replace(api.candidate("stub"), timeout_s=40.0)], api.secrets).visitor()
        visitor.writes("halo")
        visitor.rests()
        socket = opened(visitor)
        visitor.writes(PAPUA.words)
        came: list[float] = []
        for count in (1, 2):
            socket.hears("message", count=count, within_s=60)
            came.append(time.monotonic())
        messages = [event["message"] for event in socket.hears("message", count=2)]
        visitor.rests()
    opened.end()
    return visitor, messages, came


def test_the_first_claim_is_read_while_the_second_is_written(stack: Stack) -> None:
    visitor, messages, (first, last) = asking(stack, SECOND)
    assert [each["from"] for each in messages] == ["machine", "machine"]
    assert messages[0]["text"].startswith(FIRST)
    assert messages[1]["text"].startswith(SECOND)
    assert last - first > BETWEEN_CHUNKS_S, "the two came apart"
    read = [each["text"] for each in visitor.read if each["from"] == "machine"]
    assert read[1:] == [each["text"] for each in messages], "what was streamed is what is stored"
    assert visitor.turns[-1].state.value == "answered"
    assert visitor.records.ledger(visitor.turns[-1].ref)["verdict"] == "safe"


def test_a_claim_that_fails_ends_it_and_the_customer_is_told(stack: Stack) -> None:
    visitor, messages, _ = asking(stack, "Ongkirnya Rp1 saja. [1] Selesai.")
    assert [each["from"] for each in messages] == ["machine", "notice"]
    assert "terhenti" in messages[1]["text"]
    (turn,) = visitor.turns[1:]
    assert (turn.state.value, turn.reason) == ("handed_over", "broken_off")
    eventually(lambda: "Rp1" not in str(visitor.read), within_s=1)
