"""The documents of an answer: a chat completion, or the chunks of a streamed one."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.model_api.api_error import Dialect, Json
from sandbox.model_api.asked import Asked
from sandbox.model_api.saying import Say

_CHARACTERS_A_TOKEN = 4
# A word with the blanks before it: about a token.
_PIECES = re.compile(r"\s*\S+|\s+$")
_SAFE: Json = {
    name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, cut to the length that was asked for, and how it ends. number: of the completion."""

    asked: Asked
    say: Say
    content: str
    finish: str
    number: int

    @property
    def usage(self) -> Json:
        say = self.say
        tokens_in = say.tokens_in if say.tokens_in is not None else _tokens(self.asked.prompt) + 4
        told = self.content + "".join(json.dumps(dict(call.arguments)) for call in say.tool_calls)
        tokens_out = say.tokens_out if say.tokens_out is not None else _tokens(told)
        total = tokens_in + tokens_out
        return {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": total}


def answer_of(asked: Asked, say: Say, number: int, finish: str = "") -> Answer:
    content, limit = say.content, asked.request.max_output_tokens if asked.request else None
    if finish:
        return Answer(asked, say, content, finish, number)
    if say.tool_calls:
        return Answer(asked, say, content, "tool_calls", number)
    if limit is not None and _tokens(content) > limit:
        return Answer(asked, say, content[: limit * _CHARACTERS_A_TOKEN], "length", number)
    return Answer(asked, say, content, "stop", number)


def completion(answer: Answer) -> Json:
    """The document of a call that does not stream."""
    asked, say = answer.asked, answer.say
    message: Json = {"role": "assistant", "content": answer.content or None, "refusal": say.refusal or None}
    if not say.tool_calls and not say.refusal:
        message["content"] = answer.content
    if say.tool_calls:
        message["tool_calls"] = [
            {
                "id": _call_id(answer, n),
                "type": "function",
                "function": {"name": name, "arguments": arguments},
            }
            for n, (name, arguments) in enumerate(_calls(say))
        ]
    choice: Json = {"index": 0, "message": message, "logprobs": None, "finish_reason": answer.finish}
    document = _head(answer, "chat.completion") | {"choices": [choice], "usage": answer.usage}
    if asked.dialect is Dialect.AZURE:
        choice["content_filter_results"] = _SAFE
        document["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": _SAFE}]
    return document


def chunks(answer: Answer) -> Iterator[tuple[str, Json]]:
    """(the words in it, the chunk): role, words, how it ended, usage if asked for; all but [DONE]."""
    wants_usage = _wants_usage(answer.asked)

    def chunk(delta: Json, finish: str | None = None) -> Json:
        choice: Json = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        document = _head(answer, "chat.completion.chunk") | {"choices": [choice]}
        return document | ({"usage": None} if wants_usage else {})

    if answer.asked.dialect is Dialect.AZURE:
        # Azure's first chunk has no choice: a client that takes choices[0] of each chunk breaks here.
        filtered = [{"prompt_index": 0, "content_filter_results": _SAFE}]
        nothing: Json = {"id": "", "object": "", "created": 0, "model": "", "choices": []}
        yield "", nothing | {"prompt_filter_results": filtered}
    yield "", chunk({"role": "assistant", "content": None if answer.say.tool_calls else "", "refusal": None})
    for piece in _PIECES.findall(answer.content):
        yield piece, chunk({"content": piece})
    for piece in _PIECES.findall(answer.say.refusal):
        yield piece, chunk({"refusal": piece})
    for delta in _call_deltas(answer):
        yield "", chunk({"tool_calls": [delta]})
    yield "", chunk({}, answer.finish)
    if wants_usage:
        yield "", _head(answer, "chat.completion.chunk") | {"choices": [], "usage": answer.usage}


def _call_deltas(answer: Answer) -> Iterator[Json]:
    """Name and id first, then the arguments in pieces that are no JSON by themselves."""
    for n, (name, arguments) in enumerate(_calls(answer.say)):
        function = {"name": name, "arguments": ""}
        yield {"index": n, "id": _call_id(answer, n), "type": "function", "function": function}
        for start in range(0, len(arguments), 7):
            yield {"index": n, "function": {"arguments": arguments[start : start + 7]}}


def _calls(say: Say) -> Iterator[tuple[str, str]]:
    for call in say.tool_calls:
        yield call.name, json.dumps(dict(call.arguments), ensure_ascii=False)


def _call_id(answer: Answer, n: int) -> str:
    return answer.say.tool_calls[n].id or f"call_sandbox{answer.number}x{n}"


def _head(answer: Answer, kind: str) -> Json:
    return {
        "id": f"chatcmpl-sandbox{answer.number}",
        "object": kind,
        "created": int(time.time()),
        "model": answer.asked.model,
        "service_tier": "default",
        "system_fingerprint": "fp_sandbox",
    }


def _wants_usage(asked: Asked) -> bool:
    options = asked.request.stream_options if asked.request else None
    return options is not None and options.include_usage


def _tokens(text: str) -> int:
    """An estimate; real tokenizers give about as many."""
    return -(-len(text) // _CHARACTERS_A_TOKEN)
