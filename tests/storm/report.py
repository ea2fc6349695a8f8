"""The storm in numbers: a table for people, the same each time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from tests.storm.evidence import Evidence
from tests.storm.ledger import parts, text

Row = tuple[str, str]


def table(
    seen: Evidence, fired: Mapping[str, int], graph_faults: list[dict[str, Any]], times: Mapping[str, float]
) -> str:
    """fired: faults in functions. graph_faults: as Meta's side lists them. times: seconds by name."""
    rows = [
        *_traffic(seen),
        *_outcomes(seen),
        *_troubles(seen, fired, graph_faults),
        *_times(seen, times),
    ]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count) or "none"


def _traffic(seen: Evidence) -> Iterator[Row]:
    plan, deliveries = seen.plan, seen.course.deliveries
    yield "seed", str(plan.seed)
    yield "customers", f"{len(plan.people)} ({_counted(Counter(each.known.value for each in plan.people))})"
    yield "messages", f"{len(plan.messages)}, of {len(plan.people)} customers"
    kinds = Counter(said.kind for said in plan.said.values() if not said.starts_turn)
    yield "beside them", _counted(kinds)
    again = plan.repetitions
    yield "delivered again", f"{again} ({again / len(plan.messages):.0%})"
    yield "webhooks", f"{len(plan.posts)}, posted {sum(len(each.answers) for each in deliveries)} times"
    refused = Counter(str(answer or "no answer") for each in deliveries for answer in each.answers)
    yield "answers to them", _counted(refused)
    seconds = sorted(each.seconds for each in deliveries)
    yield "acknowledgement", f"p50 {_ms(seconds, 0.5)}, p99 {_ms(seconds, 0.99)}, longest {_ms(seconds, 1)}"


def _ms(seconds: list[float], share: float) -> str:
    if not seconds:
        return "-"
    return f"{1000 * seconds[min(len(seconds) - 1, int(share * len(seconds)))]:.0f} ms"


def _outcomes(seen: Evidence) -> Iterator[Row]:
    turns = [turn for _, _, turn in seen.ledger.turns()]
    yield "conversations", str(len(seen.ledger.conversations))
    yield "turns", f"{len(turns)}: {_counted(Counter(text(turn, 'state') for turn in turns))}"
    reasons = Counter(text(turn, "reason") for turn in turns if text(turn, "state") == "handed_over")
    yield "handed over for", _counted(reasons)
    rounds = Counter(str(turn.get("round")) for turn in turns)
    yield "rounds of a turn", _counted(rounds)
    states = Counter(text(part, "state") for turn in turns for part in parts(turn).values())
    yield "parts", f"{states.total()}: {_counted(states)}"
    yield (
        "accepted by Meta",
        f"{len(seen.outbox)}, {len({sent.callback for sent in seen.sent_parts})} different",
    )
    letters = Counter(text(each, "kind") for each in seen.ledger.letters.values())
    yield "dead letters", f"{letters.total()}: {_counted(letters)}"


def _troubles(seen: Evidence, fired: Mapping[str, int], graph_faults: list[dict[str, Any]]) -> Iterator[Row]:
    acts = Counter(f"{done.act.do} {done.answers[-1]}" for done in seen.course.acts)
    yield "acts of people", _counted(acts)
    yield "workers killed", f"{seen.course.killed.total()}: {_counted(seen.course.killed)}"
    yield "rival dispatchers", _counted(seen.course.rivals)
    yield "faults in functions", f"{sum(fired.values())}: {_counted(fired)}"
    at_graph: Counter[str] = Counter()
    for fault in graph_faults:
        at_graph[f"{fault['do']}{' typing' if fault['match']['kind'] == 'typing' else ''}"] += fault["fired"]
    yield "faults at the Graph API", f"{at_graph.total()}: {_counted(at_graph)}"


def _times(seen: Evidence, times: Mapping[str, float]) -> Iterator[Row]:
    yield "times", ", ".join(f"{name} {seconds:.0f} s" for name, seconds in times.items())
    working = max(1.0, times.get("posting", 0) + times.get("until quiet", 0))
    turns = sum(1 for _ in seen.ledger.turns())
    yield "throughput", f"{len(seen.plan.messages) / working:.1f} messages/s, {turns / working:.1f} turns/s"
