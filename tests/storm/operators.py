"""The tenants' people in the storm: they take conversations over, write in them and give them back."""

import json
import time
from dataclasses import dataclass, field
from typing import Any

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.wire import from_item, text_of, to_item
from sahut.domain.tenant import TenantId
from sandbox.stack import Stack
from tests.storm.customers import TENANTS, Person
from tests.storm.plan import Plan
from tests.storm.post import call
from tests.storm.trouble import Act

_PATHS = {"take_over": "take-over", "release": "release", "say": "messages"}
_CALL_TIMEOUT_S = 20.0
# 200: done · 409: the conversation is not a person's (any more).
_FINAL = (200, 409)
# A 502 of the product's own is final too; API Gateway says 502 when the worker was killed.
_REFUSED_WORDS = b"The channel refused the message"
_GIVE_UP_S = 90.0
_PAUSE_S = 0.3


class NobodyAnswers(RuntimeError):
    """An operator's call got no final answer for a minute and a half."""


@dataclass(slots=True)
class Done:
    """One act. asked_at: before the first call of it, answered_at: after the last; epoch seconds."""

    person: int
    conversation_id: str
    act: Act
    asked_at: float
    answered_at: float = 0.0
    answers: list[int] = field(default_factory=list)

    @property
    def succeeded(self) -> bool:
        return self.answers[-1:] == [200]


class Operators:
    def __init__(self, stack: Stack, plan: Plan) -> None:
        self._plan = plan
        self._dynamodb = stack.client("dynamodb")
        self._table = stack.outputs["ConversationsTable"]
        self._url = f"{stack.endpoints.api_url}/v1/conversations"
        self._keys = {tenant.tenant_id: tenant.api_key for tenant in stack.endpoints.tenants}

    def act(self, person: int, act: Act) -> Done:
        """Calls until there is a final answer, as a console with a retry button would.

        Raises: NobodyAnswers.
        """
        who = self._plan.people[person]
        done = Done(person, self._conversation_of(who), act, time.time())
        tenant_id = TENANTS[who.tenant]
        headers = {
            "Content-Type": "application/json",
            "X-Api-Key": self._keys[tenant_id],
            "Idempotency-Key": f"storm-{person}-{act.at:.6f}",
        }
        body = json.dumps({"text": act.text} if act.do == "say" else {"by": "storm"}).encode()
        url = f"{self._url}/{done.conversation_id}/{_PATHS[act.do]}"
        while not done.answered_at:
            status, answer = call(url, body, headers, _CALL_TIMEOUT_S)
            done.answers.append(status)
            if status in _FINAL or _REFUSED_WORDS in answer:
                done.answered_at = time.time()
            elif time.time() - done.asked_at > _GIVE_UP_S:
                raise NobodyAnswers(f"{act.do} for customer {person}: {done.answers[-5:]}")
            else:
                time.sleep(_PAUSE_S)
        return done

    def _conversation_of(self, person: Person) -> str:
        """The conversation of a customer whose first message was acknowledged."""
        for alias in person.aliases:
            key = keys.alias(TenantId(TENANTS[person.tenant]), person.number, alias)
            found: dict[str, Any] = self._dynamodb.get_item(
                TableName=self._table, Key=to_item(key.as_item()), ConsistentRead=True
            )
            if "Item" in found:
                return text_of(from_item(found["Item"]), "conversation_id")
        raise LookupError(f"customer {person.index} has no conversation")
