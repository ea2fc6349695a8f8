"""`sahut replay`: recorded turns with another model, prompt or knowledge version: what would change?"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from sahut.domain.tenant import TenantId

if TYPE_CHECKING:
    from sahut.domain.models import Models
    from sahut.runtime.bootstrap import Composition
    from sahut.runtime.cli import Commands
    from sahut.stages.replay import Replayed, Replaying

_AGO = re.compile(r"(\d{1,4})([hd])")
_SECONDS = {"h": 3_600, "d": 86_400}
_SHOWN = 70


def register(commands: Commands) -> None:
    """Adds the command."""
    replay = commands.add_parser(
        "replay", help="recorded turns again, with another model, prompt or version: what would change?"
    )
    replay.add_argument("--tenant", required=True)
    replay.add_argument("--since", required=True, help="2026-11-20, 2026-11-20T08:00Z, 36h or 7d ago")
    replay.add_argument("--model", help="name of the candidate that answers, of the tenant's registry")
    replay.add_argument("--kb", help="knowledge version whose passages to take (default: the recorded ones)")
    replay.add_argument("--prompts", type=Path, help="folder of prompts that replace ours (answer.md …)")
    replay.add_argument("--limit", type=int, default=200, help="turns at most (default: 200)")
    replay.add_argument("--out", type=Path, help="file for the whole report, as JSON")
    replay.add_argument(
        "--gate",
        type=float,
        metavar="SHARE",
        help="exit with 1 when more than this share of the answered turns would no longer be answered",
    )
    replay.set_defaults(run=_run)


def since(text: str, now: float) -> float:
    """A moment as people write it, in seconds since the epoch; without a zone it is UTC.

    Raises:
        ValueError: it is none.
    """
    if ago := _AGO.fullmatch(text):
        return now - int(ago[1]) * _SECONDS[ago[2]]
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _run(made: Composition, asked: argparse.Namespace) -> int:
    from sahut.stages.prompts import use_folder
    from sahut.stages.replay import replay

    try:
        tenant, at = TenantId(asked.tenant), since(asked.since, made.clock())
    except ValueError as error:
        raise SystemExit(f"sahut: {error}") from None
    if asked.prompts:
        use_folder(asked.prompts)
    needs = _needs(made, tenant, asked)
    profile = made.registry.profile(tenant)
    done: list[Replayed] = []
    for recorded in islice(made.recorded_turns.since(tenant, at), asked.limit):
        done.append(replay(recorded, profile, needs))
        _show(done[-1])
    if not done:
        print("no turns since then")
        return 0
    _sum_up(done)
    if asked.out:
        asked.out.write_text(json.dumps(report_of(done), indent=2, ensure_ascii=False) + "\n")
    return 1 if asked.gate is not None and lost_share(done) > asked.gate else 0


def _needs(made: Composition, tenant: TenantId, asked: argparse.Namespace) -> Replaying:
    from sahut.domain.knowledge import KnowledgeRef
    from sahut.runtime.models import ModelClients
    from sahut.stages.replay import Replaying
    from sahut.stages.write_answer import Writing

    clients = ModelClients(made)
    models = _models(made.registry.models(tenant), asked.model)
    knows = made.knowledge
    version = knows.versions.version(KnowledgeRef(tenant), asked.kb) if asked.kb else None
    return Replaying(
        turns=made.turns,
        writing=Writing(lambda _: models, clients.chat, clients.trying),
        clock=made.clock,
        version=version,
        open=knows.shelf.open,
        query_vector=knows.vectors,
    )


def _models(models: Models, name: str | None) -> Models:
    """The registry, with one candidate for answers if it is named."""
    from sahut.domain.models import Scenario

    if name is None:
        return models
    chosen = tuple(each for each in models.of(Scenario.ANSWER) if each.name == name)
    if not chosen:
        known = ", ".join(each.name for each in models.of(Scenario.ANSWER))
        raise SystemExit(f"sahut: no candidate for answers is named {name!r}; there are {known}")
    return replace(models, scenarios={**models.scenarios, Scenario.ANSWER: chosen})


def _show(done: Replayed) -> None:
    before, now = done.recorded.seen, done.now
    if not done.changes:
        return
    question = " ".join(done.recorded.turn.question.split())[:_SHOWN]
    print(f"{done.recorded.turn.ref.turn_id}  {question}")
    print(f"  was  {before.outcome} {before.reason} {' '.join(before.text.split())[:_SHOWN]}".rstrip())
    print(f"  now  {now.outcome} {now.reason} {' '.join(now.text.split())[:_SHOWN]}".rstrip())
    if before.documents != now.documents:
        print(f"  cites {', '.join(before.documents) or '-'} -> {', '.join(now.documents) or '-'}")


def lost_share(done: Sequence[Replayed]) -> float:
    """Of the turns that were answered, how many would go to a person now; 0.0 when none was answered."""
    answered = [each for each in done if each.recorded.seen.outcome == "answered"]
    lost = [each for each in answered if each.now.outcome == "handed_over"]
    return len(lost) / len(answered) if answered else 0.0


def report_of(done: Sequence[Replayed]) -> dict[str, object]:
    """The report: a summary, and every turn with both outcomes."""
    return {
        "turns": len(done),
        "changed": sum(bool(each.changes) for each in done),
        "outcomes": {
            "was": Counter(each.recorded.seen.outcome for each in done),
            "now": Counter(each.now.outcome for each in done),
        },
        "lost_share": lost_share(done),
        "price_usd": {
            "was": sum(each.recorded.seen.price_usd for each in done),
            "now": sum(each.now.price_usd for each in done),
        },
        "details": [
            {
                "conversation": each.recorded.turn.ref.conversation.conversation_id,
                "turn": each.recorded.turn.ref.turn_id,
                "question": each.recorded.turn.question,
                "changes": each.changes,
                "was": asdict(each.recorded.seen),
                "now": asdict(each.now),
            }
            for each in done
        ],
    }


def _sum_up(done: Sequence[Replayed]) -> None:
    report = report_of(done)
    print(f"\n{report['turns']} turns, {report['changed']} would change", file=sys.stdout)
    for when in ("was", "now"):
        seen = [each.recorded.seen if when == "was" else each.now for each in done]
        outcomes = ", ".join(f"{count} {name}" for name, count in Counter(s.outcome for s in seen).items())
        print(f"  {when}  {outcomes}; ${sum(s.price_usd for s in seen):.4f}")
