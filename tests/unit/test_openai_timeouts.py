"""A model's endpoint that is slow in every way there is: the customer waits no longer than was agreed."""

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sahut.adapters.llm.openai_compatible import OpenAICompatible
from sahut.domain.model_faults import EndpointFailed, Fault
from sahut.domain.models import Spent
from sahut.ports.chat_model import ChatMessage, ChatRequest
from sandbox.model_api import Say, model_api
from tests.unit.chat_endpoint import Endpoint, Reply, delta, endpoint_serving, stream
from tests.unit.chat_writer import model, request


@pytest.fixture(scope="module")
def serving() -> Iterator[Endpoint]:
    with endpoint_serving() as endpoint:
        yield endpoint


@pytest.fixture
def endpoint(serving: Endpoint) -> Endpoint:
    serving.reset()
    return serving


SLOW = {
    "silent": (Reply(delay_s=4.0), Fault.FIRST_TOKEN_TIMEOUT),
    "headers only": (Reply([b": wait\n\n"] * 2, pause_s=4.0), Fault.FIRST_TOKEN_TIMEOUT),
    "trickling blanks": (Reply([b" "] * 100, pause_s=0.1), Fault.FIRST_TOKEN_TIMEOUT),
    "trickling comments": (Reply([b": wait\n\n"] * 100, pause_s=0.1), Fault.FIRST_TOKEN_TIMEOUT),
    "trickling words": (Reply([delta(content="on ")] * 100, pause_s=0.1), Fault.TIMEOUT),
}


@pytest.mark.parametrize(("timeout_s", "left_s"), [(0.3, 60.0), (30.0, 0.8)], ids=["timeout", "deadline"])
@pytest.mark.parametrize("slow", SLOW)
def test_neither_silence_nor_trickling_outlasts_the_budget(
    endpoint: Endpoint, timeout_s: float, left_s: float, slow: str
) -> None:
    """The candidate's time-out and the turn's deadline both bound it."""
    writer = model(endpoint.url, timeout_s)
    with contextlib.suppress(EndpointFailed):
        writer.write(request())  # loads what a first call loads
    endpoint.reply, fault = SLOW[slow]
    started = time.monotonic()
    with pytest.raises(EndpointFailed) as caught:
        writer.write(request(left_s=left_s))
    assert 0.29 < time.monotonic() - started < 2.0
    assert caught.value.fault is fault
    assert caught.value.spent.tokens_in > 300, "it was asked, and may send a bill"


@pytest.mark.parametrize("slow", [name for name in SLOW if name != "trickling words"])
def test_a_late_first_word_is_a_failure_long_before_the_whole_time_is_over(
    endpoint: Endpoint, slow: str
) -> None:
    endpoint.reply = SLOW[slow][0]
    started = time.monotonic()
    with pytest.raises(EndpointFailed) as caught:
        model(endpoint.url, 30.0, first_token_timeout_s=0.2).write(request())
    assert 0.2 <= time.monotonic() - started < 2.0
    assert caught.value.fault is Fault.FIRST_TOKEN_TIMEOUT


def test_after_the_first_word_there_is_the_whole_time(endpoint: Endpoint) -> None:
    endpoint.reply = Reply(stream("CHAPS ", "costs ", "£20 [3]."), pause_s=0.2)
    assert model(endpoint.url, first_token_timeout_s=1.0).write(request()).text == "CHAPS costs £20 [1]."


def test_a_long_silence_after_the_first_word(endpoint: Endpoint) -> None:
    """It is no longer than the first word may take, long before the whole time is over."""
    endpoint.reply = Reply([delta(content="CHAPS costs ")], hangs_s=4.0)
    started = time.monotonic()
    with pytest.raises(EndpointFailed) as caught:
        model(endpoint.url, 30.0, first_token_timeout_s=0.5).write(request())
    assert 0.5 <= time.monotonic() - started < 2.5
    assert caught.value.fault is Fault.TIMEOUT
    assert caught.value.spent.tokens_out > 0


def test_an_abandoned_stream_is_hung_up(endpoint: Endpoint) -> None:
    """The server sees it, and stops writing what would be billed."""
    endpoint.reply = Reply([delta(content="on ")] * 100, pause_s=0.05)
    with pytest.raises(EndpointFailed):
        model(endpoint.url, 0.3).write(request())
    gave_up = time.monotonic()
    while not endpoint.hung_up:
        assert time.monotonic() - gave_up < 4
        time.sleep(0.01)
    assert endpoint.hung_up[0] - gave_up < 2


def test_a_silent_stream_is_hung_up_as_well() -> None:
    """While it says nothing: its next word would come much later."""
    with model_api(lambda _: Say("one two three four", between_chunks_s=1.6)) as api:
        candidate = replace(api.candidate("small"), timeout_s=2.0)
        with pytest.raises(EndpointFailed):
            OpenAICompatible(candidate, lambda: api.key, time.time).complete(hello())
        gave_up = time.monotonic()
        while not api.asked[0].left_early:
            assert time.monotonic() - gave_up < 0.9
            time.sleep(0.01)
        assert len(api.asked[0].chunks) == 2


def hello() -> ChatRequest:
    return ChatRequest((ChatMessage("user", "hello"),), time.time() + 60)


def test_a_connection_that_takes_too_long(endpoint: Endpoint) -> None:
    """A full backlog: the kernel answers no further SYN."""
    with socket.socket() as deaf, socket.socket() as waiting, socket.socket() as waiting_too:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for each in (waiting, waiting_too):
            each.setblocking(False)
            each.connect_ex(deaf.getsockname())
        started = time.monotonic()
        with pytest.raises(EndpointFailed) as caught:
            model(f"http://127.0.0.1:{deaf.getsockname()[1]}/v1", connect_timeout_s=0.2).write(request())
        assert 0.2 <= time.monotonic() - started < 2.0
        assert caught.value.fault is Fault.CONNECT_TIMEOUT
        assert caught.value.spent == Spent()
