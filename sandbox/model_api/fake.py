"""The fake itself: takes a request apart, refuses or answers it, and remembers it."""

import itertools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sandbox.model_api.api_error import ApiError, Dialect, Json
from sandbox.model_api.asked import Asked, Refused, SentChunk
from sandbox.model_api.chat_rules import checked
from sandbox.model_api.completions import Answer, answer_of, chunks, completion
from sandbox.model_api.faults import GARBAGE, GARBAGE_EVENT, altered, error_in_stream, refusal_of
from sandbox.model_api.rasa import Understanding, checked_text, parse_document
from sandbox.model_api.routes import Route, authorise, dialect_of, route_of
from sandbox.model_api.saying import Say, Saying
from sandbox.model_api.scenario import Progress, Step
from sandbox.model_api.transcriptions import checked_upload
from sandbox.model_api.wire import ClientLeft, Wire

# Longer than any caller's patience.
_FOR_EVER_S = 3600.0
Hearing = Callable[[Asked], str]
_WELL = Step.model_construct()  # no fault


@dataclass
class Request:
    """As it came. headers: lower-case names."""

    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Fake:
    """One fake with its state. models: who may be asked. hear: what a voice note says."""

    key: str
    rasa_token: str
    say: Saying
    hear: Hearing
    understand: Understanding
    models: set[str]
    progress: Progress
    asked: list[Asked] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def serve(self, request: Request, new_wire: Callable[[int | None], Wire]) -> None:
        """Answers one request. new_wire: a wire to its sender, given cut_after_bytes.

        Raises BrokenOff when a fault closed the connection, ClientLeft when the other side did.
        """
        headers = {"x-request-id": f"req_sandbox{next(self._numbers)}"}
        try:
            asked = self._understood(request)
        except ApiError as error:
            path = request.target.partition("?")[0]
            self.refused.append(Refused(path, error.status, error.message, error.param, error.code))
            dialect = Dialect.RASA if path == "/model/parse" else dialect_of(request.target)
            new_wire(None).send_json(error.status, error.body(dialect), headers)
            return
        step = self.progress.next(asked) or _WELL
        asked.fault = step.fault if step is not _WELL else ""
        self.asked.append(asked)
        try:
            self._act(asked, step, new_wire(step.cut_after_bytes), headers)
        except ClientLeft:
            asked.left_early = True
            raise

    def _understood(self, request: Request) -> Asked:
        route = route_of(request.target)
        authorise(route, request.headers, self.key, self.rasa_token)
        asked = _read(route, request)
        if route.kind != "parse" and asked.model not in self.models:
            raise _no_such_model(asked)
        return asked

    def _act(self, asked: Asked, step: Step, wire: Wire, headers: Mapping[str, str]) -> None:
        if step.reset_connection or step.refuse_connection:
            wire.reset()
        if step.slow_first_token_s is not None and not _streams(asked):
            wire.wait(step.slow_first_token_s)
        refusal = refusal_of(step, asked)
        if refusal is not None:
            wire.send_json(refusal.status, refusal.body(asked.dialect), {**headers, **refusal.headers})
        elif _streams(asked):
            self._stream(asked, step, wire, headers)
        elif step.stall_after_chunks is not None:
            wire.wait(_FOR_EVER_S)
        elif step.garbage:
            wire.send(200, GARBAGE, "text/html", headers)
        else:
            wire.send_json(200, self._document(asked, step, wire), headers)

    def _document(self, asked: Asked, step: Step, wire: Wire) -> Json:
        if step.wrong_schema and asked.kind != "chat":
            return {"unexpected": True}
        if asked.kind == "transcription":
            return {"text": "" if step.empty else self.hear(asked)}
        if asked.kind == "parse":
            text = str(asked.body["text"])
            return parse_document(text, self.understand("" if step.empty else text))
        answer = self._answer(asked, step)
        wire.wait(answer.say.first_token_s)
        return completion(answer)

    def _answer(self, asked: Asked, step: Step) -> Answer:
        said = self.say(asked)
        say = Say(said) if isinstance(said, str) else said
        return altered(answer_of(asked, say, next(self._numbers)), step)

    def _stream(self, asked: Asked, step: Step, wire: Wire, headers: Mapping[str, str]) -> None:
        answer = self._answer(asked, step)
        wire.open_stream(headers)
        wire.wait(answer.say.first_token_s + (step.slow_first_token_s or 0.0))
        if step.garbage:
            wire.event(GARBAGE_EVENT)
        elif not self._send_chunks(asked, answer, step, wire):
            return
        wire.event("[DONE]")
        wire.close_stream()

    def _send_chunks(self, asked: Asked, answer: Answer, step: Step, wire: Wire) -> bool:
        """Whether the stream came to its proper end."""
        trouble_at = step.chunks_before_trouble
        for words, chunk in chunks(answer):
            is_trouble = trouble_at is not None and len(asked.chunks) >= trouble_at
            if is_trouble and (words or chunk["choices"]):
                self._end_in_trouble(asked, step, wire)
                return False
            if words and asked.chunks:
                wire.wait(answer.say.between_chunks_s)
            wire.event(json.dumps(chunk, ensure_ascii=False))
            if words:
                asked.chunks.append(SentChunk.now(words))
        return True

    def _end_in_trouble(self, asked: Asked, step: Step, wire: Wire) -> None:
        if step.stall_after_chunks is not None:
            wire.wait(_FOR_EVER_S)
        if step.error_after_chunks is not None:
            wire.event(json.dumps(error_in_stream(asked.dialect)))
        wire.close_stream()


def _read(route: Route, request: Request) -> Asked:
    if route.kind == "transcription":
        upload = checked_upload(request.headers.get("content-type", ""), request.body)
        model = route.model or upload.fields["model"]
        asked = Asked(route.kind, route.dialect, model, upload.fields)
        asked.audio, asked.file_name = upload.content, upload.file_name
        return asked
    body = _json(request)
    if route.kind == "parse":
        checked_text(body)
        return Asked(route.kind, route.dialect, route.model, body)
    if route.model:  # Azure's deployments: what the body calls the model is of no interest there
        body = {**body, "model": route.model}
    chat = checked(body, route.dialect)
    # Gemini lists its models as models/<name> and takes both forms.
    return Asked(route.kind, route.dialect, chat.model.removeprefix("models/"), body, chat)


def _json(request: Request) -> Mapping[str, object]:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise ApiError(400, "Unsupported content type: a JSON body needs Content-Type: application/json.")
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        hint = "(HINT: This likely means you aren't using your HTTP library correctly.)"
        raise ApiError(400, f"We could not parse the JSON body of your request. {hint}")
    return body


def _no_such_model(asked: Asked) -> ApiError:
    if asked.dialect is Dialect.AZURE:
        return ApiError(404, "The API deployment for this resource does not exist.")
    if asked.dialect is Dialect.GEMINI:
        return ApiError(404, f"models/{asked.model} is not found for API version v1main.")
    message = f"The model `{asked.model}` does not exist or you do not have access to it."
    return ApiError(404, message, code="model_not_found")


def _streams(asked: Asked) -> bool:
    return asked.request is not None and bool(asked.request.stream)
