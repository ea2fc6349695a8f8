"""Looks up an issue in a tenant's Jira: what it is about and how far it is. Changes nothing there.

The tenant's secret `tools/jira` is JSON: {"base_url": "https://jira.example", "user": "…", "token": "…"}.
"""

from __future__ import annotations

import base64
import re
import time
from typing import Annotated

from pydantic import BaseModel, Field, HttpUrl

from sahut.adapters.web.addresses import public_addresses, resolve
from sahut.adapters.web.exchange import Answer, Asked, Exchange
from sahut.domain.tenant import TenantId
from sahut.domain.web_sources import web_url
from sahut.runtime.bootstrap import composition
from sahut.runtime.model_config import ANY_ADDRESS
from sahut.tools import Call, NotPossible, tool

SECRET = "tools/jira"
_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,19}-\d{1,9}")
_FIELDS = "summary,status,updated,duedate"
_MAX_BYTES = 64 * 1024


class Access(BaseModel):
    base_url: HttpUrl
    user: str
    token: str


class _Named(BaseModel):
    name: str


class _Fields(BaseModel):
    summary: str
    status: _Named
    updated: str
    duedate: str | None = None


class _Issue(BaseModel):
    key: str
    fields: _Fields


class Issue(BaseModel):
    """Without people's names: a customer need not know who works on it."""

    key: str
    summary: str
    status: str
    updated: str
    due: str | None = None


@tool(name="jira_issue")
def jira_lookup(
    issue: Annotated[str, Field(description="The issue's key, such as SHOP-123.", max_length=30)], call: Call
) -> Issue:
    """Looks up one issue of the shop's Jira by its key: what it is about, its status and when it changed."""
    key = issue.upper()
    if not _KEY.fullmatch(key):
        raise NotPossible("This is no key of an issue.")
    answer = _fetched(key, call)
    if answer.status == 404:
        raise NotPossible(f"There is no issue {key}, or it may not be shown.")
    if answer.status != 200:
        raise RuntimeError(f"Jira answered with status {answer.status}")
    found = _Issue.model_validate_json(answer.body)
    said = found.fields
    return Issue(
        key=found.key, summary=said.summary, status=said.status.name, updated=said.updated, due=said.duedate
    )


def _fetched(key: str, call: Call) -> Answer:
    made = composition()
    access = Access.model_validate_json(made.secrets.of(TenantId(call.tenant_id), SECRET))
    url = web_url(f"{str(access.base_url).rstrip('/')}/rest/api/3/issue/{key}?fields={_FIELDS}")
    anywhere = made.settings.tool_addresses == ANY_ADDRESS
    addresses = resolve(url.host, url.port) if anywhere else public_addresses(url, resolve)
    credentials = base64.b64encode(f"{access.user}:{access.token}".encode()).decode()
    headers = {"Accept": "application/json", "Authorization": f"Basic {credentials}"}
    return Exchange().send(url, addresses, Asked("GET", headers), _MAX_BYTES, call.deadline - time.time())
