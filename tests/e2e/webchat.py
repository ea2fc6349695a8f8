"""Visitors of a web chat, and shops of one's own: a new tenant that answers from Toko Melati's documents.

A new tenant is in no function's cache, so a test may give it any profile without waiting.
"""

import json
import urllib.parse
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.model_items import models_item
from sahut.adapters.dynamodb.wire import Value, to_item
from sahut.domain.knowledge import KnowledgeRef
from sahut.domain.models import Candidate, Models, Scenario
from sahut.domain.tenant import ConversationRef, TenantId
from sahut.domain.turn import Turn
from sandbox.stack import Stack
from tests.e2e.records import Records
from tests.e2e.support import PATIENCE_S, Answer, http, until

ORIGIN = "https://www.tokomelati.example"


@dataclass(frozen=True, slots=True)
class Chat:
    """A tenant's web chat."""

    stack: Stack
    tenant_id: str
    webchat_key: str

    def visitor(self) -> "Visitor":
        opened = self.opens()
        assert opened.status == 201, opened.text
        return Visitor(self, str(opened.body["visitor_token"]), str(opened.body["visitor_id"]))

    def opens(self, **headers: str) -> Answer:
        """Asks for a session, from the tenant's own page unless `Origin` says otherwise."""
        sent = {"Origin": ORIGIN, "Content-Type": "application/json"} | headers
        body = json.dumps({"webchat_key": self.webchat_key}).encode()
        return http("POST", f"{self.stack.endpoints.api_url}/v1/chat/sessions", body, sent)


@dataclass(slots=True)
class Visitor:
    """read: what the long poll brought so far, the visitor's own words included."""

    chat: Chat
    token: str
    visitor_id: str
    cursor: int = 0
    read: list[Mapping[str, object]] = field(default_factory=list)

    def writes(self, text: str, client_message_id: str = "") -> Answer:
        message = {"text": text, "client_message_id": client_message_id or uuid.uuid4().hex}
        return self._call("POST", "messages", json.dumps(message).encode())

    def polls(self, wait_s: float = 0) -> Answer:
        query = urllib.parse.urlencode({"after": self.cursor, "wait": wait_s})
        answer = self._call("GET", f"messages?{query}")
        new = answer.body.get("messages")
        if isinstance(new, list):
            self.read += new
            self.cursor = int(str(answer.body["cursor"]))
        return answer

    def hears(self, sender: str = "machine") -> Mapping[str, object]:
        """The newest words of a sender, as soon as there are some."""
        for _ in range(int(PATIENCE_S / 20)):
            if told := [each for each in self.read if each["from"] == sender]:
                return told[-1]
            self.polls(wait_s=20)
        raise AssertionError(f"{sender} said nothing: {self.read}")

    def rests(self) -> list[Mapping[str, object]]:
        """All that was said, once every message has its outcome."""
        until(lambda: self.records.at_rest(self.ref), "every message has its outcome")
        self.polls()
        return self.read

    @property
    def records(self) -> Records:
        return Records(self.chat.stack)

    @property
    def ref(self) -> ConversationRef:
        tenant = TenantId(self.chat.tenant_id)
        found = self.records.conversation_of(tenant, self.chat.webchat_key, [f"user:{self.visitor_id}"])
        assert found is not None
        return found

    @property
    def turns(self) -> list[Turn]:
        return self.records.turns(self.ref)

    def _call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        return http(method, f"{self.chat.stack.endpoints.api_url}/v1/chat/{path}", body, headers)


def open_shop(stack: Stack, candidates: Sequence[Candidate], secrets: Mapping[str, str]) -> Chat:
    """A tenant of the test's own. candidates: who may write its answers. secrets: name → value."""
    tenant = TenantId(f"e2e-{uuid.uuid4().hex[:12]}")
    chat = Chat(stack, str(tenant), f"wc_{tenant}")
    registry = stack.outputs["RegistryTable"]
    dynamodb, ssm = stack.client("dynamodb"), stack.client("ssm")
    melati = TenantId("toko-melati")

    def put(key: keys.Key, item: Mapping[str, Value]) -> None:
        dynamodb.put_item(TableName=registry, Item=to_item({**key.as_item(), **item}))

    def copy(like: keys.Key, key: keys.Key, item: Mapping[str, Value]) -> None:
        found = dynamodb.get_item(TableName=registry, Key=to_item(like.as_item()))["Item"]
        dynamodb.put_item(TableName=registry, Item={**found, **to_item({**key.as_item(), **item})})

    put(keys.channel_route("webchat", chat.webchat_key), {"tenant_id": str(tenant)})
    copy(keys.live_version(KnowledgeRef(melati)), keys.live_version(KnowledgeRef(tenant)), {})
    copy(keys.profile(melati), keys.profile(tenant), {})
    put(keys.models(tenant), models_item(Models({Scenario.ANSWER: tuple(candidates)})))
    for name, value in secrets.items():
        path = f"{stack.outputs['SecretsPrefix']}/tenants/{tenant}/{name}"
        ssm.put_parameter(Name=path, Value=value, Type="SecureString")
    return chat
