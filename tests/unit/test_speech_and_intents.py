"""Rasa and transcription, over HTTP against the strict fakes of both."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from sahut.adapters.llm.rasa import RasaIntents
from sahut.adapters.llm.speech import OpenAISpeech
from sahut.domain.errors import NotFound, TryAgain
from sahut.domain.model_faults import EndpointFailed, EndpointRefused, Fault
from sahut.domain.models import Candidate, Provider, Spent
from sahut.ports.intents import Entity, Intent
from sandbox.model_api import Asked, ModelApi, Parsed, Step, model_api
from sandbox.model_api import Entity as FakeEntity
from tests.unit.chat_endpoint import Reply, endpoint_serving

OPUS = b"OggS" + bytes(4_000)
JWT = "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmVk"


def rasa(candidate: Candidate, key: str = "") -> RasaIntents:
    return RasaIntents(replace(candidate, timeout_s=1.0), lambda: key, time.time)


def speech(api: ModelApi, provider: Provider = Provider.OPENAI, timeout_s: float = 2.0) -> OpenAISpeech:
    candidate = replace(api.candidate("whisper", provider), timeout_s=timeout_s)
    return OpenAISpeech(candidate, lambda: api.key, time.time)


def fault_of(call: Callable[[], object]) -> Fault:
    with pytest.raises((EndpointFailed, EndpointRefused)) as caught:
        call()
    assert isinstance(caught.value, EndpointFailed | EndpointRefused)
    assert "4711" not in str(caught.value)
    return caught.value.fault


def soon() -> float:
    return time.time() + 60


def test_an_intent_and_what_it_is_about() -> None:
    def understand(text: str) -> Parsed:
        return Parsed({"order_status": 0.91, "other": 0.09}, (FakeEntity("order", "A-17", 9, 13, 0.8),))

    with model_api(understand=understand, rasa_token="s3cret/&") as api:
        candidate = api.candidate(provider=Provider.RASA)
        found = rasa(candidate, "s3cret/&").parse("Where is A-17?", soon())
        assert found == Intent("order_status", 0.91, (Entity("order", "A-17", 0.8),))
        assert api.asked[0].body == {"text": "Where is A-17?"}
        assert fault_of(lambda: rasa(candidate, "wrong").parse("PIN 4711", soon())) is Fault.UNAUTHORISED


def test_nothing_was_recognised() -> None:
    with model_api(understand=lambda _: Parsed()) as api:
        assert rasa(api.candidate(provider=Provider.RASA)).parse("…", soon()) == Intent("", 0.0)


RASA_FAULTS = [
    (Step(status=500), Fault.SERVER_ERROR),
    (Step(status=409), Fault.SERVER_ERROR),
    (Step(status=429), Fault.THROTTLED),
    (Step(status=403), Fault.UNAUTHORISED),
    (Step(status=400), Fault.BAD_REQUEST),
    (Step(wrong_schema=True), Fault.UNREADABLE),
    (Step(garbage=True), Fault.UNREADABLE),
    (Step(cut_after_bytes=20), Fault.UNREACHABLE),
    (Step(reset_connection=True), Fault.UNREACHABLE),
    (Step(refuse_connection=True, model="rasa"), Fault.UNREACHABLE),
]


@pytest.mark.parametrize(("step", "fault"), RASA_FAULTS, ids=[each[0].fault for each in RASA_FAULTS])
def test_rasa_fails(step: Step, fault: Fault) -> None:
    with model_api(scenario=step) as api:
        model = rasa(api.candidate(provider=Provider.RASA))
        assert fault_of(lambda: model.parse("my PIN is 4711", soon())) is fault


def test_no_longer_than_agreed() -> None:
    with model_api() as api:
        understanding = RasaIntents(
            replace(api.candidate(provider=Provider.RASA), timeout_s=0.3), lambda: "", time.time
        )
        hearing = speech(api, timeout_s=0.3)
        api.play(Step(status=500))
        fault_of(lambda: hearing.transcribe(OPUS, "audio/ogg", "", soon()))  # loads what a first call loads
        api.play(Step(slow_first_token_s=5))
        for call in (
            lambda: understanding.parse("hi", soon()),
            lambda: hearing.transcribe(OPUS, "audio/ogg", "", soon()),
        ):
            started = time.monotonic()
            assert fault_of(call) is Fault.TIMEOUT
            assert 0.25 < time.monotonic() - started < 1.3


def test_a_jwt_goes_in_the_header() -> None:
    with endpoint_serving() as endpoint:
        endpoint.reply = Reply([b'{"intent": {"name": "greet", "confidence": 1.0}, "entities": []}'])
        candidate = Candidate(Provider.RASA, "rasa", base_url=endpoint.url)
        assert rasa(candidate, JWT).parse("hi", soon()).name == "greet"
    path, headers, _ = endpoint.asked[0]
    assert (path, headers["authorization"]) == ("/v1/model/parse", f"Bearer {JWT}")


@pytest.mark.parametrize("provider", [Provider.OPENAI, Provider.AZURE, Provider.COMPATIBLE])
def test_what_is_said_in_a_voice_note(provider: Provider) -> None:
    def hear(asked: Asked) -> str:
        return f"{asked.file_name} {len(asked.audio)} {asked.body.get('language', '-')}"

    with model_api(hear=hear) as api:
        said = speech(api, provider).transcribe(OPUS, "audio/ogg; codecs=opus", "id", soon())
        other = speech(api, provider).transcribe(bytes(4_000), "audio/mpeg", "", soon())
        assert api.refused == []
    assert said.text == f"voice.ogg {len(OPUS)} id"
    assert other.text == "voice.mp3 4000 -"
    assert said.spent == Spent(3), "seconds, by its size, where the server tells nothing"


@pytest.mark.parametrize(
    ("usage", "spent"),
    [
        ({"usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 45}}, Spent(14, 45)),
        ({"usage": {"type": "duration", "seconds": 9}}, Spent(9)),
        ({"duration": 8.2}, Spent(9)),
    ],
    ids=["tokens", "seconds", "duration"],
)
def test_what_it_costs(usage: dict[str, object], spent: Spent) -> None:
    with endpoint_serving() as endpoint:
        endpoint.reply = Reply([str({"text": "halo", **usage}).replace("'", '"').encode()])
        candidate = Candidate(Provider.COMPATIBLE, "whisper", model="w", base_url=endpoint.url)
        said = OpenAISpeech(candidate, lambda: "", time.time).transcribe(OPUS, "audio/ogg", "", soon())
    assert said.spent == spent


SPEECH_FAULTS = [
    (Step(status=500), Fault.SERVER_ERROR),
    (Step(status=429, retry_after_s=3), Fault.THROTTLED),
    (Step(status=401), Fault.UNAUTHORISED),
    (Step(insufficient_quota=True), Fault.NO_QUOTA),
    (Step(wrong_schema=True), Fault.UNREADABLE),
    (Step(garbage=True), Fault.UNREADABLE),
    (Step(empty=True), Fault.EMPTY),
    (Step(cut_after_bytes=20), Fault.UNREACHABLE),
    (Step(reset_connection=True), Fault.UNREACHABLE),
]


def test_transcription_fails() -> None:
    with model_api() as api:
        hearing = speech(api)
        for step, fault in SPEECH_FAULTS:
            api.play(step)
            assert fault_of(lambda: hearing.transcribe(OPUS, "audio/ogg", "", soon())) is fault, step.fault


def test_a_file_that_is_none_is_refused() -> None:
    with model_api() as api:
        hearing = speech(api)
        assert fault_of(lambda: hearing.transcribe(OPUS, "audio/amr", "", soon())) is Fault.BAD_REQUEST
        assert len(api.refused) == 1


def test_without_a_key_or_time_nobody_is_called() -> None:
    def missing() -> str:
        raise NotFound("no such parameter")

    with model_api(rasa_token="x") as api:
        hearing = OpenAISpeech(api.candidate("whisper", Provider.OPENAI), missing, time.time)
        understanding = RasaIntents(api.candidate(provider=Provider.RASA), missing, time.time)
        assert fault_of(lambda: hearing.transcribe(OPUS, "audio/ogg", "", soon())) is Fault.NO_KEY
        assert fault_of(lambda: understanding.parse("hi", soon())) is Fault.NO_KEY
        for call in (
            lambda: hearing.transcribe(OPUS, "audio/ogg", "", time.time() + 0.2),
            lambda: understanding.parse("hi", time.time() + 0.2),
        ):
            with pytest.raises(TryAgain):
                call()
        assert (api.asked, api.refused) == ([], [])
