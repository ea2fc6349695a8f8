"""From figures to goals and tables."""

import dataclasses
import json
from pathlib import Path

import pytest

from bench.figures import (
    OURS,
    PEER,
    Artefact,
    ColdStart,
    DuplicateFigures,
    LoadFigures,
    Loop,
    LossFigures,
    Report,
    percentile,
)
from bench.goals import judge
from bench.profile import heaviest
from bench.report import BEGIN, END, markdown, write_between_markers, write_json
from bench.tables import table


def _load(side: str, loop: Loop, clients: int, **changed: float) -> LoadFigures:
    row = LoadFigures(
        side=side,
        loop=loop,
        clients=clients,
        model_delay_ms=0,
        messages=100,
        ack_p50_ms=100.0,
        ack_p99_ms=200.0,
        reply_p50_ms=180.0,
        reply_p99_ms=300.0,
        turns_per_s=20.0,
        turns_per_s_rounds=(20.0,),
        unanswered=0,
        refused=0,
        cited=1.0,
        cpu_ms_per_turn=40.0,
        rss_mb=300.0,
        pss_mb=280.0,
        processes=1,
        others=0.0,
    )
    return dataclasses.replace(row, **changed)  # type: ignore[arg-type]  # floats only


def _cold(function: str, sdk_in_init: bool, init: float, asking: float) -> ColdStart:
    return ColdStart(function, 200.0, 50.0, 3, sdk_in_init, init, 2.0, asking, "NotFound")


@pytest.fixture
def report() -> Report:
    return Report(
        load=[
            _load(PEER, Loop.META, 1),
            _load(PEER, Loop.META, 8),
            _load(PEER, Loop.ONE_AT_A_TIME, 1, reply_p50_ms=50.0),
            _load(OURS, Loop.META, 8, turns_per_s=60.0, ack_p50_ms=21.0),
            _load(OURS, Loop.PEERS_PACE, 1, reply_p50_ms=179.0),
            _load(OURS, Loop.ONE_AT_A_TIME, 1, reply_p50_ms=120.0),
        ],
        loss=[LossFigures(OURS, 100, 100, 0, 1, 30.0, "killed")],
        duplicates=[DuplicateFigures(OURS, 10, 30, 10, 1)],
        cold_starts=[
            _cold("gathering", True, 1.4, 9.0),
            _cold("routing", False, 0.9, 1.6),
            _cold("ingress", False, 9.0, 2.4),
        ],
        artefacts=[Artefact("retrieval", 160.0, 100.0, True), Artefact("generation", 31.0, 9.0, False)],
    )


def test_each_goal_is_met_missed_or_not_run(report: Report) -> None:
    assert [goal.met for goal in judge(report)] == [
        True,  # turns/s: exactly three times
        False,  # acknowledgement: 21 of 100
        True,  # latency at the peer's pace
        False,  # latency one at a time
        True,  # lost
        True,  # repeated
        True,  # gathering: the SDK in INIT, so INIT judges
        False,  # routing: it is put off, so the first call counts
        None,  # delivery did not run
        True,  # ingress
        False,  # generation is over 30 MB; retrieval may be
    ]


def test_a_run_with_unanswered_messages_meets_no_speed_goal(report: Report) -> None:
    report.load[3] = dataclasses.replace(report.load[3], unanswered=1)
    assert judge(report)[0].met is False
    assert "1 unanswered" in judge(report)[0].measured


def test_nothing_measured_is_nothing_judged() -> None:
    assert {goal.met for goal in judge(Report())} == {None}


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([], 0.5, 0.0), ([3.0], 0.99, 3.0), ([1.0, 2.0, 3.0], 0.5, 2.0), (list(range(1, 101)), 0.99, 99)],
)
def test_percentiles_are_values_that_were_seen(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


def test_a_table_is_aligned() -> None:
    assert table(("a", "bb"), [(1, "x"), (22, "y")]) == "| a  | bb |\n|----|----|\n| 1  | x  |\n| 22 | y  |"


def test_the_tables_name_both_sides_and_their_ratio(report: Report) -> None:
    text = markdown(report)
    assert "ours ÷ peer" in text
    assert "3 ×" in text
    assert text.count("MISSED") == 4
    assert "Runtime Interface Emulator" in text


def test_only_what_lies_between_the_markers_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    path.write_text(f"# Benchmarks\n\nBefore.\n\n{BEGIN}\nold\n{END}\n\nAfter.\n")
    write_between_markers(path, "new")
    assert path.read_text() == f"# Benchmarks\n\nBefore.\n\n{BEGIN}\n\nnew\n\n{END}\n\nAfter.\n"
    write_between_markers(path, "newer")
    assert path.read_text().count(BEGIN) == path.read_text().count("newer") == 1


def test_markers_are_made_where_they_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "benchmarks.md"
    write_between_markers(path, "first")
    assert path.read_text() == f"# Benchmarks\n\n{BEGIN}\n\nfirst\n\n{END}\n"


def test_the_json_holds_figures_and_goals(report: Report, tmp_path: Path) -> None:
    write_json(report, tmp_path / "deep" / "latest.json")
    document = json.loads((tmp_path / "deep" / "latest.json").read_text())
    assert document["load"][0]["side"] == PEER
    assert [goal["met"] for goal in document["goals"]].count(None) == 1


def test_samples_are_summed_by_function() -> None:
    stacks = ["main (a.py:1);work (a.py:7) 3", "main (a.py:2);work (a.py:9);copy (c.py:1) 1"]
    assert heaviest(stacks) == [
        "100.0%   0.0%  main (a.py)",
        "100.0%  75.0%  work (a.py)",
        " 25.0%  25.0%  copy (c.py)",
    ]
