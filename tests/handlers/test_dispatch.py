"""Dispatch: starts the workflow, sees it end, and gives a message up only when it is in a final turn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from sahut.contracts.tasks import ConversationTask
from sahut.domain.conversation import Conversation
from sahut.domain.errors import NotFound, TryAgain, Uncertain
from sahut.domain.message import MessageKind
from sahut.domain.tenant import ConversationRef
from sahut.ports.conversations import Stored
from sahut.ports.work import Run, RunStatus
from sahut.runtime import compose
from sahut.stages.accept import job_of
from sahut.stages.dispatch import AttemptFailed, Dispatching, dispatch
from sahut.stages.gather import gather
from sahut.stages.operate import take_over
from tests.handlers.conftest import SHOP, World
from tests.handlers.steps import give_up, operating, send, write_answer


@dataclass
class Machine:
    """An `answer_message` of which only the end counts; `does` is what its stages would do."""

    ends: Run = field(default_factory=lambda: Run(RunStatus.SUCCEEDED))
    does: Callable[[ConversationTask], object] = lambda _: None
    tasks: list[ConversationTask] = field(default_factory=list)

    def run(self, task: ConversationTask) -> Run:
        self.tasks.append(task)
        self.does(task)
        return self.ends


@dataclass
class Scene:
    world: World
    machine: Machine
    typing: list[str]

    @property
    def needs(self) -> Dispatching:
        def shown(_: Conversation, message_id: str) -> None:
            self.typing.append(message_id)

        made = self.world.made
        return Dispatching(made.inbound, made.turns, self.machine, shown, made.clock, turn_deadline_s=90.0)

    def answers(self, task: ConversationTask) -> None:
        turn_id = gather(task, compose.gather(self.world.made)).turn_id
        if turn_id and not self.world.turn(task.conversation, turn_id).state.final:
            write_answer(self.world, task, turn_id)
            send(self.world, task, turn_id)

    def dispatch(self, stored: Stored) -> None:
        dispatch(job_of(stored), self.needs)


@pytest.fixture
def scene(world: World) -> Scene:
    return Scene(world, Machine(), [])


QUESTION = "Berapa ongkos kirim ke Papua?"


def test_an_answered_message_is_done(scene: Scene) -> None:
    scene.machine.does = scene.answers
    stored = scene.world.write(QUESTION)
    scene.dispatch(stored)
    [task] = scene.machine.tasks
    assert (task.epoch, task.deadline, task.message_id) == (1, scene.world.now + 90, "wamid.1")
    assert scene.typing == ["wamid.1"]
    scene.dispatch(stored)
    assert len(scene.machine.tasks) == 1, "nothing is started for a message in a final turn"
    assert scene.world.head(stored.conversation).epoch == 1


def test_every_message_of_a_burst_is_done_with_its_turn(scene: Scene) -> None:
    scene.machine.does = scene.answers
    burst = [scene.world.write(text, f"wamid.{n}") for n, text in enumerate(("halo", QUESTION))]
    for stored in burst:
        scene.dispatch(stored)
    assert len(scene.machine.tasks) == 1


ENDS: list[tuple[Run, type[Exception]]] = [
    (Run(RunStatus.FAILED, "States.Runtime"), AttemptFailed),
    (Run(RunStatus.TIMED_OUT), AttemptFailed),
    (Run(RunStatus.SUCCEEDED), AttemptFailed),  # it ended, yet the message is in no turn
    (Run(RunStatus.LOST, "ReadTimeoutError"), TryAgain),
]


@pytest.mark.parametrize(("ends", "expected"), ENDS, ids=lambda value: str(value)[:40])
def test_only_an_end_that_was_seen_lets_the_message_come_back_early(
    scene: Scene, ends: Run, expected: type[Exception]
) -> None:
    stored = scene.world.write(QUESTION)
    scene.machine.ends = ends
    for epoch in (1, 2):
        with pytest.raises(expected) as raised:
            scene.dispatch(stored)
        assert type(raised.value) is expected
        assert QUESTION not in str(raised.value)
        assert scene.machine.tasks[-1].epoch == epoch


def test_a_failed_execution_is_a_failed_attempt_even_if_its_turn_was_settled(scene: Scene) -> None:
    """The next receive finds the message done and starts nothing."""
    scene.machine.does = scene.answers
    scene.machine.ends = Run(RunStatus.FAILED)
    stored = scene.world.write(QUESTION)
    with pytest.raises(AttemptFailed):
        scene.dispatch(stored)
    scene.dispatch(stored)
    assert len(scene.machine.tasks) == 1


@pytest.mark.parametrize("outcome", ["handed_over", "settling", "person"])
def test_other_final_turns_are_done_as_well(scene: Scene, outcome: str) -> None:
    world = scene.world
    stored = world.write(QUESTION)
    if outcome == "person":
        take_over(stored.conversation, "ana", operating(world))
        scene.machine.does = lambda task: gather(task, compose.gather(world.made))
    elif outcome == "settling":
        world.sender.answers = [Uncertain("time-out")]
        scene.machine.does = scene.answers
    else:
        scene.machine.does = lambda task: give_up(world, task, "", "Permanent")
    scene.dispatch(stored)
    assert scene.typing == ([] if outcome == "person" else ["wamid.1"])


def test_a_survivor_of_a_killed_dispatcher_changes_nothing(scene: Scene) -> None:
    """Its connection broke, another attempt began: what the first one still does is refused."""
    world = scene.world
    stored = world.write(QUESTION)
    scene.machine.ends = Run(RunStatus.LOST)
    with pytest.raises(TryAgain):
        scene.dispatch(stored)
    survivor = scene.machine.tasks[0]
    scene.machine.ends, scene.machine.does = Run(RunStatus.SUCCEEDED), scene.answers
    scene.dispatch(stored)
    for stage in (lambda: gather(survivor, compose.gather(world.made)), lambda: give_up(world, survivor, "")):
        with pytest.raises(Exception, match="newer attempt"):
            stage()
    assert len(world.sender.sent) == 1


def test_a_revoked_message_starts_nothing(scene: Scene) -> None:
    stored = scene.world.write(QUESTION)
    scene.world.change(MessageKind.REVOKE, "wamid.1")
    scene.dispatch(stored)
    assert scene.machine.tasks == []


def test_a_conversation_that_is_gone_is_no_work(scene: Scene) -> None:
    stored = scene.world.write(QUESTION)
    gone = replace(stored, conversation=ConversationRef(SHOP, "gone"))
    scene.dispatch(gone)
    assert scene.machine.tasks == []
    with pytest.raises(NotFound):
        scene.world.head(gone.conversation)
