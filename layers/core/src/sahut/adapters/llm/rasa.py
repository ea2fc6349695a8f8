"""Rasa NLU: `POST {base_url}/model/parse`.

Its key is either the token of `--auth-token`, which Rasa wants in the query, or a JWT for `--jwt-secret`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from sahut.adapters.channels.graph_http import Budget, Http, HttpCall, HttpReply
from sahut.adapters.llm.budgets import budget_s, within
from sahut.domain.errors import NotFound, TryAgain, Uncertain
from sahut.domain.model_faults import EndpointFailed, EndpointRefused, Fault
from sahut.domain.models import Candidate
from sahut.ports.intents import Entity, Intent

# 409: no model is loaded yet.
_PASSING_STATUS = {408, 409, 425}
_FINAL_STATUS = {401: Fault.UNAUTHORISED, 403: Fault.UNAUTHORISED, 413: Fault.TOO_LONG}


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class _Intent(_Lenient):
    name: str | None = None
    confidence: FiniteFloat = Field(default=0.0, ge=0)


class _Entity(_Lenient):
    """value: a number or a group for some extractors. confidence_entity: not of all of them."""

    entity: str
    value: object = ""
    confidence_entity: FiniteFloat = 1.0


class _Parsed(_Lenient):
    intent: _Intent
    entities: list[_Entity] = Field(default_factory=list)


class RasaIntents:
    """A ports.intents.IntentModel. api_key, clock: as for OpenAICompatible."""

    def __init__(self, candidate: Candidate, api_key: Callable[[], str], clock: Callable[[], float]) -> None:
        self._candidate = candidate
        self._api_key = api_key
        self._clock = clock
        self._http = Http()

    def parse(self, text: str, deadline: float) -> Intent:
        """See the port."""
        seconds = budget_s(self._candidate, deadline, self._clock())
        budget = Budget(seconds, connect_s=self._candidate.connect_timeout_s)
        call = self._call(text)
        reply = within(seconds, self._candidate.name, lambda: self._exchange(call, budget))
        if reply.status != 200:
            raise self._of_status(reply.status)
        return self._read(reply.body)

    def _call(self, text: str) -> HttpCall:
        key = self._key()
        url = f"{self._candidate.base_url.rstrip('/')}/model/parse"
        headers = {"Content-Type": "application/json", "User-Agent": "sahut"}
        if key.count(".") == 2:
            headers["Authorization"] = f"Bearer {key}"
        elif key:
            url += f"?token={quote(key, safe='')}"
        return HttpCall("POST", url, headers, json.dumps({"text": text}).encode())

    def _key(self) -> str:
        try:
            return self._api_key()
        except NotFound:
            raise EndpointRefused(self._candidate.name, Fault.NO_KEY) from None

    def _exchange(self, call: HttpCall, budget: Budget) -> HttpReply:
        """Asking twice does no harm, so a call that broke off is as good as one that never began."""
        try:
            return self._http.exchange(call, budget)
        except (TryAgain, Uncertain):
            fault = Fault.TIMEOUT if budget.left() <= 0 else Fault.UNREACHABLE
            raise EndpointFailed(self._candidate.name, fault) from None

    def _of_status(self, status: int) -> EndpointFailed | EndpointRefused:
        if status == 429:
            return EndpointFailed(self._candidate.name, Fault.THROTTLED)
        if status >= 500 or status in _PASSING_STATUS:
            return EndpointFailed(self._candidate.name, Fault.SERVER_ERROR)
        return EndpointRefused(self._candidate.name, _FINAL_STATUS.get(status, Fault.BAD_REQUEST))

    def _read(self, body: bytes) -> Intent:
        try:
            parsed = _Parsed.model_validate_json(body)
        except ValidationError:
            raise EndpointFailed(self._candidate.name, Fault.UNREADABLE) from None
        entities = (Entity(each.entity, str(each.value), each.confidence_entity) for each in parsed.entities)
        return Intent(parsed.intent.name or "", parsed.intent.confidence, tuple(entities))
