"""The fake fails as it is told, and the openai client sees what it would see of the real one."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionChunk
from pydantic import ValidationError

from sandbox.model_api import MODEL, ModelApi, Say, Scenario, Step, model_api
from tests.unit.sandbox.model_client import USER, ask, client_of, post

ROOT = Path(__file__).resolve().parents[3]
SCENARIOS = Path(__file__).parent / "scenarios"
TEXT = "Eight to fourteen days, on all islands. [1]"


def stream_of(api: ModelApi, timeout_s: float = 5.0) -> tuple[list[ChatCompletionChunk], Exception | None]:
    """What arrived, and what the client raised after it."""
    chunks: list[ChatCompletionChunk] = []
    try:
        for chunk in client_of(api, timeout_s).chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "x"}], stream=True
        ):
            chunks.append(chunk)  # noqa: PERF402  # kept when the loop raises
    except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
        return chunks, error
    return chunks, None


def words(chunks: list[ChatCompletionChunk]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def finish(chunks: list[ChatCompletionChunk]) -> str | None:
    return chunks[-1].choices[0].finish_reason


ERRORS: dict[str, tuple[Step, type[openai.APIStatusError], str | None]] = {
    "429": (Step(status=429, retry_after_s=1.5), openai.RateLimitError, "rate_limit_exceeded"),
    "500": (Step(status=500), openai.InternalServerError, None),
    "503": (Step(status=503), openai.InternalServerError, None),
    "529": (Step(status=529), openai.InternalServerError, None),
    "401": (Step(status=401), openai.AuthenticationError, "invalid_api_key"),
    "404": (Step(status=404), openai.NotFoundError, "model_not_found"),
    "quota": (Step(insufficient_quota=True), openai.RateLimitError, "insufficient_quota"),
    "context": (Step(context_length_exceeded=True), openai.BadRequestError, "context_length_exceeded"),
    "filter": (Step(content_filter="prompt"), openai.BadRequestError, "content_filter"),
}


@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_an_error_is_what_the_client_makes_of_the_real_one(name: str, stream: bool) -> None:
    step, kind, code = ERRORS[name]
    with model_api(eight_days, step) as api:
        error = stream_of(api)[1] if stream else raised(api)
        assert isinstance(error, kind)
        assert error.code == code
        (asked,) = api.asked
    assert (asked.fault, api.refused) == (step.fault, [])


def eight_days(_: object) -> Say:
    return Say(TEXT)


def raised(api: ModelApi) -> Exception | None:
    try:
        ask(api)
    except (openai.OpenAIError, httpx2.HTTPError, ValueError) as error:
        return error
    return None


def test_a_throttled_call_says_how_long_to_wait_and_is_then_well() -> None:
    with model_api(eight_days, Step(status=429, retry_after_s=1.2, times=2)) as api:
        for _ in range(2):
            error = raised(api)
            assert isinstance(error, openai.RateLimitError)
            told = error.response.headers
            assert (told["retry-after"], told["retry-after-ms"]) == ("2", "1200")
        assert ask(api) == TEXT
    assert [each.fault for each in api.asked] == ["status", "status", ""]


def test_a_slow_first_token_comes_late_and_the_rest_at_once() -> None:
    with model_api(eight_days, Step(slow_first_token_s=0.3)) as api:
        start = time.perf_counter()
        assert ask(api) == TEXT
        assert time.perf_counter() - start >= 0.3
        chunks, error = stream_of(api)
        assert (words(chunks), error) == (TEXT, None)
        sent = [each.at_s for each in api.asked[1].chunks]
        assert sent[0] - api.asked[1].at_s >= 0.3
        assert isinstance(stream_of(api, timeout_s=0.1)[1], openai.APITimeoutError | httpx2.TimeoutException)


def test_a_stalled_stream_is_silent_after_its_chunks() -> None:
    with model_api(eight_days, Step(stall_after_chunks=3)) as api:
        chunks, error = stream_of(api, timeout_s=0.2)
        assert words(chunks) == "Eight to fourteen"
        assert isinstance(error, openai.APITimeoutError | httpx2.TimeoutException)
        with pytest.raises(openai.APITimeoutError):
            client_of(api, 0.2).chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "x"}]
            )


@pytest.mark.parametrize("size", [0, 1, 200, 700])
def test_a_stream_that_is_cut_is_an_error_at_the_client(size: int) -> None:
    with model_api(eight_days, Step(cut_after_bytes=size)) as api:
        chunks, error = stream_of(api)
        assert isinstance(error, openai.OpenAIError | httpx2.HTTPError | ValueError)
        assert TEXT.startswith(words(chunks))
        assert words(chunks) != TEXT
        assert isinstance(raised(api), openai.OpenAIError | httpx2.HTTPError | ValueError) or size == 700


def test_a_stream_that_just_ends_has_neither_reason_nor_done() -> None:
    with model_api(eight_days, Step(end_after_chunks=4)) as api:
        chunks, error = stream_of(api)
    # The client takes it for a whole answer: only the missing reason tells.
    assert (words(chunks), error, finish(chunks)) == ("Eight to fourteen days,", None, None)


def test_an_error_in_the_middle_of_a_stream_is_raised() -> None:
    with model_api(eight_days, Step(error_after_chunks=1)) as api:
        chunks, error = stream_of(api)
    assert words(chunks) == "Eight"
    assert isinstance(error, openai.APIError)
    assert "The server had an error" in str(error)


def test_an_answer_of_another_schema_is_json_that_nobody_asked_for() -> None:
    with model_api(lambda asked: Say(json={"outcome": "answer"}), Step(wrong_schema=True)) as api:
        assert "unexpected" in json.loads(ask(api))
        assert "unexpected" in json.loads(words(stream_of(api)[0]))


def test_an_empty_answer_has_no_words() -> None:
    with model_api(eight_days, Step(empty=True)) as api:
        assert ask(api) == ""
        chunks, error = stream_of(api)
    assert (words(chunks), finish(chunks), error) == ("", "stop", None)


def test_a_filtered_answer_breaks_off_and_says_why() -> None:
    with model_api(eight_days, Step(content_filter="answer")) as api:
        chunks, error = stream_of(api)
    assert (words(chunks), finish(chunks), error) == (TEXT[: len(TEXT) // 2], "content_filter", None)


def test_garbage_is_no_completion() -> None:
    with model_api(eight_days, Step(garbage=True)) as api:
        response = client_of(api).chat.completions.with_raw_response.create(
            model=MODEL, messages=[{"role": "user", "content": "x"}]
        )
        assert response.http_response.content.startswith(b"<html>")
        assert isinstance(stream_of(api)[1], ValueError)


def test_a_reset_connection_has_no_answer() -> None:
    with model_api(eight_days, Step(reset_connection=True, times=1)) as api:
        with pytest.raises(ConnectionResetError) as caught:
            post(api, {"model": MODEL, "messages": [USER]})
        assert caught.type is ConnectionResetError  # and not RemoteDisconnected, which a plain close gives
        api.play(Step(reset_connection=True, times=1))
        assert isinstance(raised(api), openai.APIConnectionError)
        assert ask(api) == TEXT
    assert [each.fault for each in api.asked] == ["reset_connection", "reset_connection", ""]


def test_at_a_dead_candidates_address_nobody_listens_until_it_is_healed() -> None:
    plan = Step(model="primary", refuse_connection=True)
    with model_api(eight_days, plan) as api:
        dead, well = api.candidate("primary"), api.candidate("secondary")
        assert dead.base_url != well.base_url
        for _ in range(2):
            with pytest.raises(openai.APIConnectionError) as caught:
                ask(dead, "primary")
            assert isinstance(caught.value.__cause__, httpx2.ConnectError)
        assert ask(well, "secondary") == TEXT
        assert api.of("primary") == []
        api.heal("primary")
        assert ask(dead, "primary") == TEXT
        api.play(plan)
        with pytest.raises(openai.APIConnectionError) as caught:
            ask(dead, "primary")
        # The connection that the client kept is gone too.
        assert isinstance(caught.value.__cause__, httpx2.ConnectError)
        api.heal()
        assert ask(dead, "primary") == TEXT


def test_steps_are_for_one_model_and_come_in_order() -> None:
    plan = Scenario.of(
        Step(model="primary", status=500, times=1),
        Step(model="primary", status=429, times=1),
        Step(model="secondary", status=503, after=1, times=1),
    )
    with model_api(eight_days, plan) as api:
        primary, secondary = api.candidate("primary"), api.candidate("secondary")
        for candidate, n in ((primary, 3), (secondary, 3)):
            for _ in range(n):
                try:
                    ask(candidate, candidate.name)
                except openai.APIStatusError:
                    continue
        assert [each.fault for each in api.of("primary")] == ["status", "status", ""]
        assert [each.fault for each in api.of("secondary")] == ["", "status", ""]


def test_a_refused_request_uses_no_fault_up() -> None:
    with model_api(eight_days, Step(status=500, times=1)) as api:
        with pytest.raises(openai.BadRequestError):
            client_of(api).chat.completions.create(model=MODEL, messages=[])
        assert isinstance(raised(api), openai.InternalServerError)


@pytest.mark.parametrize("file", sorted(path.name for path in SCENARIOS.glob("*.yaml")))
def test_a_scenario_file_is_read_and_says_what_it_is_about(file: str) -> None:
    scenario = Scenario.read(SCENARIOS / file)
    assert scenario.about
    assert scenario.steps


def test_a_scenario_file_is_played() -> None:
    with model_api(eight_days, SCENARIOS / "throttled_then_stalled.yaml") as api:
        primary = api.candidate("primary")
        errors = [error_of(lambda: ask(primary, "primary")) for _ in range(3)]
        assert errors == ["RateLimitError", "RateLimitError", ""]


def error_of(call: Callable[[], object]) -> str:
    try:
        call()
    except openai.OpenAIError as error:
        return type(error).__name__
    return ""


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        pytest.param({}, "exactly one fault, this one has none", id="none"),
        pytest.param({"status": 500, "empty": True}, "this one has status, empty", id="two"),
        pytest.param({"explode": True}, "Extra inputs are not permitted", id="unknown"),
        pytest.param({"status": 200}, "greater than or equal to 400", id="no error"),
        pytest.param({"empty": True, "retry_after_s": 1}, "retry_after_s goes with status", id="retry"),
        pytest.param({"empty": True, "times": 0}, "greater than or equal to 1", id="never"),
        pytest.param(
            {"model": "a", "refuse_connection": True, "times": 1}, "and always", id="counted refusal"
        ),
    ],
)
def test_a_step_that_is_none_is_not_taken(wrong: dict[str, object], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        Step.model_validate(wrong)


def test_it_runs_as_a_process_and_prints_how_to_use_it() -> None:
    command = [sys.executable, "-m", "sandbox.model_api", "--port", "0", "--model", "primary", "--scenario"]
    path = SCENARIOS / "throttled_then_stalled.yaml"
    with subprocess.Popen([*command, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = dict(each.split("=", 1) for each in process.stdout.readline().split() if "=" in each)
        client = openai.OpenAI(
            base_url=told["SAHUT_MODEL_BASE_URL"], api_key=told["SAHUT_MODEL_KEY"], max_retries=0
        )
        with pytest.raises(openai.RateLimitError):
            client.chat.completions.create(
                model=told["SAHUT_MODEL"], messages=[{"role": "user", "content": "x"}]
            )
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
