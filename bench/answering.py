"""What the registry of models and the verdict cost a turn: `python -m bench answering`, some minutes.

A strict fake of OpenAI's API thinks and fails in this process. Our turns run in a second one, on an emulator
of their own, and LiteLLM's Router in a third, each beside the bare `openai` client of its own environment.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from bench import answering_browser
from bench.answering_faults import (
    CHAPS,
    CONNECT_S,
    FAULTS,
    FAULTS_OF_ONE_REPLY,
    FIRST,
    FIRST_TOKEN_S,
    REST_S,
    RETRIES,
    SECOND,
    TOTAL_S,
    WORDS,
    Mouth,
)
from bench.answering_figures import (
    REGISTRY,
    ROUTER,
    VERDICT,
    Added,
    AnsweringFigures,
    Call,
    Failover,
    FaultFigures,
    FirstSentence,
    Heard,
    Part,
    Spread,
    Took,
    added,
    failover,
    fault_figures,
    first_sentence,
    moments,
    parts,
    seen,
)
from bench.answering_process import Side
from bench.environment import ROOT, litellm_python
from bench.figures import OURS
from bench.processes import cpu_s, family, machine_busy_s
from sahut.domain.models import Candidate
from sandbox.cloud import start_emulator
from sandbox.deploy import aws_environment
from sandbox.model_api import KEY_NAME, ModelApi, Step, model_api
from sandbox.model_api import Scenario as Plan

Said = dict[str, Any]
_PEER_SCRIPT = ROOT / "bench" / "peers" / "litellm_router.py"
DELAYS_MS = (0, 200)
BETWEEN_MS = (0, 20)
# So high that the fuse looks at the day's spending, and never blows.
_LIMIT_USD = 1e6
WAYS = ("fallbacks", "order", "fallbacks, no stream")
# Calls before the first that counts.
_WARM = 5


class Bench:
    def __init__(self, api: ModelApi, mouth: Mouth, ours: Side, peer: Side) -> None:
        self._api, self._mouth, self._ours, self._peer = api, mouth, ours, peer
        self._tenants = 0
        self._candidates = {name: self._candidate(name) for name in (FIRST, SECOND)}

    def _candidate(self, name: str) -> Candidate:
        return replace(
            self._api.candidate(name),
            connect_timeout_s=CONNECT_S,
            first_token_timeout_s=FIRST_TOKEN_S,
            timeout_s=TOTAL_S,
            max_retries=RETRIES,
        )

    def _tenant(self, *names: str) -> str:
        """A new one, whose circuits nobody has opened."""
        self._tenants += 1
        tenant = f"bench{self._tenants}"
        listed = [asdict(self._candidates[name]) for name in names]
        self._ours(
            "tenant",
            tenant=tenant,
            candidates=listed,
            key_name=KEY_NAME,
            key=self._api.key,
            limit_usd=_LIMIT_USD,
        )
        return tenant

    def _turn(self, tenant: str, *, by: str = FIRST, listening: bool = False) -> Said:
        done = self._ours("turn", tenant=tenant, listening=listening)
        assert (done["safe"], done["model"]) == (True, by), done
        return done

    def _bare(self, side: Side, body: Mapping[str, object]) -> Took:
        base_url = self._candidates[str(body["model"])].base_url
        return _took(side("bare", base_url=base_url, key=self._api.key, body=body))

    # ── 1. what a turn adds ───────────────────────────────────────────────────────────────────────────
    def added(self, turns: int) -> tuple[tuple[Added, ...], tuple[Part, ...]]:
        """Parts: of the turns without a delay."""
        tenant = self._tenant(FIRST, SECOND)
        router = self._router(WAYS[0])
        self._turn(tenant)
        body = dict(self._api.asked[-1].body)
        found: list[Added] = []
        laps: list[Mapping[str, float]] = []
        for delay_ms in DELAYS_MS:
            self._mouth.delay_s = delay_ms / 1000
            done = [self._side_by_side(tenant, body, n) for n in range(turns + _WARM)][_WARM:]
            laps += [turn["laps"] for _, turn, _ in done if not delay_ms]
            found.append(added(OURS, delay_ms, [(bare, _took(turn)) for bare, turn, _ in done]))
            found.append(added(REGISTRY, delay_ms, [(bare, alone) for bare, _, alone in done]))
            found.append(added(ROUTER, delay_ms, self._router_pairs(router, body, turns)))
        self._mouth.delay_s = 0.0
        return tuple(found), (*parts(laps), *self._alone(tenant))

    def _side_by_side(self, tenant: str, body: Mapping[str, object], n: int) -> tuple[Took, Said, Took]:
        """The bare client, a turn, the registry alone; the bare one after the turn every other time."""
        bare = None if n % 2 else self._bare(self._ours, body)
        turn = self._turn(tenant)
        assert self._api.asked[-1].body == body, "the same bytes for both"
        bare = bare or self._bare(self._ours, body)
        return bare, turn, self._ask_ours(tenant).took

    def _router_pairs(self, router: str, body: Mapping[str, object], calls: int) -> list[tuple[Took, Took]]:
        pairs = []
        for _ in range(calls + _WARM):
            bare = self._bare(self._peer, body)
            pairs.append((bare, self._ask_router(router, WAYS[0], body).took))
            assert self._api.asked[-1].body == body, "the same bytes for both"
        return pairs[_WARM:]

    def _alone(self, tenant: str) -> Iterator[Part]:
        """What can't be told apart from outside while a turn runs."""
        verdicts = [self._ours("verdict", text=WORDS[FIRST]) for _ in range(100)]
        assert {each["verdict"] for each in verdicts} == {"safe"}
        yield Part(VERDICT, Spread.of([each["ms"] for each in verdicts]), alone=True)
        candidate = asdict(self._candidates[FIRST])
        circuits = [self._ours("circuit", tenant=tenant, candidate=candidate) for _ in range(100)]
        read, known = ([each[name] for each in circuits] for name in ("read_ms", "known_ms"))
        yield Part("the circuit, read from its store (once in 5 s)", Spread.of(read), alone=True)
        yield Part("the circuit, known", Spread.of(known), alone=True)

    # ── 2. the first checked sentence ─────────────────────────────────────────────────────────────────
    def first_sentence(self, turns: int) -> Iterator[FirstSentence]:
        tenant = self._tenant(FIRST)
        for between_ms in BETWEEN_MS:
            self._mouth.between_s = between_ms / 1000
            self._turn(tenant, listening=True)
            heard = []
            for _ in range(turns):
                shown_s = self._turn(tenant, listening=True)["heard"][0]
                pieces = [(each.text, each.at_s) for each in self._api.asked[-1].chunks]
                heard.append(Heard(*moments(pieces, CHAPS), shown_s))
            yield first_sentence("to the push", between_ms, heard)
        self._mouth.between_s = 0.0

    # ── 3. the first model is dead ────────────────────────────────────────────────────────────────────
    def failover(self, turns: int) -> Iterator[Failover]:
        healthy = self._tenant(SECOND)
        for fault in ("connection refused", "slow first word", "stalled stream"):
            dead = self._tenant(FIRST, SECOND)
            self._turn(dead)  # it was well before
            self._turn(healthy, by=SECOND)
            self._api.play(FAULTS[fault])
            first_ms = float(self._turn(dead, by=SECOND)["ms"])
            pairs = []
            for n in range(turns):
                pair = [dead, healthy] if n % 2 else [healthy, dead]
                took = {tenant: float(self._turn(tenant, by=SECOND)["ms"]) for tenant in pair}
                pairs.append((took[healthy], took[dead]))
            self._api.play(Plan())
            yield failover(fault, round(1000 * FIRST_TOKEN_S), first_ms, pairs)

    # ── 4. beside LiteLLM's Router ────────────────────────────────────────────────────────────────────
    def faults(self, calls: int) -> Iterator[FaultFigures]:
        """The sides one after the other, each with a registry of its own, nothing known of any fault."""
        tenant = self._tenant(FIRST)
        self._ours("write", tenant=tenant)
        body = dict(self._api.asked[-1].body)
        for fault, step in FAULTS.items():
            tenant = self._tenant(FIRST, SECOND)
            yield self._fault(fault, OURS, step, [tenant, "", body], calls)
            for way in WAYS:
                acts = FAULTS_OF_ONE_REPLY.get(fault) if way == WAYS[2] else step
                if acts:
                    yield self._fault(fault, f"{ROUTER}, {way}", acts, [self._router(way), way, body], calls)

    def _fault(self, fault: str, side: str, step: Step, whom: list[Any], calls: int) -> FaultFigures:
        self._api.play(Plan())
        name, way, body = whom

        def ask() -> Call:
            return self._ask_router(name, way, body) if way else self._ask_ours(name)

        healthy = [ask() for _ in range(6)][1:]
        self._api.play(step)
        found = fault_figures(fault, side, healthy, [ask() for _ in range(calls)])
        self._api.play(Plan())
        return found

    def _ask_ours(self, tenant: str) -> Call:
        return _call(self._ours("write", tenant=tenant))

    def _ask_router(self, router: str, way: str, body: Mapping[str, object]) -> Call:
        if way == WAYS[2]:
            body = {name: value for name, value in body.items() if not name.startswith("stream")}
        return _call(self._peer("ask", name=router, model="answer" if way == "order" else FIRST, body=body))

    def _router(self, way: str) -> str:
        """A new one, to which every model is well."""
        self._tenants += 1
        name = f"router{self._tenants}"
        limits = {
            "num_retries": RETRIES,
            "timeout": TOTAL_S,
            "stream_timeout": FIRST_TOKEN_S,
            "cooldown_time": REST_S,
            "allowed_fails": RETRIES,
        }
        models = [
            {"model": each.model, "base_url": each.base_url, "key": self._api.key}
            for each in self._candidates.values()
        ]
        self._peer("router", name=name, way=way, models=models, limits=limits)
        return name


def _call(done: Said) -> Call:
    what = seen(done["text"], done["error"], tuple(WORDS.values()))
    return Call(_took(done), what, done["error"])


def _took(done: Said) -> Took:
    return Took(done["ms"], done["cpu_ms"])


def measure(turns: int, fault_calls: int, browser_turns: int = 0) -> AnsweringFigures:
    """Everything, one after the other. browser_turns: 0 for no browser.

    Raises:
        subprocess.CalledProcessError: the peer's environment could not be made.
        RuntimeError: a side ended before its time.
    """
    python = litellm_python()
    with tempfile.TemporaryDirectory() as folder, _sides(python, Path(folder)) as bench:
        own, machine, began = _own_s(), machine_busy_s(), time.monotonic()
        _tell("a turn beside the bare client")
        beside, spent = bench.added(turns)
        _tell("the first sentence")
        sentences = tuple(bench.first_sentence(max(20, turns // 4)))
        _tell("a dead first model")
        dead = tuple(bench.failover(max(20, turns // 4)))
        _tell(f"faults, beside {ROUTER}")
        faults = tuple(bench.faults(fault_calls))
        cores = len(os.sched_getaffinity(0))
        busy_s = machine_busy_s() - machine - (_own_s() - own)
        others = max(0.0, busy_s / (time.monotonic() - began) / cores)
    shown, missing = _in_the_browser(browser_turns)
    return AnsweringFigures(beside, spent, (*sentences, *shown), dead, faults, others, missing)


def _in_the_browser(turns: int) -> tuple[tuple[FirstSentence, ...], tuple[str, ...]]:
    """What was measured, and what was not."""
    browser = answering_browser.find_browser()
    if not turns or not browser:
        return (), ("first sentence in Chromium" + ("" if browser or not turns else ": there is none"),)
    _tell("the first sentence in a browser, on the sandbox")
    return (answering_browser.in_the_browser(turns, browser),), ()


@contextmanager
def _sides(python: Path, folder: Path) -> Iterator[Bench]:
    """Started, with an empty cloud."""
    mouth = Mouth()
    with ExitStack() as undo:
        cloud = start_emulator(0, folder, auth=False)
        assert cloud.emulator
        undo.callback(cloud.emulator.stop)
        cloud.wait()
        api = undo.enter_context(model_api(mouth))
        environment = {
            **os.environ,
            **aws_environment(cloud.endpoint_url),
            "POWERTOOLS_METRICS_NAMESPACE": "b",
        }
        ours = Side("answering-ours", [sys.executable, "-m", "bench.answering_ours"], environment)
        undo.callback(ours.stop)
        command = [str(python), "-P", str(_PEER_SCRIPT)]
        peer = Side("answering-litellm", command, {"PATH": os.environ.get("PATH", "")})
        undo.callback(peer.stop)
        yield Bench(api, mouth, ours, peer)
    assert api.refused == [], "every request was one that the real API takes"


def _own_s() -> float:
    """Processor seconds of this bench, its children included."""
    return sum(map(cpu_s, family(os.getpid())))


def _tell(what: str) -> None:
    print(f"{what} …", flush=True)
