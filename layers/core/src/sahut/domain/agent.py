"""What a tenant decides about how its agent speaks and when it stops."""

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_RULES = 20
MAX_RULE = 400
MAX_TONE = 200


@dataclass(frozen=True, slots=True)
class Agent:
    """tone: a few words for the model. house_rules: sentences for the model, below Sahut's own rules.

    confidence_threshold: below it a person gets the question; 0: the built-in one. clarifies: whether it may
    ask back, at most once in a row. intents: what the tenant's router says, and which lane that is: "person",
    "greeting", "thanks" or "farewell"; anything else is answered.
    """

    name: str = "default"
    tone: str = ""
    house_rules: tuple[str, ...] = ()
    confidence_threshold: float = 0.0
    clarifies: bool = True
    intents: Mapping[str, str] = field(default_factory=dict)


def agent_of(values: Mapping[str, object]) -> Agent:
    """An agent as configuration names it; fields that are missing have their defaults.

    Raises:
        ValueError: too long, too many, or no share between 0 and 1.
    """
    rules = values.get("house_rules", ())
    house_rules = tuple(str(rule) for rule in rules) if isinstance(rules, list | tuple) else ()
    threshold = values.get("confidence_threshold", 0.0)
    intents = values.get("intents")
    intents = intents if isinstance(intents, Mapping) else {}
    agent = Agent(
        name=str(values.get("name", "default")),
        tone=str(values.get("tone", "")),
        house_rules=house_rules,
        confidence_threshold=float(threshold) if isinstance(threshold, int | float) else -1.0,
        clarifies=bool(values.get("clarifies", True)),
        intents={str(name): str(lane) for name, lane in intents.items()},
    )
    if len(house_rules) > MAX_RULES or any(len(rule) > MAX_RULE for rule in house_rules):
        raise ValueError(f"at most {MAX_RULES} house rules of {MAX_RULE} characters")
    if len(agent.tone) > MAX_TONE:
        raise ValueError(f"a tone has at most {MAX_TONE} characters")
    if not 0.0 <= agent.confidence_threshold < 1.0:
        raise ValueError("confidence_threshold must be at least 0 and below 1")
    return agent
