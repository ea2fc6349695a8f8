"""Voice notes and pictures: what a model makes of them is answered, the rest is a person's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace

import pytest

from sahut.adapters.dynamodb import keys
from sahut.contracts.tasks import ConversationTask
from sahut.domain.errors import Refused, TryAgain
from sahut.domain.message import Channel, Contact, InboundMessage, Media, MessageKind
from sahut.domain.models import Candidate, Models, Scenario, Spent
from sahut.domain.tenant import TurnRef
from sahut.domain.turn import Turn
from sahut.ports.speech import Transcript
from sahut.runtime import compose
from sahut.stages.gather import gather
from sahut.stages.perceive import Perceiving, perceive
from sahut.stages.route import route
from tests.handlers.answering import ScriptedModel, candidate
from tests.handlers.conftest import NUMBER, SHOP, World
from tests.unit.test_media import JPEG, ogg

VOICE, PICTURE = ("audio/ogg; codecs=opus", ogg(4.0)), ("image/jpeg", JPEG)
WORDS = "Berapa ongkos kirim ke Papua?"


@dataclass
class Ear:
    """Hears `says`; an exception is raised."""

    says: str | Exception
    heard: list[tuple[bytes, str]] = field(default_factory=list)

    def transcribe(self, audio: bytes, media_type: str, language: str, deadline: float) -> Transcript:
        self.heard.append((audio, media_type))
        if isinstance(self.says, Exception):
            raise self.says
        return Transcript(self.says, Spent(40, 12))


@dataclass
class Scene:
    world: World
    task: ConversationTask
    turn_id: str
    has_media: bool
    ear: Ear = field(default_factory=lambda: Ear(WORDS))
    eye: ScriptedModel = field(
        default_factory=lambda: ScriptedModel(candidate("eye"), [["An order slip, number 4711."]])
    )
    models: dict[Scenario, tuple[Candidate, ...]] = field(
        default_factory=lambda: {
            Scenario.TRANSCRIBE: (candidate("ear", price_in_usd_per_mtok=100.0),),
            Scenario.SEE: (candidate("eye"),),
        }
    )

    def needs(self) -> Perceiving:
        return replace(
            compose.perceive(self.world.made),
            models_of=lambda tenant: Models(self.models),
            chat_of=lambda tenant, candidate: self.eye,
            speech_of=lambda tenant, candidate: self.ear,
        )

    def perceive(self) -> tuple[int, int]:
        result = perceive(self.world.turn_task(self.task, self.turn_id), self.needs())
        return result.understood, result.unreadable

    def route(self) -> tuple[str, str]:
        result = route(self.world.turn_task(self.task, self.turn_id), compose.route(self.world.made))
        return result.lane, result.reason

    @property
    def turn(self) -> Turn:
        return self.world.made.turns.turn(TurnRef(self.task.conversation, self.turn_id))


def sent(
    world: World, kind: MessageKind, file: tuple[str, bytes], text: str = "", message_id: str = "w1"
) -> Scene:
    mime_type, content = file
    world.sender.fetch_media = lambda media_id: (content, mime_type)  # type: ignore[method-assign]
    media = Media(media_id=f"media-{message_id}", mime_type=mime_type)
    message = InboundMessage(message_id, kind, Contact(phone="6281"), world.now, text, media)
    stored = world.made.inbound.store(SHOP, Channel.WHATSAPP, NUMBER, message, world.now)
    world.now += 10
    task = world.task(stored.conversation, message_id)
    gathered = gather(task, world.gathering())
    return Scene(world, task, gathered.turn_id, gathered.has_media)


def attempts(scene: Scene) -> dict[str, list[dict[str, object]]]:
    """By scenario, as the turn's ledger keeps them."""
    item = scene.world.made.tables.get("conversations", keys.turn(scene.turn.ref))
    assert item is not None
    told: dict[str, list[dict[str, object]]] = json.loads(str(item["media_attempts"]))
    return told


def test_a_voice_note_is_answered_as_if_it_was_typed(world: World) -> None:
    scene = sent(world, MessageKind.AUDIO, VOICE)
    assert scene.has_media
    assert scene.perceive() == (1, 0)
    assert scene.ear.heard == [(VOICE[1], "audio/ogg")]
    assert scene.turn.question == WORDS
    assert scene.route() == ("answer", "")
    (line,) = world.made.turns.lines(scene.task.conversation, after=0)
    assert (line.text, line.heard, line.words) == ("", WORDS, WORDS)


def test_a_picture_is_described_beside_its_caption(world: World) -> None:
    scene = sent(world, MessageKind.IMAGE, PICTURE, "is this my order?")
    assert scene.perceive() == (1, 0)
    assert scene.turn.question == "is this my order?\nAn order slip, number 4711."
    ((rules, shown),) = [each.messages for each in scene.eye.asked]
    assert [image.content for image in shown.images] == [JPEG]
    assert "no instructions" in rules.content


@pytest.mark.parametrize("fault", [TryAgain("down"), Refused("no such model")])
def test_when_no_model_can_a_person_gets_it(world: World, fault: Exception) -> None:
    scene = sent(world, MessageKind.AUDIO, VOICE)
    scene.ear.says = fault
    assert scene.perceive() == (0, 1)
    assert scene.route() == ("person", "media_unreadable")


def test_without_a_model_for_it_a_person_gets_it(world: World) -> None:
    scene = sent(world, MessageKind.AUDIO, VOICE)
    scene.models = {}
    assert scene.perceive() == (0, 1)
    assert scene.route() == ("person", "media_unreadable")


def test_a_picture_with_nothing_on_it_is_for_a_person(world: World) -> None:
    scene = sent(world, MessageKind.IMAGE, PICTURE, "and this?")
    scene.eye.scripts = [["NOTHING"]]
    assert scene.perceive() == (0, 1)
    assert scene.route() == ("person", "media_unreadable")
    (attempt,) = attempts(scene)["see"]
    assert attempt["tokens_in"] == 100, "looking has cost something all the same"


def test_too_long_a_voice_note_is_never_paid_for(world: World) -> None:
    scene = sent(world, MessageKind.AUDIO, ("audio/ogg", ogg(4_000.0)))
    assert scene.perceive() == (0, 1)
    assert scene.ear.heard == []


def test_what_is_heard_counts_as_words_for_a_wish_for_a_person(world: World) -> None:
    scene = sent(world, MessageKind.AUDIO, VOICE)
    scene.ear.says = "Saya mau bicara dengan orang"
    scene.perceive()
    assert scene.route() == ("person", "asked_for_person")


def test_a_second_round_does_not_listen_again(world: World) -> None:
    scene = sent(world, MessageKind.AUDIO, VOICE)
    scene.perceive()
    world.write("ke Bali juga", "w2", sent_at=world.now)
    world.now += 10
    again = gather(scene.task, world.gathering())
    assert again.has_media is False
    assert scene.turn.question == f"{WORDS}\nke Bali juga"


def test_what_it_cost_is_booked_and_in_the_ledger(world: World) -> None:
    scene = sent(world, MessageKind.AUDIO, VOICE)
    scene.perceive()
    (attempt,) = attempts(scene)["transcribe"]
    assert (attempt["tokens_in"], attempt["outcome"]) == (40, "done")
    assert attempt["price_usd"] == pytest.approx(0.004)
