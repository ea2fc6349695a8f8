"""A tenant with tools, a model that asks for them, and the workflow's loop between the two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from sahut.contracts.tasks import GenerateResult, ToolResult, ToolTask, TurnTask
from sahut.domain.errors import TryAgain
from sahut.domain.models import Candidate
from sahut.domain.tenant import TurnRef
from sahut.domain.tool_use import ToolUse
from sahut.domain.tools import HttpOperation, Tool, ToolKind
from sahut.domain.turn import Turn
from sahut.ports.chat_model import ChatRequest, Completion, OnText, ToolCall
from sahut.ports.conversations import Scalar
from sahut.ports.tools import ToolCallRequest, ToolReply
from sahut.runtime import compose
from sahut.stages.deliver import deliver
from sahut.stages.gather import gather
from sahut.stages.generate import generate
from sahut.stages.hand_over import hand_over
from sahut.stages.route import route
from sahut.stages.use_tool import ToolUsing, use_tool
from tests.handlers.answering import PASSAGES, Scene, candidate, write
from tests.handlers.conftest import SHOP, World

ID = {
    "type": "object",
    "properties": {"order_id": {"type": "string", "maxLength": 10}},
    "required": ["order_id"],
    "additionalProperties": False,
}
GET = HttpOperation("GET", "https://orders.example/v1/orders/{order_id}")
STATUS = Tool("order_status", "Order status", "Where an order is.", ID, ToolKind.HTTP, http=GET)
CANCEL = Tool(
    "cancel_order", "Cancel order", "Cancels it.", ID, ToolKind.HTTP,
    effectful=True, http=replace(GET, method="DELETE"),
)  # fmt: skip
SHIPPED = "order: 4711\nstatus: shipped with JNE\narrives: 3 June"


def call(name: str = "order_status", arguments: str = '{"order_id": "4711"}', call_id: str = "x") -> ToolCall:
    return ToolCall(call_id, name, arguments)


# What a model does when it is asked: say something, ask for tools, or fail.
Step = str | Sequence[ToolCall] | Exception


@dataclass
class AskingModel:
    """Does its steps, one for each time it is asked, and then fails."""

    steps: list[Step]
    candidate: Candidate = field(default_factory=lambda: candidate("asking"))
    asked: list[ChatRequest] = field(default_factory=list)

    def complete(self, request: ChatRequest, on_text: OnText | None = None) -> Completion:
        self.asked.append(request)
        step = self.steps.pop(0) if self.steps else TryAgain("down")
        if isinstance(step, Exception):
            raise step
        if isinstance(step, str):
            if on_text is not None:
                on_text(step)
            return Completion(step, tokens_in=100, tokens_out=20)
        return Completion("", tuple(step), tokens_in=100, tokens_out=20, finish="tool_calls")


@dataclass
class FakeTool:
    """Says `says`; an exception is raised. during: what happens meanwhile."""

    says: str | Exception | ToolReply = SHIPPED
    called: list[ToolCallRequest] = field(default_factory=list)
    during: Callable[[], object] = lambda: None

    def call(self, request: ToolCallRequest) -> ToolReply:
        self.called.append(request)
        self.during()
        if isinstance(self.says, Exception):
            raise self.says
        return self.says if isinstance(self.says, ToolReply) else ToolReply(True, self.says)


@dataclass
class Shop:
    """One visitor's conversation with a shop that has tools."""

    world: World
    model: AskingModel
    tool: FakeTool = field(default_factory=FakeTool)
    tools: tuple[Tool, ...] = (STATUS, CANCEL)
    enough: bool = False
    listening: bool = False
    messages: int = 0
    scene: Scene = field(init=False)

    def __post_init__(self) -> None:
        for each in self.tools:
            self.world.made.tool_registry.put(SHOP, each, "test", self.world.now)

    def says(self, text: str) -> str:
        """A message, gathered and routed; the lane."""
        self.messages += 1
        self.world.now += 10
        task = write(self.world, text, f"m{self.messages}")
        turn_id = gather(task, self.world.gathering()).turn_id
        self.scene = Scene(self.world, {"asking": self.model}, task, turn_id, self.listening)  # type: ignore[dict-item]  # it completes, as the others do
        lane = route(self.task(), compose.route(self.world.made)).lane
        found = PASSAGES if self.enough else ()
        ledger: dict[str, Scalar] = {
            "enough": self.enough,
            "evidence_score": 0.9 if self.enough else 0.05,
            "language": "en",
        }
        self.world.made.turns.record_passages(self.scene.ref, task.epoch, found, ledger)
        return lane

    def task(self, tool_round: int = 0) -> TurnTask:
        return TurnTask(**self.scene.task.model_dump(), turn_id=self.scene.turn_id, tool_round=tool_round)

    def write(self, tool_round: int = 0) -> GenerateResult:
        return generate(self.task(tool_round), self.scene.needs())

    def using(self) -> ToolUsing:
        return replace(compose.use_tool(self.world.made), caller_of=lambda tool: self.tool)

    def use(self, call_id: str) -> ToolResult:
        task = ToolTask(**self.scene.task.model_dump(), turn_id=self.scene.turn_id, call_id=call_id)
        return use_tool(task, self.using())

    def run(self) -> GenerateResult:
        """*Write answer* and *Use tools* until there is a decision, as the workflow does."""
        result = self.write()
        while result.needs_tools:
            for call_id in result.calls:
                try:
                    self.use(call_id)
                except TryAgain:
                    continue  # the retries are used up: the tool failed
            result = self.write(result.tool_round)
        return result

    def deliver(self) -> str:
        task = self.world.deliver_task(self.scene.task, self.scene.turn_id)
        return deliver(task, compose.deliver(self.world.made)).outcome.value

    def hand_over(self, reason: str) -> None:
        task = self.world.hand_over_task(self.scene.task, self.scene.turn_id, reason)
        hand_over(task, compose.hand_over(self.world.made))

    def answers(self, text: str) -> GenerateResult:
        """The whole turn of a message: routed, written, sent."""
        self.says(text)
        result = self.run()
        if result.safe:
            assert self.deliver() == "answered"
        return result

    @property
    def turn(self) -> Turn:
        return self.world.made.turns.turn(TurnRef(self.scene.task.conversation, self.scene.turn_id))

    @property
    def uses(self) -> tuple[ToolUse, ...]:
        return self.turn.tools

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self.turn.answer_parts)
