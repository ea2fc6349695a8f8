"""The client against a real model on a real server: wiring, streaming, time-outs, usage, never quality."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from sahut.adapters.llm.openai_compatible import OpenAICompatible
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.model_faults import EndpointFailed, EndpointRefused, Fault
from sahut.domain.models import EXTRACTIVE, Candidate, Models, Provider, Scenario
from sahut.domain.tenant import TenantId
from sahut.ports.chat_model import ChatMessage, ChatRequest, OutputSchema, ToolSpec
from sahut.stages.candidates import AttemptOutcome, Trying
from sahut.stages.prompting import AnswerRequest
from sahut.stages.write_answer import Writing, write_answer
from tests.llama.server import NoModel, running

pytestmark = pytest.mark.full

STORY = (ChatMessage("user", "Tell me a long story about a ship, in many sentences."),)
SCHEMA = {
    "type": "object",
    "properties": {"outcome": {"type": "string", "enum": ["answer", "no_answer"]}},
    "required": ["outcome"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    try:
        with running() as url:
            yield url
    except NoModel as error:
        pytest.skip(f"no small model: {error}")


@pytest.fixture(scope="module")
def small(base_url: str) -> Candidate:
    return Candidate(
        Provider.COMPATIBLE,
        "smollm2",
        model="smollm2",
        base_url=base_url,
        first_token_timeout_s=60.0,
        timeout_s=90.0,
        context_tokens=2048,
        max_output_tokens=60,
        temperature=0.0,
        price_in_usd_per_mtok=1.0,
        price_out_usd_per_mtok=2.0,
    )


def client(candidate: Candidate) -> OpenAICompatible:
    return OpenAICompatible(candidate, lambda: "", time.time)


def request(*messages: ChatMessage, **more: object) -> ChatRequest:
    return ChatRequest(messages or STORY, time.time() + 200, "en", **more)  # type: ignore[arg-type]  # its fields


def test_words_come_while_it_writes_and_usage_is_its_own(small: Candidate) -> None:
    came: list[tuple[float, str]] = []
    brief = request(ChatMessage("user", "Say hello in one short sentence."))
    said = client(small).complete(brief, lambda text: came.append((time.monotonic(), text)))
    assert "".join(text for _, text in came) == said.text
    assert len(came) >= 4
    assert came[-1][0] > came[0][0], "not all at the end"
    assert said.finish == "stop"
    assert 0 < said.first_token_ms < 20_000
    assert 10 < said.tokens_in < 100
    assert abs(said.tokens_out - len(came)) <= 3, "a token is a piece, but for the end"


def test_the_limit_of_words_is_kept_and_counted(small: Candidate) -> None:
    with pytest.raises(EndpointRefused) as caught:
        client(replace(small, max_output_tokens=8)).complete(request())
    assert caught.value.fault is Fault.CUT_OFF
    assert caught.value.spent.tokens_out == 8


def test_a_time_out_in_the_middle_of_an_answer(small: Candidate) -> None:
    asked = client(replace(small, max_output_tokens=1_500, timeout_s=3.0))
    started = time.monotonic()
    with pytest.raises(EndpointFailed) as caught:
        asked.complete(request())
    assert 3.0 <= time.monotonic() - started < 6.0
    assert caught.value.fault is Fault.TIMEOUT
    assert caught.value.spent.tokens_out > 3
    # It stops writing when we hang up: its only slot is free again, long before the story would be told.
    said = client(small).complete(request(ChatMessage("user", "Say hello.")))
    assert 0 < said.first_token_ms < 5_000


def test_a_late_first_word(small: Candidate) -> None:
    long = ChatMessage("user", "ship and sea and wind " * 30)
    with pytest.raises(EndpointFailed) as caught:
        client(replace(small, first_token_timeout_s=0.02)).complete(request(long))
    assert caught.value.fault is Fault.FIRST_TOKEN_TIMEOUT


def test_more_than_its_context(small: Candidate) -> None:
    with pytest.raises(EndpointRefused) as caught:
        client(small).complete(request(ChatMessage("user", "ship and sea " * 2_000)))
    assert caught.value.fault is Fault.TOO_LONG


def test_it_keeps_to_a_schema(small: Candidate) -> None:
    output = OutputSchema("reply", SCHEMA)
    said = client(replace(small, structured=True)).complete(request(output=output))
    assert said.text.replace(" ", "").replace("\n", "") in ('{"outcome":"answer"}', '{"outcome":"no_answer"}')


def test_it_may_be_given_tools(small: Candidate) -> None:
    tool = ToolSpec("order_status", "Where an order is", {"type": "object", "properties": {}})
    said = client(small).complete(request(ChatMessage("user", "Say hello."), tools=(tool,)))
    assert said.text or said.tool_calls


def test_an_answer_of_a_turn_and_what_it_cost(small: Candidate) -> None:
    """Whatever it says, somebody answers, and the ledger has the real model's tokens."""

    class Silent:
        def model_failed(self, model: str, error: str) -> None:
            pass

    found = FoundPassage(Passage("d#0", "d.md", "Fees", "CHAPS costs £20.", language="en"), 1.0, 0.9, 5.0)
    models = Models({Scenario.ANSWER: (small, EXTRACTIVE)})
    trying = Trying(Silent(), time.time, time.sleep, lambda: 0.0)
    writing = Writing(lambda _: models, lambda _, candidate: client(candidate), trying)
    asked = AnswerRequest("What does CHAPS cost?", "en", (found,), (), "Northwind Bank", time.time() + 200)
    written = write_answer(TenantId("northwind"), asked, writing)
    assert written.answer is not None
    assert written.answer.text
    first = written.attempts[0]
    assert first.candidate == "smollm2"
    assert first.error in ("", "cut_off", "Unusable"), "it answered, well or not"
    assert first.tokens_in > 200
    assert first.tokens_out > 0
    assert first.price_usd == pytest.approx((first.tokens_in + 2 * first.tokens_out) / 1_000_000)
    assert written.attempts[-1].outcome is AttemptOutcome.DONE
