"""The arithmetic of bench.answering and its tables, and the process that it talks to."""

import sys
from pathlib import Path

import pytest

from bench import answering_browser, answering_process
from bench.answering import measure
from bench.answering_faults import CHAPS, FAULTS
from bench.answering_faults import WORDS as SAID
from bench.answering_figures import (
    REGISTRY,
    ROUTER,
    VERDICT,
    AnsweringFigures,
    Call,
    Heard,
    Part,
    Seen,
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
from bench.answering_report import answering_tables, judge, quotient
from bench.settings import parse

WORDS = ("One. [1] Two. [2]", "Two. [2]")


def took(ms: float, cpu_ms: float = 1.0) -> Took:
    return Took(ms, cpu_ms)


def whole(ms: float) -> Call:
    return Call(took(ms), Seen.WHOLE)


def test_what_a_side_adds_is_told_call_by_call() -> None:
    """The machine is ten times slower for the last two calls, on both sides."""
    pairs = [(took(10, 4), took(12, 5)), (took(100), took(103)), (took(100), took(104))]
    found = added("Sahut", 200, pairs)
    assert found.added == Spread(3, 3.0, 4.0)
    assert (found.bare.p50, found.whole.p50, found.whole.p99) == (100.0, 103.0, 104.0)
    assert (found.bare_cpu.p99, found.cpu.p99) == (4.0, 5.0)


def test_parts_are_counted_where_they_happen_and_the_longest_is_first() -> None:
    found = parts([{"read": 1.0, "write": 5.0}, {"read": 3.0, "write": 6.0}, {"write": 7.0}])
    assert found == (Part("write", Spread(3, 6.0, 7.0)), Part("read", Spread(2, 1.0, 3.0)))


def test_a_sentence_is_finished_with_its_mark() -> None:
    pieces = [("One.", 1.0), (" [1]", 2.0), (" Two.", 3.0), (" [2]", 4.0)]
    assert moments(pieces, "One. [1]") == (2.0, 3.0)
    with pytest.raises(ValueError, match="were not said"):
        moments(pieces, "One. [1] Two. [2]")  # nothing after it
    with pytest.raises(ValueError, match="were not said"):
        moments(pieces, "Another. [1]")


def test_how_long_after_it_a_sentence_is_shown() -> None:
    found = first_sentence("to the push", 20, [Heard(1.0, 1.02, 1.05), Heard(2.0, 2.02, 2.07)])
    assert found.after_sentence == Spread(2, 50.0, 70.0)
    assert found.after_next == Spread(2, 30.0, 50.0)


@pytest.mark.parametrize(
    ("text", "error", "expected"),
    [
        ("One. [1]  Two.\n[2]", "", Seen.WHOLE),
        ("Two. [2]", "", Seen.WHOLE),
        ("One. [1]", "", Seen.NOT_WHOLE),
        ("One. [1] Two. [2] Two. [2]", "", Seen.NOT_WHOLE),
        ("", "", Seen.NOT_WHOLE),
        ("One. [1] Two. [2]", "Timeout", Seen.ERROR),
    ],
    ids=["blanks", "the other one", "cut", "glued", "nothing", "error"],
)
def test_what_the_caller_sees(text: str, error: str, expected: Seen) -> None:
    assert seen(text, error, WORDS) is expected


def test_a_fault_is_told_beside_the_same_sides_healthy_calls() -> None:
    calls = [whole(1_020.0), whole(23.0), Call(took(900), Seen.ERROR, "Timeout"), whole(22.0)]
    found = fault_figures("500", "Sahut", [whole(20.0)] * 3, calls)
    assert (found.first_ms, found.later_ms) == (1_000.0, 3.0)
    assert (found.calls, found.whole, found.not_whole, found.errors) == (4, 3, 0, {"Timeout": 1})


def test_a_side_that_was_never_well_is_not_measured() -> None:
    with pytest.raises(AssertionError, match="before any fault"):
        fault_figures("500", "Sahut", [whole(1), Call(took(1), Seen.NOT_WHOLE)], [whole(1), whole(1)])


@pytest.mark.parametrize(
    ("ours", "its", "said"),
    [(50.0, 200.0, "0.25 ×"), (0.2, 200.0, "≈ 0"), (-3.0, 200.0, "≈ 0"), (50.0, 0.4, "–"), (50.0, -9.0, "–")],
)
def test_noise_is_not_divided(ours: float, its: float, said: str) -> None:
    assert quotient(ours, its) == said


def figures(
    added_ms: float = 20.0, after_ms: float = 60.0, later_ms: float = 1.0, registry_ms: float = 27.0
) -> AnsweringFigures:
    healthy = [whole(10.0)]
    return AnsweringFigures(
        added=(
            added("Sahut", 0, [(took(10), took(10 + added_ms))]),
            added(REGISTRY, 0, [(took(10), took(10 + registry_ms))]),
            added("LiteLLM", 0, [(took(10), took(500))]),
        ),
        parts=(*parts([{"write the ledger": 5.0}]), Part(VERDICT, Spread(1, 2.0, 2.0), alone=True)),
        first_sentence=(first_sentence("to the push", 0, [Heard(1.0, 1.0, 1.0 + after_ms / 1000)]),),
        failover=(failover("connection refused", 1_000, 1_040.0, [(50.0, 50.0 + later_ms)]),),
        faults=(
            fault_figures("500", "Sahut", healthy, [whole(110), whole(12)]),
            fault_figures("500", "LiteLLM", healthy, [whole(210), Call(took(60), Seen.ERROR, "Timeout")]),
        ),
        others=0.4,
    )


def test_the_goals_of_the_issue_are_judged() -> None:
    def missed(found: AnsweringFigures) -> list[int]:
        return [n for n, goal in enumerate(judge(found)) if not goal.met]

    assert len(judge(figures())) == 5
    assert missed(figures()) == []
    assert missed(figures(registry_ms=29.0)) == [0], "29 ms, and 2 for the verdict"
    assert missed(figures(added_ms=31.0)) == [1]
    assert missed(figures(after_ms=81.0)) == [2]
    assert missed(figures(later_ms=6.0)) == [4]


def test_the_tables_set_the_sides_beside_each_other() -> None:
    said = answering_tables(figures())
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in said.splitlines()]
    assert ["500", "LiteLLM", "2", "1", "0", "1 Timeout", "200.0", "50.0", "0.50 ×", "0.04 ×"] in rows
    assert ["500", "Sahut", "2", "2", "0", "0", "100.0", "2.0", "", ""] in rows
    assert "40% of its cores" in said


def test_a_side_answers_line_by_line_and_says_why_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering_process, "WORK", tmp_path)
    program = (
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    call = json.loads(line)\n"
        "    if call['do'] == 'fail': sys.exit('no such thing')\n"
        "    print(json.dumps({'twice': 2 * call['n']}), flush=True)\n"
    )
    side = Side("twice", [sys.executable, "-c", program], {})
    try:
        assert side("double", n=4) == {"twice": 8}
        with pytest.raises(RuntimeError, match="no such thing"):
            side("fail")
    finally:
        side.stop()


def test_the_faults_are_those_that_the_issue_names() -> None:
    acted = {step.fault for step in FAULTS.values()}
    named = {"status", "slow_first_token_s", "stall_after_chunks", "cut_after_bytes", "refuse_connection"}
    assert named <= acted
    assert {step.status for step in FAULTS.values() if step.status} == {429, 500}
    assert len({*SAID.values()}) == 2, "who answered can be told"
    assert SAID["first"].startswith(f"{CHAPS} "), "a second sentence shows that the first is over"


def test_what_the_browser_waits_for_is_a_sentence_of_the_passages() -> None:
    basic, plus = "[1] Fees\nThe Basic Account is free.", "[2] Fees\nThe Plus Account costs £6 a month. So."
    prompt = f"=== passages ===\n{basic}\n\n{plus}\n"
    assert answering_browser.claim_of(prompt) == "The Plus Account costs £6 a month. [2]"
    with pytest.raises(ValueError, match="no passage"):
        answering_browser.claim_of("=== passages ===\n[1] Fees are low.\n")


def test_it_runs_by_name_only_and_with_a_browser_when_asked() -> None:
    assert "answering" not in parse([]).parts
    assert (parse(["answering"]).browser_turns, parse(["answering", "--quick"]).answering_turns) == (0, 200)
    assert parse(["answering", "--browser"]).browser_turns > 0


@pytest.mark.full
def test_both_sides_answer_whatever_the_first_model_does() -> None:
    """The bench itself, with as few calls as it takes: ours always has a whole answer."""
    found = measure(turns=3, fault_calls=2)
    assert [each.side for each in found.added[:3]] == ["Sahut", "Sahut, registry alone", ROUTER]
    ours = {each.fault: (each.whole, each.calls) for each in found.faults if each.side == "Sahut"}
    assert ours == dict.fromkeys(FAULTS, (2, 2))
    assert {each.side for each in found.faults} > {"Sahut", f"{ROUTER}, fallbacks"}
