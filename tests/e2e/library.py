"""A tenant of the test's own with an API key: its documents, versions and searches over HTTP."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.wire import Value, to_item
from sahut.domain.tenant import TenantId
from sandbox.stack import Stack
from tests.e2e.support import Answer, http, until

PATIENCE_S = 90.0


@dataclass(frozen=True)
class Library:
    """One knowledge base, `default`."""

    stack: Stack
    tenant_id: str
    api_key: str

    def call(self, method: str, path: str, body: object = None) -> Answer:
        headers = {"X-Api-Key": self.api_key, "Content-Type": "application/json"}
        raw = None if body is None else json.dumps(body).encode()
        url = f"{self.stack.endpoints.api_url}/v1/knowledge-bases/default{path}"
        return http(method, url, raw, headers)

    def add(self, name: str, text: str, **more: object) -> None:
        added = self.call("POST", "/documents", {"name": name, "text": text, **more})
        assert added.status == 202, added.text

    def document(self, name: str) -> dict[str, object]:
        answer = self.call("GET", f"/documents/{quote(name)}")
        return dict(answer.body) if answer.status == 200 else {"state": "gone"}

    def indexed(self, *names: str) -> None:
        """Returns when the live version has the documents as they are now, and no build runs."""
        until(lambda: all(self.document(name)["state"] == "indexed" for name in names), "indexed", PATIENCE_S)
        self.rests()

    def rests(self) -> None:
        def at_rest() -> bool:
            build = self.call("GET", "").body["build"]
            assert isinstance(build, dict)
            return not build["running"]

        until(at_rest, "no build runs", PATIENCE_S)

    def search(self, query: str, **more: object) -> Answer:
        return self.call("POST", "/search", {"query": query, **more})

    def says(self, query: str, **more: object) -> str:
        """The text of the best passage, '' when nothing is found."""
        passages = self.search(query, **more).body["passages"]
        assert isinstance(passages, list)
        return str(passages[0]["text"]) if passages else ""

    def versions(self) -> list[dict[str, object]]:
        found = self.call("GET", "/versions").body["versions"]
        assert isinstance(found, list)
        return found

    def activate(self, version: object, **more: object) -> Answer:
        return self.call("POST", f"/versions/{version}/activate", more)

    @contextmanager
    def asked_all_the_while(self, query: str, fine: tuple[str, ...]) -> Iterator[Gaps]:
        """Asks again and again; whatever is not one of the `fine` answers is a gap."""
        gaps = Gaps()
        over = threading.Event()

        def ask() -> None:
            while not over.is_set():
                answer = self.search(query, limit=1)
                gaps.asked += 1
                found = answer.body.get("passages") if answer.status == 200 else None
                said = str(found[0]["text"]) if isinstance(found, list) and found else answer.text
                if not any(each in said for each in fine):
                    gaps.found.append(f"{answer.status} {said}")
                time.sleep(0.05)

        asking = threading.Thread(target=ask)
        asking.start()
        try:
            yield gaps
        finally:
            over.set()
            asking.join()


@dataclass
class Gaps:
    asked: int = 0
    found: list[str] = field(default_factory=list)


def open_library(stack: Stack) -> Library:
    tenant = TenantId(f"kb-{uuid.uuid4().hex[:12]}")
    library = Library(stack, str(tenant), f"sk_{uuid.uuid4().hex}")
    dynamodb = stack.client("dynamodb")

    def put(key: keys.Key, item: dict[str, Value]) -> None:
        dynamodb.put_item(TableName=stack.outputs["RegistryTable"], Item=to_item({**key.as_item(), **item}))

    digest = hashlib.sha256(library.api_key.encode()).hexdigest()
    put(keys.profile(tenant), {"name": "Library", "default_language": "en"})
    put(keys.api_key_route(digest), {"tenant_id": str(tenant), "name": "test"})
    return library
