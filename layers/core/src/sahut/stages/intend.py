"""What the customer wants, by the tenant's own router: Rasa's intents, or a chat model's opinion.

Asked only where the rules see an ordinary question. Their wish for a person always stands, and when no router
can be reached so does the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sahut.domain.handover import HandoverReason
from sahut.domain.lane import Lane, LaneChoice, Smalltalk
from sahut.domain.models import Candidate, Models, Provider, Scenario, Spent
from sahut.domain.profile import Profile
from sahut.domain.tenant import TenantId
from sahut.domain.window import estimated_tokens
from sahut.ports.chat_model import ChatMessage, ChatModel, ChatRequest, OutputSchema
from sahut.ports.intents import Intent, IntentModel
from sahut.stages.candidates import Attempt, Demand, Trying, try_in_order
from sahut.stages.prompting import sealed
from sahut.stages.prompts import prompt
from sahut.stages.replies import json_object
from sahut.stages.write_answer import Unusable

# The customer waits for the answer that comes after this.
_WITHIN_S = 4.0
# Below it the rules are as good.
_SURE = 0.6
_LONGEST = 2_000

# What tenants and Rasa's own examples call these; a tenant's `intents` come first.
_KNOWN: Mapping[str, str] = {
    "person": "person",
    "human": "person",
    "human_handoff": "person",
    "talk_to_human": "person",
    "request_human": "person",
    "greet": "greeting",
    "greeting": "greeting",
    "thank": "thanks",
    "thanks": "thanks",
    "goodbye": "farewell",
    "farewell": "farewell",
}

_SCHEMA = OutputSchema(
    "intent",
    {
        "type": "object",
        "properties": {
            "intent": {"type": "string", "enum": ["answer", "person", "greeting", "thanks", "farewell"]},
            "confidence": {"type": "number"},
        },
        "required": ["intent", "confidence"],
        "additionalProperties": False,
    },
)


@dataclass(frozen=True, slots=True)
class Intending:
    models_of: Callable[[TenantId], Models]
    chat_of: Callable[[TenantId, Candidate], ChatModel]
    intents_of: Callable[[TenantId, Candidate], IntentModel]
    trying: Trying


@dataclass(frozen=True, slots=True)
class Intended:
    """choice None: nobody was asked, or nobody was sure. intent: as the router names it, for the ledger."""

    choice: LaneChoice | None = None
    intent: str = ""
    attempts: tuple[Attempt, ...] = ()


def intend(question: str, profile: Profile, needs: Intending) -> Intended:
    """The lane that the tenant's first router that can be reached is sure of."""
    candidates = needs.models_of(profile.tenant).of(Scenario.ROUTE)
    if not candidates:
        return Intended()
    deadline = needs.trying.clock() + _WITHIN_S
    messages = _messages(question, profile)

    def work(candidate: Candidate) -> tuple[Intent, Spent]:
        if candidate.provider is Provider.RASA:
            return needs.intents_of(profile.tenant, candidate).parse(question[:_LONGEST], deadline), Spent()
        output = _SCHEMA if candidate.structured else None
        said = needs.chat_of(profile.tenant, candidate).complete(ChatRequest(messages, deadline, "", output))
        spent = Spent(said.tokens_in, said.tokens_out)
        return _read(said.text, spent), spent

    tokens = sum(estimated_tokens(each.content) for each in messages)
    tried = try_in_order(candidates, Demand(deadline, tokens_in=tokens), work, needs.trying)
    if tried.result is None:
        return Intended(attempts=tried.attempts)
    sure = tried.result.confidence >= _SURE
    choice = _choice(tried.result.name, profile.agent.intents) if sure else None
    return Intended(choice, tried.result.name, tried.attempts)


def _messages(question: str, profile: Profile) -> tuple[ChatMessage, ...]:
    rules = prompt("route").fill(tenant=profile.name)
    return ChatMessage("system", rules), ChatMessage("user", sealed({"customer": question[:_LONGEST]}))


def _read(said: str, spent: Spent) -> Intent:
    read = json_object(said) or {}
    name, confidence = read.get("intent"), read.get("confidence")
    if not isinstance(name, str) or not isinstance(confidence, int | float):
        raise Unusable("an intent of another shape", spent)
    return Intent(name, float(confidence))


def _choice(intent: str, own: Mapping[str, str]) -> LaneChoice | None:
    meant = own.get(intent) or _KNOWN.get(intent, "")
    if meant == Lane.PERSON.value:
        return LaneChoice(Lane.PERSON, HandoverReason.ASKED_FOR_PERSON)
    if meant in list(Smalltalk):
        return LaneChoice(Lane.SMALLTALK, smalltalk=Smalltalk(meant))
    return None
