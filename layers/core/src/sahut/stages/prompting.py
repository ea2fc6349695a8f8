"""What models are shown: rules, the conversation so far, and everything else as sealed data."""

import hashlib
import json
from dataclasses import dataclass, field

from sahut.domain.agent import Agent
from sahut.domain.answer import FoundPassage
from sahut.domain.splitting import text_to_embed
from sahut.domain.window import Said
from sahut.ports.chat_model import ChatMessage
from sahut.stages.prompts import prompt

_LANGUAGES = {"id": "Indonesian", "en": "English"}
_TONE = "a friendly and brief colleague"


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """question: the whole burst, one message a line. history: the newest words before it, oldest first.

    summary: what was said before the history, '' when that is all. language: ISO 639-1 of the customer's
    question. deadline: seconds since the epoch.
    """

    question: str
    language: str
    passages: tuple[FoundPassage, ...]
    history: tuple[Said, ...]
    tenant_name: str
    deadline: float
    agent: Agent = field(default_factory=Agent)
    summary: str = ""


def messages_of(request: AnswerRequest, *, structured: bool = False) -> tuple[ChatMessage, ...]:
    """Rules, the conversation so far, then passages and question as data between marked lines.

    structured: ask for JSON, as stages.replies reads it.
    """
    rules = rules_of(request)
    if structured:
        rules = f"{rules}\n\n{prompt('answer_json').text}"
    earlier = [ChatMessage("user" if role == "user" else "assistant", text) for role, text in request.history]
    passages = "\n\n".join(f"[{n}] {_shown(hit)}" for n, hit in enumerate(request.passages, start=1))
    blocks = {"passages": passages, "customer": request.question}
    if request.summary:
        blocks = {"earlier in this chat": request.summary, **blocks}
    return (ChatMessage("system", rules), *earlier, ChatMessage("user", sealed(blocks)))


def digest_of(messages: tuple[ChatMessage, ...]) -> str:
    """SHA-256 (hex) of all that the model is shown: the ledger keeps this instead of the words."""
    shown = json.dumps([[each.role, each.content] for each in messages], ensure_ascii=False)
    return hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest()


def rules_of(request: AnswerRequest) -> str:
    """What the model is told, before any data. House rules come last: they never outrank Sahut's own."""
    agent = request.agent
    house = "\n".join(f"- {rule}" for rule in agent.house_rules)
    if house:
        house = f"\nThe house rules of {request.tenant_name}, below the rules above:\n{house}"
    return prompt("answer").fill(
        tenant=request.tenant_name,
        language=language_name(request.language),
        tone=agent.tone or _TONE,
        house_rules=house,
    )


def language_name(code: str) -> str:
    return _LANGUAGES.get(code, "the customer's language")


def sealed(blocks: dict[str, str]) -> str:
    """Each block between lines that carry a seal, which depends on all of them: none can forge its end."""
    whole = "\0".join(blocks.values())
    seal = hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:12]
    return "\n\n".join(
        f"=== {name} {seal} ===\n{text}\n=== end of {name} {seal} ===" for name, text in blocks.items()
    )


def _shown(hit: FoundPassage) -> str:
    return text_to_embed(hit.passage)
