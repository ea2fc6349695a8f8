"""What a model is told of tools: which there are, what it asked them before, and what they said, as data."""

from collections.abc import Sequence
from dataclasses import replace

from sahut.domain.answer import FoundPassage
from sahut.domain.injection import spotless
from sahut.domain.tool_use import ToolOutcome, ToolUse, is_from_tool, tool_round_of
from sahut.domain.tools import Tool
from sahut.ports.chat_model import ChatMessage, ToolCall, ToolSpec
from sahut.stages.prompting import AnswerRequest, messages_of, sealed

_SAID = {
    None: "The tool could not be reached. Do not call it again.",
    ToolOutcome.FAILED: "The tool could not be reached. Do not call it again.",
    ToolOutcome.UNCERTAIN: "Nobody knows whether this was done.",
    ToolOutcome.DONE: "The tool found nothing that can be shown.",
    ToolOutcome.REFUSED: "The tool found nothing that can be shown.",
}


def specs_of(tools: Sequence[Tool]) -> tuple[ToolSpec, ...]:
    return tuple(ToolSpec(tool.name, tool.description, tool.parameters) for tool in tools)


def messages_with_tools(request: AnswerRequest, *, structured: bool = False) -> tuple[ChatMessage, ...]:
    """As `messages_of`, then what was asked of tools, round by round; each result is a numbered passage."""
    documents = tuple(hit for hit in request.passages if not is_from_tool(hit.passage.document_id))
    messages = list(messages_of(replace(request, passages=documents), structured=structured))
    numbered = {_call_of(hit): (n, hit) for n, hit in enumerate(request.passages, start=1)}
    for this_round in sorted({tool_round_of(use.call_id) for use in request.uses}):
        uses = [use for use in request.uses if tool_round_of(use.call_id) == this_round]
        calls = tuple(ToolCall(use.call_id, use.name, use.arguments) for use in uses)
        messages.append(ChatMessage("assistant", "", tool_calls=calls))
        messages += [
            ChatMessage("tool", _said(use, numbered.get(use.call_id)), tool_call_id=use.call_id)
            for use in uses
        ]
    return tuple(messages)


def _call_of(hit: FoundPassage) -> str:
    return hit.passage.passage_id.rpartition("#")[2] if is_from_tool(hit.passage.document_id) else ""


def _said(use: ToolUse, found: tuple[int, FoundPassage] | None) -> str:
    if found is not None:
        number, hit = found
        return sealed({f"passage [{number}], said by a tool": spotless(hit.passage.text)})
    if use.outcome is ToolOutcome.INVALID:
        return use.result
    return _SAID[use.outcome]
