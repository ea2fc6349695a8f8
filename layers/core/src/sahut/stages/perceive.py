"""Listen and look: voice notes become words, pictures become descriptions, so that they can be answered.

What no model of the tenant can hear or see stays as it is: the next state gives it to a person.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

from sahut.contracts.tasks import PerceiveResult, TurnTask
from sahut.domain.conversation import Conversation
from sahut.domain.errors import NotFound
from sahut.domain.media import MAX_FILES, PERCEIVED, Unreadable, media_type, unreadable
from sahut.domain.message import MessageKind
from sahut.domain.models import Candidate, Models, Scenario, Spent
from sahut.domain.profile import Profile
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import ClaimedMessage, Turn
from sahut.ports.chat_model import ChatMessage, ChatModel, ChatRequest, Image
from sahut.ports.conversations import Line, Scalar
from sahut.ports.speech import Transcriber
from sahut.ports.work import ObjectStore
from sahut.stages.candidates import Attempt, Demand, Tried, Trying, try_in_order
from sahut.stages.claiming import guard_epoch
from sahut.stages.prompting import language_name
from sahut.stages.prompts import prompt
from sahut.stages.spend import Booking, spend

NOTHING = "NOTHING"
# An image costs about as many tokens as this, whatever its size, at the detail that we ask for.
_IMAGE_TOKENS = 1_000
# Answering needs the rest.
_SHARE_OF_TIME_LEFT = 0.5
_LONGEST = 4_000


class Heard(Protocol):
    """What this stage reads and writes of conversations."""

    def both(self, ref: TurnRef) -> tuple[Conversation, Turn]: ...

    def lines(self, ref: ConversationRef, after: int, limit: int = 0) -> Sequence[Line]: ...

    def heard(self, ref: TurnRef, epoch: int, words: Mapping[int, str], ledger: Mapping[str, Scalar]) -> None:
        """Adds words to messages, by line, of the turn and of the timeline.

        Raises:
            Outdated: a newer dispatch attempt owns the turn.
        """
        ...


@dataclass(frozen=True, slots=True)
class Perceiving:
    turns: Heard
    objects: ObjectStore
    profile_of: Callable[[TenantId], Profile]
    models_of: Callable[[TenantId], Models]
    chat_of: Callable[[TenantId, Candidate], ChatModel]
    speech_of: Callable[[TenantId, Candidate], Transcriber]
    booking: Booking
    trying: Trying


@dataclass(frozen=True, slots=True)
class _File:
    line: int
    kind: MessageKind
    mime_type: str
    content: bytes


def perceive(task: TurnTask, needs: Perceiving) -> PerceiveResult:
    """Adds to a turn's messages what models make of their voice notes and pictures.

    Raises:
        Outdated: a newer dispatch attempt owns the turn.
    """
    head, turn = needs.turns.both(task.turn)
    guard_epoch(head, task.epoch)
    profile = needs.profile_of(head.ref.tenant)
    deadline = needs.trying.clock() + _SHARE_OF_TIME_LEFT * (task.deadline - needs.trying.clock())
    words: dict[int, str] = {}
    attempts: dict[str, tuple[Attempt, ...]] = {}
    problems: list[str] = []
    for message in _files(turn)[:MAX_FILES]:
        file = _fetched(head, message, needs)
        if isinstance(file, Unreadable):
            problems.append(file.value)
            continue
        scenario = Scenario.TRANSCRIBE if file.kind is MessageKind.AUDIO else Scenario.SEE
        tried = _understood(file, scenario, profile, turn, deadline, needs)
        attempts[scenario.value] = attempts.get(scenario.value, ()) + tried.attempts
        if tried.result:
            words[file.line] = tried.result[:_LONGEST]
    if len(_files(turn)) > MAX_FILES:
        problems.append(Unreadable.TOO_MANY.value)
    spend(task.turn, profile.agent.name, attempts, needs.booking)
    needs.turns.heard(task.turn, task.epoch, words, _ledger(attempts, problems))
    return PerceiveResult(understood=len(words), unreadable=len(_files(turn)) - len(words))


def _files(turn: Turn) -> list[ClaimedMessage]:
    return [each for each in turn.messages if each.kind in PERCEIVED and not each.heard]


def _fetched(head: Conversation, message: ClaimedMessage, needs: Perceiving) -> _File | Unreadable:
    """The file of a message, if a model may be given it."""
    line = next(iter(needs.turns.lines(head.ref, message.line - 1, 1)), None)
    key = line.media.get("object_key", "") if line else ""
    if not key or message.media is None:
        return Unreadable.MISSING
    try:
        content = needs.objects.get(key)
    except NotFound:
        return Unreadable.MISSING
    problem = unreadable(message.kind, message.media.mime_type, content)
    return problem or _File(message.line, message.kind, media_type(message.media.mime_type), content)


def _understood(
    file: _File, scenario: Scenario, profile: Profile, turn: Turn, deadline: float, needs: Perceiving
) -> Tried[str]:
    tenant = profile.tenant
    language = turn.language or profile.default_language

    def listen(candidate: Candidate) -> tuple[str, Spent]:
        speech = needs.speech_of(tenant, candidate)
        said = speech.transcribe(file.content, file.mime_type, "", deadline)
        return said.text.strip(), said.spent

    def look(candidate: Candidate) -> tuple[str, Spent]:
        rules = prompt("see").fill(tenant=profile.name, language=language_name(language))
        image = Image(file.mime_type, file.content)
        messages = (ChatMessage("system", rules), ChatMessage("user", "", images=(image,)))
        said = needs.chat_of(tenant, candidate).complete(ChatRequest(messages, deadline))
        spent = Spent(said.tokens_in, said.tokens_out)
        text = said.text.strip()
        return "" if NOTHING in text else text, spent

    models = needs.models_of(tenant)
    hears = scenario is Scenario.TRANSCRIBE
    demand = Demand(deadline, "", 0 if hears else _IMAGE_TOKENS, models.ceiling_usd_per_turn)
    return try_in_order(models.of(scenario), demand, listen if hears else look, needs.trying)


def _ledger(attempts: Mapping[str, tuple[Attempt, ...]], problems: list[str]) -> dict[str, Scalar]:
    told = {name: [asdict(each) for each in some] for name, some in attempts.items()}
    return {"media_attempts": json.dumps(told), "media_unreadable": ",".join(problems)}
