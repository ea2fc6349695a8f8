"""Azure's and Gemini's manners, Rasa's parser, and voice notes."""

from collections.abc import Iterator

import openai
import pytest
from openai import AzureOpenAI, OpenAI

from sahut.domain.models import Candidate, Provider
from sandbox.model_api import KEY, Entity, ModelApi, Parsed, Step, model_api
from tests.unit.sandbox.model_client import USER, ask, azure_client_of, client_of, post

VOICE = b"OggS" + bytes(400)
AZURE = "/openai/deployments/small/chat/completions?api-version=2024-10-21"
GEMINI = "/v1beta/openai/chat/completions"
PARSE = "/model/parse"


@pytest.fixture
def api() -> Iterator[ModelApi]:
    with model_api(lambda asked: f"I am {asked.model}.", models=["small", "whisper-1"]) as api:
        yield api


# Azure


def test_azure_names_the_model_in_the_path(api: ModelApi) -> None:
    completion = azure_client_of(api).chat.completions.create(
        model="small", messages=[{"role": "user", "content": "Who?"}]
    )
    assert completion.choices[0].message.content == "I am small."
    assert [each.dialect for each in api.asked] == ["azure"]
    status, document = post(api, {"model": "ignored", "messages": [USER]}, AZURE, {"api-key": KEY})
    assert status == 200
    assert isinstance(document, dict)
    assert document["choices"][0]["content_filter_results"]["hate"] == {"filtered": False, "severity": "safe"}


def test_azures_first_chunk_has_no_choice(api: ModelApi) -> None:
    chunks = list(
        azure_client_of(api).chat.completions.create(
            model="small", messages=[{"role": "user", "content": "Who?"}], stream=True
        )
    )
    assert chunks[0].choices == []
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks[1:]) == "I am small."


def test_azure_refuses_in_its_own_words(api: ModelApi) -> None:
    with pytest.raises(openai.AuthenticationError) as wrong_key:
        azure_client_of(api, key="wrong").chat.completions.create(model="small", messages=[])
    assert wrong_key.value.code == "401"
    with pytest.raises(openai.NotFoundError) as no_model:
        azure_client_of(api).chat.completions.create(
            model="none", messages=[{"role": "user", "content": "x"}]
        )
    assert no_model.value.code == "DeploymentNotFound"
    status, document = post(api, {"messages": [USER]}, AZURE.partition("?")[0], {"api-key": KEY})
    assert (status, document) == (404, {"error": {"code": "404", "message": "Resource not found"}})


def test_azure_filters_with_a_reason(api: ModelApi) -> None:
    api.play(Step(content_filter="prompt"))
    with pytest.raises(openai.BadRequestError) as caught:
        azure_client_of(api).chat.completions.create(
            model="small", messages=[{"role": "user", "content": "x"}]
        )
    assert (caught.value.code, caught.value.param) == ("content_filter", "prompt")
    assert isinstance(caught.value.body, dict)
    assert caught.value.body["innererror"]["code"] == "ResponsibleAIPolicyViolation"


def test_azures_newer_path_takes_the_model_from_the_body(api: ModelApi) -> None:
    client = OpenAI(base_url=f"{api.origin}/openai/v1", api_key=KEY, max_retries=0)
    completion = client.chat.completions.create(model="small", messages=[{"role": "user", "content": "x"}])
    assert (completion.choices[0].message.content, api.asked[0].dialect) == ("I am small.", "azure")


# Gemini


def test_gemini_answers_under_its_own_path(api: ModelApi) -> None:
    candidate = api.candidate("gemini-flash", Provider.GEMINI)
    assert candidate.base_url.endswith("/v1beta/openai")
    assert ask(candidate, "gemini-flash") == ask(candidate, "models/gemini-flash") == "I am gemini-flash."


@pytest.mark.parametrize("name", ["store", "frequency_penalty", "top_k"])
def test_gemini_refuses_fields_that_openai_takes_in_a_list(api: ModelApi, name: str) -> None:
    status, document = post(api, {"model": "small", "messages": [USER], name: 0}, GEMINI)
    assert (status, isinstance(document, list)) == (400, True)
    assert isinstance(document, list)
    message = f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.'
    assert document[0]["error"] == {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}


def test_geminis_errors_have_no_code_for_the_client(api: ModelApi) -> None:
    api.play(Step(status=429))
    with pytest.raises(openai.RateLimitError) as caught:
        ask(api.candidate("gemini-flash", Provider.GEMINI), "gemini-flash")
    assert caught.value.code is None
    assert post(api, {}, GEMINI, {"Authorization": "Bearer wrong"})[0] == 400


# Every provider


@pytest.mark.parametrize(
    "provider", [each for each in Provider if each not in (Provider.RASA, Provider.EXTRACTIVE)]
)
def test_a_candidate_of_each_provider_is_served_where_it_says(api: ModelApi, provider: Provider) -> None:
    candidate = api.candidate("small", provider)
    client = client_for(candidate)
    completion = client.chat.completions.create(
        model=candidate.model, messages=[{"role": "user", "content": "x"}]
    )
    assert completion.choices[0].message.content == "I am small."
    assert api.secrets[candidate.key] == KEY


def client_for(candidate: Candidate) -> OpenAI | AzureOpenAI:
    return azure_client_of(candidate) if candidate.provider is Provider.AZURE else client_of(candidate)


# Rasa


def test_rasa_ranks_intents_and_finds_entities() -> None:
    def understand(text: str) -> Parsed:
        found = Entity("order", "A-17", text.index("A-17"), text.index("A-17") + 4)
        return Parsed({"chitchat": 0.1, "order_status": 0.9}, (found,))

    with model_api(understand=understand) as api:
        status, document = post(api, {"text": "where is A-17?", "message_id": "m1"}, PARSE)
        candidate = api.candidate("nlu", Provider.RASA)
    assert status == 200
    assert document == {
        "text": "where is A-17?",
        "intent": {"name": "order_status", "confidence": 0.9},
        "intent_ranking": [
            {"name": "order_status", "confidence": 0.9},
            {"name": "chitchat", "confidence": 0.1},
        ],
        "entities": [
            {
                "entity": "order",
                "start": 9,
                "end": 13,
                "confidence_entity": 0.99,
                "value": "A-17",
                "extractor": "DIETClassifier",
            }
        ],
    }
    assert [(each.kind, each.model) for each in api.asked] == [("parse", "rasa")]
    assert (candidate.name, candidate.model, candidate.key) == ("nlu", "", "")


@pytest.mark.parametrize(
    "body", [{}, {"text": 3}, {"text": "x", "lang": "id"}], ids=["none", "number", "unknown"]
)
def test_rasa_refuses_a_body_without_text(api: ModelApi, body: dict[str, object]) -> None:
    status, document = post(api, body, PARSE)
    assert isinstance(document, dict)
    assert (status, document["status"], document["reason"]) == (400, "failure", "BadRequest")


def test_rasa_wants_its_token_in_the_query() -> None:
    with model_api(rasa_token="t0k") as api:
        assert post(api, {"text": "x"}, PARSE)[0] == 401
        assert post(api, {"text": "x"}, f"{PARSE}?token=t0k")[0] == 200


def test_rasa_fails_as_planned(api: ModelApi) -> None:
    api.play(Step(on="parse", status=500, times=1))
    assert ask(api, "small") == "I am small."
    assert post(api, {"text": "x"}, PARSE)[0] == 500
    assert post(api, {"text": "x"}, PARSE)[0] == 200


# Voice notes


def test_a_voice_note_becomes_text() -> None:
    with model_api(
        hear=lambda asked: f"{asked.file_name}, {len(asked.audio)} bytes", models=["whisper-1"]
    ) as api:
        heard = client_of(api).audio.transcriptions.create(
            model="whisper-1", file=("note.ogg", VOICE, "audio/ogg"), language="id"
        )
    assert heard.text == f"note.ogg, {len(VOICE)} bytes"
    (asked,) = api.asked
    assert (asked.kind, asked.audio, asked.body["language"]) == ("transcription", VOICE, "id")


def test_a_voice_note_of_any_bytes_arrives_whole(api: ModelApi) -> None:
    content = b"OggS" + bytes(range(256)) * 3 + b"\r\n--\r\n\r\n"
    client_of(api).audio.transcriptions.create(model="whisper-1", file=("n.oga", content))
    azure_client_of(api).audio.transcriptions.create(model="whisper-1", file=("n.ogg", content))
    assert [(each.audio, each.dialect) for each in api.asked] == [(content, "openai"), (content, "azure")]


@pytest.mark.parametrize(
    ("file", "more", "status", "words"),
    [
        pytest.param(
            ("note.txt", VOICE), {}, 400, "Invalid file format. Supported formats: ['flac'", id="extension"
        ),
        pytest.param(("note.ogg", b"ID3" + bytes(400)), {}, 400, "could not be decoded", id="no ogg"),
        pytest.param(("note.ogg", b"OggS"), {}, 400, "too short", id="short"),
        pytest.param(("note.mp3", bytes(26_214_401)), {}, 413, "size limit (26214400) exceeded", id="long"),
        pytest.param(("note.ogg", VOICE), {"language": "Indonesian"}, 400, "ISO-639-1", id="language"),
        pytest.param(("note.ogg", VOICE), {"model": "none"}, 404, "`none` does not exist", id="model"),
        pytest.param(("note.ogg", VOICE), {"extra_body": {"speed": 2}}, 400, "supplied: speed", id="unknown"),
        pytest.param(("note.ogg", VOICE), {"temperature": 3.0}, 400, "between 0 and 1", id="temperature"),
    ],
)
def test_what_is_no_voice_note_is_refused(
    api: ModelApi, file: tuple[str, bytes], more: dict[str, object], status: int, words: str
) -> None:
    with pytest.raises(openai.APIStatusError) as caught:
        client_of(api).audio.transcriptions.create(**({"model": "whisper-1", "file": file} | more))  # type: ignore[call-overload]
    assert caught.value.status_code == status
    assert words in caught.value.message
    assert (api.asked, len(api.refused)) == ([], 1)


def test_a_form_that_is_none_is_refused(api: ModelApi) -> None:
    path = "/v1/audio/transcriptions"
    for body, kind in ((b"x", "multipart/form-data; boundary=b"), (b"{}", "application/json")):
        assert post(api, body, path, {"Content-Type": kind})[0] == 400


def test_a_transcription_fails_as_planned(api: ModelApi) -> None:
    api.play(Step(on="transcription", cut_after_bytes=5, times=1))
    with pytest.raises(openai.APIConnectionError):
        client_of(api).audio.transcriptions.create(model="whisper-1", file=("n.ogg", VOICE))
    assert client_of(api).audio.transcriptions.create(model="whisper-1", file=("n.ogg", VOICE)).text
