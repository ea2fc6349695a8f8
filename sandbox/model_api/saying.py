"""What the fake model says: whatever a test decides, or a sentence of the prompt's own passages."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sandbox.model_api.asked import Asked
from sandbox.model_api.chat_shapes import NamedTool


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call that the model asks for. id: made up when it is ''."""

    name: str
    arguments: Mapping[str, object]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """One answer: text, or json (an object, written as the text), or tool_calls, or a refusal.

    tokens_in, tokens_out: of the usage; estimated from the lengths when None. first_token_s: thinking
    before the first word. between_chunks_s: before each further piece of a stream.
    """

    text: str = ""
    json: Mapping[str, object] | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    first_token_s: float = 0.0
    between_chunks_s: float = 0.0

    @property
    def content(self) -> str:
        return self.text if self.json is None else json.dumps(self.json, ensure_ascii=False)


# A plain string is a Say of that text.
Saying = Callable[[Asked], "Say | str"]

# `[1] …` opens the first passage; it ends where the second begins, or the block of passages.
_FIRST_PASSAGE = re.compile(r"\[1\](.*?)(?=\n\s*\[\d+\]|\n\s*\n\s*\n|\n===|\Z)", re.DOTALL)
_SENTENCE = re.compile(r"[^\n]{20,}?[.!?](?=\s|$)")
_PLAIN_REPLY = "We deliver within two to four working days after your payment has arrived."


def quote_first_passage(prompt: str) -> str:
    """A sentence of passage [1] with its mark, or a plain reply where the prompt has no passages."""
    for found in reversed(_FIRST_PASSAGE.findall(prompt)):
        sentence = _SENTENCE.search(found)
        if sentence:
            return f"{sentence.group(0).strip()} [1]"
    return _PLAIN_REPLY


def quote(asked: Asked) -> Say:
    """The default: quotes the first passage, as text or JSON as is asked for; calls tools only when told."""
    call = _call_that_is_demanded(asked)
    if call is not None:
        return Say(tool_calls=(call,))
    text = quote_first_passage(asked.prompt)
    if asked.schema is not None:
        instance = instance_of(asked.schema, text)
        return Say(json=instance if isinstance(instance, dict) else {"value": instance})
    if asked.request is not None and asked.request.response_format is not None:
        return Say(json={"text": text}) if asked.request.response_format.type != "text" else Say(text)
    return Say(text)


def _call_that_is_demanded(asked: Asked) -> ToolCall | None:
    choice = asked.request.tool_choice if asked.request else None
    name = choice.function.name if isinstance(choice, NamedTool) else ""
    if choice == "required":
        name = next(iter(asked.tools))
    if not name:
        return None
    arguments = instance_of(asked.tools[name], "sandbox")
    return ToolCall(name, arguments if isinstance(arguments, dict) else {})


def instance_of(schema: Mapping[str, object], text: str, root: Mapping[str, object] | None = None) -> object:
    """The plainest value that fits: first of each choice, `text` for strings, one item in every list."""
    root = schema if root is None else root
    for key in ("enum", "anyOf"):
        choices = schema.get(key)
        if isinstance(choices, list) and choices:
            return choices[0] if key == "enum" else instance_of(choices[0], text, root)
    if "const" in schema:
        return schema["const"]
    if "$ref" in schema:
        return instance_of(_definition(str(schema["$ref"]), root), text, root)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object":
        fields = _mapping(schema.get("properties"))
        return {name: instance_of(_mapping(each), text, root) for name, each in fields.items()}
    if kind == "array":
        return [instance_of(_mapping(schema.get("items")), text, root)]
    plain = {"string": text, "boolean": True, "integer": schema.get("minimum", 1), "null": None}
    return plain.get(str(kind), schema.get("minimum", 1.0))


def _definition(reference: str, root: Mapping[str, object]) -> Mapping[str, object]:
    """What #/$defs/name points to."""
    found = root
    for step in reference.removeprefix("#").strip("/").split("/"):
        found = _mapping(found.get(step)) if step else root
    return found


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
