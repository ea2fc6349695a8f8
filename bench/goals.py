"""What issue 2 asks for, judged on the figures of one run."""

from dataclasses import dataclass

from bench.figures import OURS, PEER, LoadFigures, Loop, Report

_COLD_START_LIMITS = {"gathering": 1.5, "routing": 1.5, "delivery": 1.5, "ingress": 2.5}
_ARTEFACT_LIMIT_MB = 30.0


@dataclass(frozen=True, slots=True)
class Goal:
    """met is None when a figure is missing."""

    text: str
    measured: str
    met: bool | None


def judge(report: Report) -> list[Goal]:
    return [*_speed(report), *_reliability(report), *_weight(report)]


def ratio(ours: float, peers: float) -> float:
    return round(ours / peers, 2) if peers else 0.0


def _speed(report: Report) -> list[Goal]:
    """The issue's reference figures come from the loop "as Meta posts", so that loop judges.

    Latency at one client is judged at equal arrivals: in that loop a server that acknowledges
    faster gets more work, and would be punished for it.
    """
    meta = _pair(report, Loop.META, 8)
    slow = _pair(report, Loop.ONE_AT_A_TIME, 1)
    paced = (report.of(OURS, Loop.PEERS_PACE, 1), report.of(PEER, Loop.META, 1))
    return [
        _compare("turns/s at 8 clients ≥ 3 × the peer's", meta, "turns_per_s", 3.0, at_least=True),
        _compare("acknowledgement p50 at 8 clients ≤ 1/5 of the peer's", meta, "ack_p50_ms", 0.2),
        _compare("added latency at one client ≤ the peer's, same arrivals", paced, "reply_p50_ms", 1.0),
        _compare("the same, one at a time (stricter than asked)", slow, "reply_p50_ms", 1.0),
    ]


def _pair(report: Report, loop: Loop, clients: int) -> tuple[LoadFigures | None, LoadFigures | None]:
    return report.of(OURS, loop, clients), report.of(PEER, loop, clients)


def _compare(
    text: str,
    pair: tuple[LoadFigures | None, LoadFigures | None],
    field: str,
    limit: float,
    at_least: bool = False,
) -> Goal:
    """limit: the allowed ratio of ours to the peer's."""
    ours, peers = pair
    if ours is None or peers is None:
        return Goal(text, "not run", None)
    mine, its = float(getattr(ours, field)), float(getattr(peers, field))
    seen = ratio(mine, its)
    valid = ours.unanswered == 0 and ours.refused == 0
    met = valid and (mine >= limit * its if at_least else mine <= limit * its)
    note = "" if valid else f"; {ours.unanswered} unanswered, {ours.refused} refused"
    return Goal(text, f"{mine:g} against {its:g} ({seen:g} ×){note}", met)


def _reliability(report: Report) -> list[Goal]:
    lost = next((f for f in report.loss if f.side == OURS), None)
    repeated = next((f for f in report.duplicates if f.side == OURS), None)
    return [
        Goal(
            "0 acknowledged messages lost when all workers are killed",
            f"{lost.lost} of {lost.acknowledged}" if lost else "not run",
            lost.lost == 0 if lost else None,
        ),
        Goal(
            "1 reply to a message delivered three times",
            f"{repeated.replies} replies to {repeated.messages} messages" if repeated else "not run",
            repeated.replies == repeated.messages and repeated.most == 1 if repeated else None,
        ),
    ]


def _weight(report: Report) -> list[Goal]:
    """A function that puts the SDK off to its first call is judged with that call.

    INIT alone would flatter it: the bare handler pays for it there.
    """
    goals = []
    for name, limit in _COLD_START_LIMITS.items():
        start = next((c for c in report.cold_starts if c.function == name), None)
        text = f"cold start of {name} ≤ {limit:g} × the bare handler"
        if start is None:
            goals.append(Goal(text, "not run", None))
            continue
        judged = start.ratio_init if start.loads_sdk_in_init else start.ratio_total_asking
        more = f"INIT alone {start.ratio_init:g}, with its first call {start.ratio_total:g}"
        goals.append(Goal(text, f"{judged:g} × ({more})", judged <= limit))
    heavy = [a for a in report.artefacts if a.unzipped_mb > _ARTEFACT_LIMIT_MB and not a.embedder]
    named = ", ".join(f"{a.function} {a.unzipped_mb:g} MB" for a in heavy) or "none is"
    goals.append(
        Goal(
            "no function over 30 MB unzipped, except with the embedder",
            named if report.artefacts else "not run",
            not heavy if report.artefacts else None,
        )
    )
    return goals
