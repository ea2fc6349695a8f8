"""What each fault does to a call: another answer, or another way of delivering it."""

from dataclasses import replace

from sandbox.model_api.api_error import ApiError, Dialect
from sandbox.model_api.asked import Asked
from sandbox.model_api.completions import Answer
from sandbox.model_api.scenario import Step

_STATUS = {
    401: ("Incorrect API key provided: sk-***.", "invalid_request_error", "invalid_api_key"),
    403: ("Country, region, or territory not supported", "request_forbidden", None),
    404: ("The model does not exist.", "invalid_request_error", "model_not_found"),
    429: ("Rate limit reached for requests. Please try again later.", "requests", "rate_limit_exceeded"),
    500: ("The server had an error while processing your request. Sorry about that!", "server_error", None),
    503: ("The engine is currently overloaded, please try again later.", "server_error", None),
}  # fmt: skip
_FILTERED = (
    "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. "
    "Please modify your prompt and retry."
)
_QUOTA = "You exceeded your current quota, please check your plan and billing details."
GARBAGE = b"<html><head><title>Welcome</title></head><body>Please log in to the network</body></html>"
GARBAGE_EVENT = '{"id": "chatcmpl-sandbox", "choices": [{"index": 0, "delta": {"conte'


def refusal_of(step: Step, asked: Asked) -> ApiError | None:
    """The error that is sent instead of an answer; None when the fault is another."""
    if step.status is not None:
        return _status(step.status, step.retry_after_s)
    if step.insufficient_quota:
        return ApiError(429, _QUOTA, type="insufficient_quota", code="insufficient_quota")
    if step.context_length_exceeded:
        used = len(asked.prompt) // 4
        message = (
            f"This model's maximum context length is 8192 tokens. However, your messages resulted in {used}"
        )
        return ApiError(400, f"{message} tokens.", param="messages", code="context_length_exceeded")
    if step.content_filter == "prompt":
        return ApiError(400, _FILTERED, param="prompt", code="content_filter")
    return None


def _status(status: int, retry_after_s: float | None) -> ApiError:
    message, kind, code = _STATUS.get(status, ("Something is wrong.", "server_error", None))
    # Whole seconds in Retry-After, as HTTP wants it; the milliseconds beside it, as OpenAI sends them.
    headers = {}
    if retry_after_s is not None:
        headers = {
            "Retry-After": f"{-(-retry_after_s // 1):.0f}",
            "Retry-After-Ms": f"{retry_after_s * 1000:.0f}",
        }
    return ApiError(status, message, type=kind, code=code, headers=headers)


def altered(answer: Answer, step: Step) -> Answer:
    """The answer as the fault makes it."""
    if step.empty:
        return replace(answer, content="", say=replace(answer.say, tool_calls=()), finish="stop")
    if step.wrong_schema:
        return replace(answer, content='{"unexpected": ["of", "another", "schema"]}', finish="stop")
    if step.content_filter == "answer":
        return replace(answer, content=answer.content[: len(answer.content) // 2], finish="content_filter")
    return answer


def error_in_stream(dialect: Dialect) -> object:
    message, kind, code = _STATUS[500]
    return ApiError(500, message, type=kind, code=code).body(dialect)
