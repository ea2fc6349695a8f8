"""What to do next with a written answer: every branch of the one decision, as a table."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest

from sahut.domain.conversation import WINDOW_S, Conversation, Owner
from sahut.domain.delivery import Step, next_step
from sahut.domain.message import Channel, Contact, MessageKind
from sahut.domain.tenant import ConversationRef, TenantId, TurnRef
from sahut.domain.turn import (
    MAX_SUPERSEDES,
    SUPERSEDE_WITHIN_S,
    ClaimedMessage,
    Part,
    PartState,
    Turn,
    TurnState,
    answer_part_id,
)

NOW = 1_800_000_000.0
REF = ConversationRef(TenantId("shop"), "c1")
HEAD = Conversation(
    REF, Channel.WHATSAPP, "100", Contact(phone="6281"), inbound_seq=1, open_turn_live=1, last_customer_at=NOW
)
READY, SENDING, SENT = PartState.READY, PartState.SENDING, PartState.SENT
UNSURE, REFUSED = PartState.UNCERTAIN, PartState.REFUSED
LATE = NOW - SUPERSEDE_WITHIN_S - 1


def turn_of(*states: PartState, round_: int = 1, **fields: Any) -> Turn:
    parts = {
        answer_part_id(round_, n): Part(answer_part_id(round_, n), "x", state, order=n)
        for n, state in enumerate(states, start=1)
    }
    return Turn(
        ref=TurnRef(REF, "t1"),
        state=fields.pop("state", TurnState.OPEN),
        epoch=1,
        messages=(ClaimedMessage(1, "wamid.1", MessageKind.TEXT, "halo"),),
        seen_seq=1,
        first_claimed_at=fields.pop("first_claimed_at", NOW),
        round=round_,
        parts=parts,
        **fields,
    )


# (why, head, turn, step, number of the part, must nothing newer come, is it the last part)
CASES: list[tuple[str, dict[str, Any], Turn, Step, int, bool, bool]] = [
    ("one part", {}, turn_of(READY), Step.SEND, 1, True, True),
    ("first of two", {}, turn_of(READY, READY), Step.SEND, 1, True, False),
    ("second of two", {}, turn_of(SENT, READY), Step.SEND, 2, False, True),
    ("all sent", {}, turn_of(SENT, SENT), Step.FINISH, 0, False, False),
    ("broken off", {}, turn_of(SENT, streaming=True), Step.BROKEN_OFF, 0, False, False),
    (
        "broken off, a person has it",
        {"owner": Owner.PERSON},
        turn_of(SENT, streaming=True),
        Step.BROKEN_OFF,
        0,
        False,
        False,
    ),
    ("no answer yet", {}, turn_of(), Step.NEWER, 0, False, False),
    ("an answer of an older round", {}, replace(turn_of(READY), round=2), Step.NEWER, 0, False, False),
    # what was begun is settled first, whoever has the conversation and whatever else came
    ("begun", {}, turn_of(SENDING, READY), Step.SETTLE, 1, False, False),
    ("uncertain", {}, turn_of(SENT, UNSURE), Step.SETTLE, 2, False, False),
    ("begun, a person has it", {"owner": Owner.PERSON}, turn_of(SENDING), Step.SETTLE, 1, False, False),
    ("begun, newer came", {"inbound_seq": 2}, turn_of(SENDING), Step.SETTLE, 1, False, False),
    ("begun, window closed", {"last_customer_at": 0.0}, turn_of(SENDING), Step.SETTLE, 1, False, False),
    ("refused", {}, turn_of(REFUSED, READY), Step.REFUSED, 1, False, False),
    ("refused later", {}, turn_of(SENT, REFUSED), Step.REFUSED, 2, False, False),
    ("begun before refused", {}, turn_of(SENDING, REFUSED), Step.SETTLE, 1, False, False),
    # ownership
    ("a person has it", {"owner": Owner.PERSON}, turn_of(READY), Step.PERSON, 0, False, False),
    ("one is awaited", {"owner": Owner.WAITING}, turn_of(READY), Step.PERSON, 0, False, False),
    ("taken over between parts", {"owner": Owner.PERSON}, turn_of(SENT, READY), Step.PERSON, 0, False, False),
    ("complete anyway", {"owner": Owner.PERSON}, turn_of(SENT), Step.FINISH, 0, False, False),
    ("given back", {"watermark": 1}, turn_of(READY), Step.PERSON, 0, False, False),
    ("given back earlier", {"watermark": 0}, turn_of(READY), Step.SEND, 1, True, True),
    # newer messages
    ("newer came", {"inbound_seq": 2}, turn_of(READY), Step.NEWER, 0, False, False),
    ("newer came, twice before", {"inbound_seq": 2}, turn_of(READY, round_=2), Step.NEWER, 0, False, False),
    ("too often", {"inbound_seq": 2}, turn_of(READY, round_=3), Step.SEND, 1, False, True),
    ("too late", {"inbound_seq": 2}, turn_of(READY, first_claimed_at=LATE), Step.SEND, 1, False, True),
    ("between parts", {"inbound_seq": 2}, turn_of(SENT, READY), Step.SEND, 2, False, True),
    # revoked
    ("all revoked", {"open_turn_live": 0}, turn_of(READY), Step.NEWER, 0, False, False),
    ("too late, all revoked", {"open_turn_live": 0}, turn_of(READY, round_=3), Step.NEWER, 0, False, False),
    ("revoked between parts", {"open_turn_live": 0}, turn_of(SENT, READY), Step.SEND, 2, False, True),
    # the window
    ("closed", {"last_customer_at": NOW - WINDOW_S}, turn_of(READY), Step.WINDOW_CLOSED, 0, False, False),
    (
        "web chat has none",
        {"channel": Channel.WEBCHAT, "last_customer_at": 0.0},
        turn_of(READY),
        Step.SEND,
        1,
        True,
        True,
    ),
]


@pytest.mark.parametrize(
    ("head", "turn", "step", "part", "guarded", "last"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_next_step(
    head: dict[str, Any], turn: Turn, step: Step, part: int, guarded: bool, last: bool
) -> None:
    found = next_step(replace(HEAD, **head), turn, NOW)
    assert found.step is step
    assert (found.part.order if found.part else 0) == part
    assert (found.seen_seq is not None, found.last) == (guarded, last)


@pytest.mark.parametrize("state", list(TurnState))
def test_only_an_open_turn_is_answered(state: TurnState) -> None:
    expected = {TurnState.OPEN: Step.SEND, TurnState.SETTLING: Step.SETTLE}.get(state, Step.ENDED)
    assert next_step(HEAD, turn_of(READY, state=state), NOW).step is expected


def test_every_step_has_a_case() -> None:
    assert {case[3] for case in CASES} | {Step.ENDED} == set(Step)


def test_no_part_is_chosen_twice_and_none_out_of_order() -> None:
    """Whatever states the parts are in: SEND names the first part that is ready, and only that."""
    for states in itertools.product(PartState, repeat=3):
        found = next_step(HEAD, turn_of(*states), NOW)
        begun = {SENDING, UNSURE} & set(states)
        assert (found.step is Step.SETTLE) == bool(begun and not _refused_before_begun(states)), states
        if found.step is Step.SEND:
            assert found.part is not None
            assert found.part.state is READY
            assert found.part.order == states.index(READY) + 1


def _refused_before_begun(states: tuple[PartState, ...]) -> bool:
    first = next(state for state in states if state in (SENDING, UNSURE, REFUSED))
    return first is REFUSED


@pytest.mark.parametrize(
    ("round_", "after_s", "may"),
    [
        (1, 0, True),
        (MAX_SUPERSEDES, SUPERSEDE_WITHIN_S, True),
        (MAX_SUPERSEDES + 1, 0, False),
        (1, SUPERSEDE_WITHIN_S + 0.1, False),
    ],
)
def test_a_turn_starts_over_twice_and_within_twenty_seconds(round_: int, after_s: float, may: bool) -> None:
    assert turn_of(READY, round_=round_).may_supersede(NOW + after_s) is may
    assert (MAX_SUPERSEDES, SUPERSEDE_WITHIN_S) == (2, 20.0)
