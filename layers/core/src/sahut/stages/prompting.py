"""A request as messages for a chat model, and its reply as an answer with citations."""

import hashlib
import json
import re
from dataclasses import dataclass
from importlib import resources

from sahut.domain.answer import Answer, FoundPassage
from sahut.domain.quoting import citation
from sahut.domain.splitting import text_to_embed
from sahut.ports.chat_model import ChatMessage

_LANGUAGES = {"id": "Indonesian", "en": "English"}

# [1] · [1, 2] · 【1】: what models make of "the number in square brackets".
_MARKS = re.compile(r"[\[【](\d{1,3}(?:\s*[,;]\s*\d{1,3})*)[\]】]")


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """question: the whole burst, one message a line. history: earlier (role, text), oldest first.

    language: ISO 639-1 of the customer's question. deadline: seconds since the epoch.
    """

    question: str
    language: str
    passages: tuple[FoundPassage, ...]
    history: tuple[tuple[str, str], ...]
    tenant_name: str
    deadline: float


def messages_of(request: AnswerRequest) -> tuple[ChatMessage, ...]:
    """Rules, the conversation so far, then passages and question as data between marked lines."""
    earlier = [ChatMessage("user" if role == "user" else "assistant", text) for role, text in request.history]
    return (ChatMessage("system", rules_of(request)), *earlier, ChatMessage("user", _data(request)))


def digest_of(messages: tuple[ChatMessage, ...]) -> str:
    """SHA-256 (hex) of all that the model is shown: the ledger keeps this instead of the words."""
    shown = json.dumps([[each.role, each.content] for each in messages], ensure_ascii=False)
    return hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest()


def answer_of(text: str, request: AnswerRequest, model: str) -> Answer:
    """Marks renumbered from 1 in order of appearance. A mark without a passage stays, for the verdict."""
    # An unknown number lies outside 1 … len(passages), so that no renumbered one can meet it.
    text = _MARKS.sub(lambda found: "".join(f"[{n}]" for n in re.findall(r"\d+", found[1])), text.strip())
    used = dict.fromkeys(int(mark) for mark in _MARKS.findall(text))
    known = [number for number in used if 1 <= number <= len(request.passages)]
    renumbered = {number: n for n, number in enumerate(known, start=1)}
    return Answer(
        text=_MARKS.sub(lambda found: f"[{renumbered.get(int(found[1]), int(found[1]))}]", text),
        citations=tuple(citation(renumbered[number], request.passages[number - 1]) for number in known),
        model=model,
    )


def rules_of(request: AnswerRequest) -> str:
    """What the model is told, before any data."""
    text = (resources.files("sahut.stages.prompts") / "answer.md").read_text(encoding="utf-8")
    language = _LANGUAGES.get(request.language, "the customer's language")
    return text.replace("{{tenant}}", request.tenant_name).replace("{{language}}", language)


def _data(request: AnswerRequest) -> str:
    """The marker depends on everything between the markers, so nothing between them can forge it."""
    passages = "\n\n".join(f"[{n}] {_shown(hit)}" for n, hit in enumerate(request.passages, start=1))
    seal = hashlib.sha256(f"{passages}\0{request.question}".encode("utf-8", "replace")).hexdigest()[:12]
    return (
        f"=== passages {seal} ===\n{passages}\n=== end of passages {seal} ===\n\n"
        f"=== customer {seal} ===\n{request.question}\n=== end of customer {seal} ==="
    )


def _shown(hit: FoundPassage) -> str:
    return text_to_embed(hit.passage)
