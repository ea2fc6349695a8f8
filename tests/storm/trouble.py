"""What will go wrong in the storm, made from a seed: broken calls, killed workers, throttling, people who
take conversations over, and dispatchers that run where one runs already.

`at` is the progress of the storm: the share of its webhooks that were acknowledged, 0 to 1.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Literal

from sandbox.controls import FaultOrder
from tests.storm.plan import Plan

# Counts below are for this many messages; larger storms have more of everything.
_FOR_MESSAGES = 1200
_AGAIN = "raise:sahut.domain.errors:TryAgain"
_SEND = "adapters.channels.whatsapp:WhatsAppSender.send"
_BOTH = "adapters.dynamodb.turns:TurnStore.both"
_CLAIM = "adapters.dynamodb.turns:TurnStore.claim"
_RECORD = "adapters.dynamodb.turns:TurnStore.record"
_FOUND = "adapters.dynamodb.turns:TurnStore.record_passages"
_WRITTEN = "adapters.dynamodb.turns:TurnStore.record_answer"
_SENT = "adapters.dynamodb.sending:SendingStore.sent"
_STORED = "adapters.dynamodb.inbound:InboundStore.store"
_TICKET = "adapters.dynamodb.ownership:OwnershipStore.hand_over"
_TAKEN = "adapters.dynamodb.ownership:OwnershipStore.take_over"
_LETTER = "adapters.dynamodb.letters:LetterStore.record"
_ANSWER = "adapters.stepfunctions.machines:ExpressAnswerMachine.run"
_HAND_OVER = "adapters.stepfunctions.machines:StandardHandOverMachine.start"

# (id, function, target, when, do, times). _PERCENT spreads the times over the storm.
_IN_FUNCTIONS = (
    # the crash points of DESIGN §1
    ("killed before the call", "delivery", _SEND, "before", "exit", 3),
    ("killed after the call", "delivery", _SEND, "after", "exit", 4),
    ("killed after the record", "delivery", _SENT, "after", "exit", 3),
    ("killed after the claim", "gathering", _CLAIM, "after", "exit", 4),
    ("killed between put and queue", "ingress", _STORED, "after", "exit", 4),
    ("killed after the answer", "dispatch", _ANSWER, "after", "exit", 3),
    ("killed after the ticket", "handoff", _TICKET, "after", "exit", 3),
    ("killed before hand_over", "handoff", _HAND_OVER, "before", "exit", 2),
    ("killed while settling", "settling", _TICKET, "after", "exit", 1),
    ("killed while burying", "dead_letters", _LETTER, "after", "exit", 1),
    ("killed while taking over", "chat", _TAKEN, "after", "exit", 2),
    # a stage raising Transient twice
    ("gathering raises", "gathering", _CLAIM, "before", _AGAIN, 2),
    ("routing raises", "routing", _RECORD, "before", _AGAIN, 2),
    ("retrieval raises", "retrieval", _FOUND, "before", _AGAIN, 2),
    ("generation raises", "generation", _WRITTEN, "before", _AGAIN, 2),
    ("delivery raises", "delivery", _BOTH, "before", _AGAIN, 2),
    ("handoff raises", "handoff", _TICKET, "before", _AGAIN, 2),
    ("settling raises", "settling", _BOTH, "before", _AGAIN, 2),
    # later than the fence allows a call to begin
    ("slow before the call", "delivery", _SEND, "before", "sleep:1.3", 4),
)
# How many of 100 calls are hit until the times are used up; what is called seldom is hit at once.
_PERCENT = {"delivery": 2, "gathering": 2, "ingress": 2, "dispatch": 1, "handoff": 8}

# (do, times, percent of sends), tried in this order.
_AT_THE_GRAPH_API = (
    ("429", 12, 2.5),
    ("500", 6, 1.2),
    ("coded:131056", 6, 1.2),
    ("coded:131000", 6, 1.2),
    ("coded:131026", 6, 1.0),
    ("coded:131047", 3, 0.6),
    ("coded:190", 2, 0.4),
    ("timeout_before", 4, 0.8),
    ("accept_then_timeout", 8, 1.6),
    ("accept_then_500", 5, 1.0),
    ("status_late:4", 20, 4.0),
    ("failed_after_200:131026", 6, 1.2),
    ("failed_after_200:131047", 2, 0.6),
    ("status_reversed", 40, 8.0),
    ("duplicate_status", 30, 6.0),
    ("status_never", None, 30.0),
)

_KILL_WEIGHTS = {
    "dispatch": 6,
    "delivery": 5,
    "gathering": 4,
    "ingress": 4,
    "handoff": 4,
    "generation": 3,
    "retrieval": 3,
    "routing": 2,
    "settling": 2,
    "chat": 2,
    "dead_letters": 1,
}


@dataclass(frozen=True, slots=True)
class Kill:
    """kill -9 to `count` workers of a function; '' means every worker there is."""

    at: float
    function: str
    count: int
    pick: int


@dataclass(frozen=True, slots=True)
class Throttle:
    at: float
    seconds: float
    lambda_fraction: float
    dynamodb_fraction: float


@dataclass(frozen=True, slots=True)
class Act:
    """What a person of the tenant does, by API key."""

    at: float
    do: Literal["take_over", "say", "release"]
    text: str = ""


@dataclass(frozen=True, slots=True)
class Rival:
    """A second dispatcher for the newest message of a customer, beside the one that may be running."""

    at: float
    person: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """acts: by customer, in order. graph_faults: as sandbox/graph_api takes them."""

    functions: tuple[FaultOrder, ...]
    graph_faults: tuple[dict[str, object], ...]
    kills: tuple[Kill, ...]
    throttles: tuple[Throttle, ...]
    acts: Mapping[int, tuple[Act, ...]]
    rivals: tuple[Rival, ...]


NO_TROUBLE = Trouble((), (), (), (), {}, ())


def make_trouble(plan: Plan) -> Trouble:
    rng = Random(plan.seed + 1)
    factor = len(plan.messages) / _FOR_MESSAGES
    acts = _acts(rng, plan, factor)
    taken_over = [person for person, script in acts.items() if script[0].do == "take_over"]
    return Trouble(
        functions=tuple(_function_fault(*row, factor=factor) for row in _IN_FUNCTIONS),
        graph_faults=(*_slow_sends(plan, taken_over), *_graph_faults(rng, factor), *_TYPING),
        kills=_kills(rng, factor),
        throttles=(Throttle(0.3, 6, 0.15, 0.0), Throttle(0.65, 6, 0.1, 0.3)),
        acts=acts,
        rivals=_rivals(rng, plan, factor),
    )


def _function_fault(
    fault_id: str, function: str, target: str, when: str, do: str, times: int, *, factor: float
) -> FaultOrder:
    return FaultOrder(
        id=fault_id.replace(" ", "-"),
        function=function,
        target=f"sahut.{target}",
        when=when,
        do=do,
        times=_times(times, factor),
        probability=_PERCENT.get(function, 100) / 100,
    )


def _times(times: int, factor: float) -> int:
    return max(1, round(times * factor))


_TYPING: tuple[dict[str, object], ...] = tuple(
    {"match": {"kind": "typing"}, "do": do, "times": 4, "probability": 0.02}
    for do in ("500", "timeout_before", "429")
)


def _graph_faults(rng: Random, factor: float) -> list[dict[str, object]]:
    return [
        {
            "do": do,
            "times": None if times is None else _times(times, factor),
            "probability": percent / 100,
            "seed": rng.randrange(10**6),
        }
        for do, times, percent in _AT_THE_GRAPH_API
    ]


def _slow_sends(plan: Plan, people: list[int]) -> list[dict[str, object]]:
    """So that take-overs find parts in flight."""
    return [
        {"match": {"to": address}, "do": "delay:0.9", "times": 3}
        for person in people
        for address in sorted(plan.people[person].addresses)
    ]


def _kills(rng: Random, factor: float) -> tuple[Kill, ...]:
    names, weights = list(_KILL_WEIGHTS), list(_KILL_WEIGHTS.values())
    single = [
        Kill(rng.uniform(0.03, 0.98), rng.choices(names, weights)[0], rng.randint(1, 3), rng.randrange(1000))
        for _ in range(_times(30, factor))
    ]
    return tuple(sorted([*single, Kill(0.5, "", 0, 0)], key=lambda kill: kill.at))


def _acts(rng: Random, plan: Plan, factor: float) -> dict[int, tuple[Act, ...]]:
    """People step in where customers write most, so that there is something to interrupt."""
    echoed = {said.person for said in plan.of_kind("echo")}
    counts = Counter(said.person for said in plan.messages if said.person not in echoed)
    busy = [person for person, _ in counts.most_common(_times(48, factor))]
    rng.shuffle(busy)
    half = len(busy) // 2
    scripts = {person: _take_over_script(rng, person) for person in busy[:half]}
    return scripts | {person: (Act(rng.uniform(0.35, 0.9), "release"),) for person in busy[half:]}


def _take_over_script(rng: Random, person: int) -> tuple[Act, ...]:
    begins = rng.uniform(0.15, 0.6)
    script = [Act(begins, "take_over")]
    if rng.random() < 0.7:
        script.append(Act(begins + rng.uniform(0.01, 0.06), "say", f"Hello, I am a person ({person})."))
    if rng.random() < 0.67:
        script.append(Act(begins + rng.uniform(0.08, 0.3), "release"))
    return tuple(script)


def _rivals(rng: Random, plan: Plan, factor: float) -> tuple[Rival, ...]:
    somebody = [said.person for said in plan.messages]
    chosen = [Rival(rng.uniform(0.05, 0.97), rng.choice(somebody)) for _ in range(_times(50, factor))]
    return tuple(sorted(chosen, key=lambda rival: rival.at))
