"""A model that says what a test tells it to, and turns that are ready to be answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from sahut.adapters.dynamodb import keys
from sahut.contracts.tasks import ConversationTask, GenerateResult
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.errors import TryAgain
from sahut.domain.message import Channel, Contact, InboundMessage, MessageKind
from sahut.domain.models import Candidate, Models, Provider, Scenario
from sahut.domain.tenant import TurnRef
from sahut.ports.chat_model import ChatRequest, Completion, OnText
from sahut.ports.conversations import Scalar
from sahut.runtime import compose
from sahut.stages.gather import gather
from sahut.stages.generate import Generating, generate
from tests.handlers.conftest import SHOP, World

SITE = "wc_shop"
PASSAGES = tuple(
    FoundPassage(
        Passage(f"d#{n}", "fees.md", "Fees", text, heading=heading, language="en"), 1.0 - n / 100, 0.9, 5.0
    )
    for n, (heading, text) in enumerate(
        (
            ("Payments", "A CHAPS payment costs £20. It arrives the same day."),
            ("Letters", "A letter of reference costs £12."),
            ("Cards", "Replacing a card is free."),
        )
    )
)

# Pieces of text as they come; a callable runs in between; an exception is raised.
Script = Sequence["str | Callable[[], object] | Exception"]


@dataclass
class ScriptedModel:
    """Streams its scripts, one for each call, and then fails."""

    candidate: Candidate
    scripts: list[Script] = field(default_factory=list)
    asked: list[ChatRequest] = field(default_factory=list)

    def complete(self, request: ChatRequest, on_text: OnText | None = None) -> Completion:
        self.asked.append(request)
        if not self.scripts:
            raise TryAgain("down")
        text = "".join(self._say(self.scripts.pop(0), on_text))
        return Completion(text, tokens_in=100, tokens_out=len(text) // 3)

    def _say(self, script: Script, on_text: OnText | None) -> Iterator[str]:
        for piece in script:
            if isinstance(piece, Exception):
                raise piece
            if callable(piece):
                piece()
                continue
            if on_text is not None:
                on_text(piece)
            yield piece


def candidate(name: str, **more: object) -> Candidate:
    values: dict[str, object] = {"max_retries": 0, "price_in_usd_per_mtok": 1.0, **more}
    return Candidate(Provider.COMPATIBLE, name, model=name, **values)  # type: ignore[arg-type]  # as the test says


@dataclass
class Scene:
    """A web-chat visitor's question with its passages, and models by name."""

    world: World
    models: dict[str, ScriptedModel]
    task: ConversationTask
    turn_id: str
    listening: bool = True
    scenarios: dict[Scenario, tuple[str, ...]] = field(default_factory=dict)

    @property
    def ref(self) -> TurnRef:
        return TurnRef(self.task.conversation, self.turn_id)

    def needs(self) -> Generating:
        needs = compose.generate(self.world.made)
        chosen = self.scenarios or {Scenario.ANSWER: tuple(self.models)}
        models = Models(
            {what: tuple(self.models[name].candidate for name in names) for what, names in chosen.items()}
        )
        writing = replace(
            needs.writing,
            models_of=lambda tenant: models,
            chat_of=lambda tenant, candidate: self.models[candidate.name],
        )
        return replace(needs, writing=writing, listening=lambda head: self.listening)

    def generate(self) -> GenerateResult:
        return generate(self.world.turn_task(self.task, self.turn_id), self.needs())

    def read(self) -> list[tuple[str, str]]:
        """(author, text) of the timeline."""
        return [(line.author, line.text) for line in self.world.made.turns.lines(self.task.conversation, 0)]

    def ledger(self) -> dict[str, object]:
        item = self.world.made.tables.get("conversations", keys.turn(self.ref))
        assert item is not None
        return dict(item)


def write(world: World, text: str, message_id: str) -> ConversationTask:
    message = InboundMessage(message_id, MessageKind.TEXT, Contact(user_id="v1"), world.now, text)
    stored = world.made.inbound.store(SHOP, Channel.WEBCHAT, SITE, message, world.now)
    return world.task(stored.conversation, message_id)


def ask(
    world: World,
    question: str,
    *models: ScriptedModel,
    message_id: str = "m1",
    passages: Sequence[FoundPassage] = PASSAGES,
) -> Scene:
    """A question that was gathered, routed and searched for."""
    task = write(world, question, message_id)
    turn_id = gather(task, world.gathering()).turn_id
    ref = TurnRef(task.conversation, turn_id)
    ledger: dict[str, Scalar] = {"lane": "answer", "language": "en", "evidence_score": 0.9}
    world.made.turns.record_passages(ref, task.epoch, passages, ledger)
    return Scene(world, {each.candidate.name: each for each in models}, task, turn_id)
