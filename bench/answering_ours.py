"""Our side of bench.answering, and the bare `openai` client beside it, in a process of their own.

`python -m bench.answering_ours` with AWS_ENDPOINT_URL set: a line of JSON in is one call, a line out is what
it came to. The stages, clients and stores are the product's, composed as a function composes them.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import openai

from sahut.adapters.dynamodb import keys
from sahut.adapters.dynamodb.circuits import Circuits
from sahut.adapters.dynamodb.table import Write
from sahut.contracts.tasks import ConversationTask, TurnTask
from sahut.domain.answer import FoundPassage, Passage
from sahut.domain.message import Channel, Contact, InboundMessage, MessageKind
from sahut.domain.models import Candidate, Models, Provider, Scenario
from sahut.domain.tenant import TenantId, TurnRef
from sahut.domain.verdict import verdict_on
from sahut.runtime import compose
from sahut.runtime.bootstrap import Composition
from sahut.runtime.settings import Settings
from sahut.stages.gather import gather
from sahut.stages.generate import Generating, generate
from sahut.stages.prompting import AnswerRequest
from sahut.stages.replies import answer_of
from sahut.stages.write_answer import write_answer

if TYPE_CHECKING:
    from sahut.domain.conversation import Conversation
    from sahut.ports.conversations import Line, Scalar

TABLES = ("conversations", "logs", "registry", "once")
SECRETS = "/sahut/bench"
QUESTION = "What does a CHAPS payment cost, and a letter of reference?"
PASSAGES = tuple(
    FoundPassage(Passage(f"d#{n}", "fees.md", "Fees", text, heading=heading, language="en"), 0.9, 0.9, 5.0)
    for n, (heading, text) in enumerate(
        (
            ("Payments", "A CHAPS payment costs £20. It arrives the same day."),
            ("Letters", "A letter of reference costs £12."),
            ("Cards", "Replacing a card is free."),
        )
    )
)
_SITE = "wc_bench"
Said = dict[str, Any]


@dataclass
class Laps:
    """Milliseconds by what they were spent on, of the turn that runs."""

    ms: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def lap(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.ms[name] = self.ms.get(name, 0.0) + 1000 * (time.perf_counter() - started)

    def watch(self, watched: object, names: Mapping[str, str]) -> Any:
        """The same object to its users; calls of these methods are timed under these names."""
        return _Watched(watched, names, self)


class _Watched:
    def __init__(self, watched: object, names: Mapping[str, str], laps: Laps) -> None:
        self._watched, self._names, self._laps = watched, names, laps

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._watched, attribute)
        name = self._names.get(attribute)
        return found if name is None else timed(found, name, self._laps)


def timed(call: Callable[..., Any], name: str, laps: Laps) -> Callable[..., Any]:
    def calling(*given: Any, **named: Any) -> Any:
        with laps.lap(name):
            return call(*given, **named)

    return calling


class Ears:
    """In place of the browsers: when each part reached the push, on the clock of the fake model."""

    def __init__(self) -> None:
        self.at_s: list[float] = []

    def message(self, head: Conversation, line: Line, pending: bool) -> None:
        self.at_s.append(time.perf_counter())

    def owner(self, head: Conversation) -> None: ...


class Ours:
    """One warm environment of the writing function. Tenants come with `tenant`."""

    def __init__(self) -> None:
        self.made = Composition(
            Settings(**{f"{name}_table": name for name in TABLES}, secrets_prefix=SECRETS)  # type: ignore[arg-type]  # all of them are texts
        )
        self.laps = Laps()
        self.ears = Ears()
        self.needs = self._watched(compose.generate(self.made))
        self._count = 0
        self._bare: dict[str, openai.OpenAI] = {}

    def _watched(self, needs: Generating) -> Generating:
        watch, booking = self.laps.watch, needs.booking
        turns = watch(
            needs.turns,
            {"both": "read the turn", "last_lines": "read the talk", "record_answer": "write the ledger"},
        )
        return replace(
            needs,
            turns=turns,
            writing=replace(
                needs.writing, models_of=timed(needs.writing.models_of, "registry and fuse", self.laps)
            ),
            releasing=replace(needs.releasing, live=self.ears),
            booking=replace(
                booking,
                book=watch(booking.book, {"add": "book the cost"}),
                booked=timed(booking.booked, "read the fuse anew", self.laps),
            ),
        )

    def tenant(self, tenant: str, candidates: list[Said], key_name: str, key: str, limit_usd: float) -> Said:
        """A new tenant with its profile, key and registry of models."""
        owner = TenantId(tenant)
        profile = {"name": "Northwind", "default_language": "en"}
        self.made.tables.write(Write("registry", keys.profile(owner), put=dict(profile)))
        parameter = f"{SECRETS}/tenants/{tenant}/{key_name}"
        self.made.client("ssm").put_parameter(Name=parameter, Value=key, Type="SecureString")
        models = Models({Scenario.ANSWER: tuple(map(candidate_of, candidates))}, daily_limit_usd=limit_usd)
        self.made.model_registry.put(owner, models, 0, "bench", time.time())
        return {}

    def turn(self, tenant: str, *, listening: bool = False) -> Said:
        """Writes, judges and stores the answer of one turn, which is ready for it.

        listening: somebody has the web chat open, so that the answer goes out while it is written.
        """
        task = self._ready(TenantId(tenant))
        needs = replace(self.needs, listening=lambda head: listening)
        self.laps.ms.clear()
        self.ears.at_s.clear()
        began = _now()
        result = generate(task, needs)
        told = {**_since(began), "safe": result.safe, "model": result.model}
        return {**told, "laps": dict(self.laps.ms), "heard": list(self.ears.at_s)}

    def _ready(self, tenant: TenantId) -> TurnTask:
        """A visitor's first question, gathered, routed and searched for: not part of what is timed."""
        self._count += 1
        made, now = self.made, time.time()
        message = InboundMessage(
            f"m{self._count}", MessageKind.TEXT, Contact(user_id=f"v{self._count}"), now, QUESTION
        )
        stored = made.inbound.store(tenant, Channel.WEBCHAT, _SITE, message, now)
        epoch = made.turns.next_epoch(stored.conversation).epoch
        task = ConversationTask(
            tenant_id=str(tenant),
            conversation_id=stored.conversation.conversation_id,
            message_id=message.provider_id,
            epoch=epoch,
            deadline=now + 90,
        )
        turn_id = gather(task, replace(compose.gather(made), sleep=lambda seconds: None)).turn_id
        ledger: dict[str, Scalar] = {"lane": "answer", "language": "en", "evidence_score": 0.9}
        made.turns.record_passages(TurnRef(task.conversation, turn_id), epoch, PASSAGES, ledger)
        return TurnTask(**task.model_dump(), turn_id=turn_id)

    def write(self, tenant: str) -> Said:
        """Only writes: registry, fuse, circuits and clients, which is what a router does."""
        request = AnswerRequest(QUESTION, "en", PASSAGES, (), "Northwind", time.time() + 90)
        began = _now()
        written = write_answer(TenantId(tenant), request, self.needs.writing)
        took = _since(began)
        answer = written.answer
        tried = [f"{each.candidate}: {each.outcome.value} {each.error}".strip() for each in written.attempts]
        return {**took, "text": answer.text if answer else "", "error": "" if answer else "; ".join(tried)}

    def bare(self, base_url: str, key: str, body: Said) -> Said:
        """The same body by the vendor's client, with nothing around it."""
        if base_url not in self._bare:
            self._bare[base_url] = openai.OpenAI(base_url=base_url, api_key=key, max_retries=0)
        client: Any = self._bare[base_url]
        began = _now()
        said = ""
        for chunk in client.chat.completions.create(**body):
            said += (chunk.choices[0].delta.content or "") if chunk.choices else ""
        if not said:
            raise AssertionError("the model said nothing")
        return _since(began)

    def verdict(self, text: str) -> Said:
        """The verdict on this answer, alone."""
        request = AnswerRequest(QUESTION, "en", PASSAGES, (), "Northwind", time.time() + 90)
        answer = answer_of(text, request, "first")
        started = time.perf_counter()
        judgement = verdict_on(answer, PASSAGES, QUESTION, 0.9, threshold=0.0)
        return {"ms": 1000 * (time.perf_counter() - started), "verdict": judgement.verdict.value}

    def circuit(self, tenant: str, candidate: Said) -> Said:
        """A healthy circuit around no call: when its state is read from the store, and while it is known."""
        circuits = Circuits(lambda: self.made.dynamodb, "once", lambda tenant, name, state: None)
        owner, guarded, taken = TenantId(tenant), candidate_of(candidate), []
        for _ in range(2):
            started = time.perf_counter()
            circuits(owner, guarded, lambda: None)
            taken.append(1000 * (time.perf_counter() - started))
        return {"read_ms": taken[0], "known_ms": taken[1]}


def _now() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def _since(began: tuple[float, float]) -> Said:
    """Milliseconds of the clock, and of the processor in all threads of this process."""
    now = _now()
    return {"ms": 1000 * (now[0] - began[0]), "cpu_ms": 1000 * (now[1] - began[1])}


def candidate_of(values: Said) -> Candidate:
    """As `dataclasses.asdict` wrote it."""
    return Candidate(
        **{**values, "provider": Provider(values["provider"]), "languages": tuple(values["languages"])}
    )


def lay_out(client: Any) -> None:
    """Tables as far as answering needs them; the stores know them by pk and sk."""
    for name in TABLES:
        client.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        )


def main() -> int:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the product logs is not a reply
    ours = Ours()
    lay_out(ours.made.dynamodb)
    for line in sys.stdin:
        call: Said = json.loads(line)
        done = getattr(ours, call.pop("do"))(**call)
        print(json.dumps(done), file=replies, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
