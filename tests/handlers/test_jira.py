"""The Jira plug-in against a strict fake of Jira's REST API, with the tenant's secret from SSM."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest

from sahut.plugins.jira import jira_lookup
from sahut.ports.web import PageRefused
from sahut.tools.testing import call
from tests.handlers.conftest import World

ISSUE = {
    "id": "10001",
    "key": "SHOP-123",
    "fields": {
        "summary": "Parcel arrived wet",
        "status": {"name": "In Progress", "id": "3"},
        "updated": "2026-05-28T09:30:00.000+0700",
        "duedate": None,
    },
}


@contextmanager
def jira() -> Iterator[str]:
    """Knows one issue and one user, and refuses every request that Jira Cloud would."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            found = re.fullmatch(r"/rest/api/3/issue/([A-Z]+-\d+)", asked.path)
            right = base64.b64encode(b"bot@shop.example:t0ken").decode()
            if self.headers.get("Authorization") != f"Basic {right}":
                return self._answer(401, {"message": "Unauthorized"})
            if not found or parse_qs(asked.query) != {"fields": ["summary,status,updated,duedate"]}:
                return self._answer(400, {"errorMessages": ["bad request"]})
            if found[1] != ISSUE["key"]:
                return self._answer(404, {"errorMessages": ["Issue does not exist"], "errors": {}})
            return self._answer(200, ISSUE)

        def _answer(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()


@pytest.fixture
def base_url(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr("sahut.plugins.jira.composition", lambda: world.made)
    world.made.settings = replace(world.made.settings, tool_addresses="any")
    with jira() as url:
        know(url)
        yield url


def know(url: str, token: str = "t0ken") -> None:
    access = {"base_url": url, "user": "bot@shop.example", "token": token}
    boto3.client("ssm").put_parameter(
        Name="/sahut/test/tenants/shop/tools/jira",
        Value=json.dumps(access),
        Type="SecureString",
        Overwrite=True,
    )


def test_an_issue_is_found_by_its_key(base_url: str) -> None:
    reply = call(jira_lookup, tenant_id="shop", issue="shop-123")
    assert reply.result == {
        "key": "SHOP-123",
        "summary": "Parcel arrived wet",
        "status": "In Progress",
        "updated": "2026-05-28T09:30:00.000+0700",
        "due": None,
    }


@pytest.mark.parametrize("key", ["SHOP-9", "../admin", "SHOP-1/../2"])
def test_what_is_not_there_is_a_certain_no(base_url: str, key: str) -> None:
    assert call(jira_lookup, tenant_id="shop", issue=key).ok is False


def test_a_wrong_token_is_a_failure_and_no_answer(base_url: str, world: World) -> None:
    know(base_url, "wrong")
    with pytest.raises(RuntimeError, match="401"):
        call(jira_lookup, tenant_id="shop", issue="SHOP-123")


def test_it_does_not_reach_into_private_networks(base_url: str, world: World) -> None:
    world.made.settings = replace(world.made.settings, tool_addresses="public")
    with pytest.raises(PageRefused):
        call(jira_lookup, tenant_id="shop", issue="SHOP-123")


def test_a_tenant_without_a_secret_has_no_jira(base_url: str) -> None:
    with pytest.raises(Exception, match="tenants/bank/tools/jira"):
        call(jira_lookup, tenant_id="bank", issue="SHOP-123")
