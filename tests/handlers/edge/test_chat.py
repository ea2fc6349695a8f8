"""The web chat's API: sessions, messages exactly once, the long poll, and visitors who never meet."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import jwt
import pytest

from sahut.adapters.dynamodb.table import Tables
from sahut.contracts.tasks import ConversationTask, GatherOutcome
from sahut.domain.conversation import Owner
from sahut.domain.errors import TryAgain
from sahut.domain.tenant import ConversationRef, TenantId
from sahut.runtime import bootstrap, compose
from sahut.runtime.visitor_tokens import RESUME_S, TOKEN_S
from sahut.stages.gather import gather
from sahut.stages.operate import take_over
from tests.handlers.edge.conftest import (
    BANK_CHAT,
    BANK_KEY,
    ORIGIN,
    SHOP_CHAT,
    SHOP_KEY,
    SIGNING_KEY,
    Edge,
)
from tests.handlers.steps import dispatch_jobs, give_up, items_of, operating, send, tell, write_answer

WORDS = "Berapa ongkos kirim ke Papua?"


def answer(edge: Edge, round_: int = 1) -> tuple[ConversationTask, str]:
    """What dispatch and its workflow do with the queued message."""
    job = dispatch_jobs(edge.world)[-1]
    ref = ConversationRef(TenantId(job["tenant_id"]), job["conversation_id"])
    task = edge.world.task(ref, job["message_id"])
    result = gather(task, compose.gather(edge.world.made))
    assert result.outcome is GatherOutcome.GATHERED
    write_answer(edge.world, task, result.turn_id, round_=round_)
    return task, result.turn_id


# ── sessions ──────────────────────────────────────────────────────────────────────────────────────
def test_a_session_is_a_short_lived_token_of_a_new_visitor(edge: Edge) -> None:
    first, second = edge.session(), edge.session()
    assert first.status == second.status == 201
    assert first.json["visitor_id"] != second.json["visitor_id"]
    assert first.json["expires_at"] == edge.world.now + TOKEN_S
    claims = jwt.decode(first.json["visitor_token"], options={"verify_signature": False})
    assert set(claims) == {"aud", "sub", "tenant", "key", "exp"}


def test_only_the_tenants_origins_and_backends_may_open_a_session(edge: Edge) -> None:
    def opened(key: str = SHOP_CHAT, **headers: str) -> int:
        reply = edge.call("POST", "/v1/chat/sessions", {"webchat_key": key}, headers)
        assert reply.status == 201 or reply.problem
        return reply.status

    assert opened(Origin=ORIGIN) == 201
    assert opened(Origin="https://evil.example") == 403
    assert opened(Origin=f"{ORIGIN}.evil.example") == 403
    assert opened(Origin="null") == 403
    assert opened() == 403
    assert opened(**{"X-Api-Key": SHOP_KEY}) == 201
    assert opened(**{"X-Api-Key": BANK_KEY}) == 403
    assert opened(**{"X-Api-Key": "guess"}) == 403
    assert opened("wc_nobody", Origin=ORIGIN) == 404


def test_an_earlier_token_goes_on_with_the_same_visitor(edge: Edge) -> None:
    first = edge.session().json
    edge.world.now -= TOKEN_S + 60  # long ago
    expired = edge.session().json
    edge.world.now += TOKEN_S + 60
    assert edge.session(earlier=first["visitor_token"]).json["visitor_id"] == first["visitor_id"]
    assert edge.session(earlier=expired["visitor_token"]).json["visitor_id"] == expired["visitor_id"]


def test_foreign_forged_and_ancient_tokens_start_anew(edge: Edge) -> None:
    bank = edge.session(BANK_CHAT).json
    edge.world.now -= RESUME_S + TOKEN_S + 60
    ancient = edge.session().json
    edge.world.now += RESUME_S + TOKEN_S + 60
    forged = jwt.encode(jwt.decode(bank["visitor_token"], options={"verify_signature": False}), "x" * 32)
    for token, known in ((bank["visitor_token"], bank), (ancient["visitor_token"], ancient), (forged, bank)):
        again = edge.session(earlier=token)
        assert (again.status, again.json["visitor_id"] == known["visitor_id"]) == (201, False)


def test_who_has_no_valid_token_gets_nothing(edge: Edge) -> None:
    token = edge.session().json["visitor_token"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    edge.world.now -= TOKEN_S + 1
    expired = edge.session().json["visitor_token"]
    edge.world.now += TOKEN_S + 1
    bad = [
        "",
        "Bearer",
        f"Basic {token}",
        f"Bearer {token}x",
        f"Bearer {expired}",
        f"Bearer {jwt.encode(claims, 'x' * 32)}",
        f"Bearer {jwt.encode(claims, '', 'none')}",
        f"Bearer {jwt.encode(claims | {'aud': 'other'}, SIGNING_KEY)}",
        f"Bearer {jwt.encode(claims | {'tenant': 'No Tenant'}, SIGNING_KEY)}",
        f"Bearer {jwt.encode({'aud': claims['aud'], 'exp': claims['exp']}, SIGNING_KEY)}",
    ]
    for header in bad:
        for reply in (edge.read({"Authorization": header}), edge.say({"Authorization": header}, "x", "1")):
            assert reply.status == 401, header
            assert token not in reply.body
            assert reply.problem
    assert edge.read({}).status == 401
    assert dispatch_jobs(edge.world) == []


# ── messages ──────────────────────────────────────────────────────────────────────────────────────
def test_a_message_is_taken_exactly_once_however_often_it_is_sent(edge: Edge) -> None:
    visitor = edge.visitor()
    replies = [edge.say(visitor, WORDS, "c-1") for _ in range(3)]
    assert [reply.status for reply in replies] == [202] * 3
    assert len({reply.body for reply in replies}) == 1
    seen = edge.read(visitor).json
    assert [(each["from"], each["text"], each["client_message_id"]) for each in seen["messages"]] == [
        ("customer", WORDS, "c-1")
    ]
    assert seen["pending"]
    assert {job["message_id"] for job in dispatch_jobs(edge.world)} == {replies[0].json["message_id"]}
    assert WORDS not in json.dumps(dispatch_jobs(edge.world))


def test_two_visitors_may_use_the_same_client_id(edge: Edge) -> None:
    first, second = edge.visitor(), edge.visitor()
    edge.say(first, "satu", "c-1")
    edge.say(second, "dua", "c-1")
    assert [edge.read(each).json["messages"][0]["text"] for each in (first, second)] == ["satu", "dua"]


def test_sending_again_what_could_not_be_stored(edge: Edge, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = edge.visitor()

    def throttled(*_: object) -> None:
        raise TryAgain("throttled")

    with monkeypatch.context() as broken:
        broken.setattr(Tables, "write", throttled)
        reply = edge.say(visitor, WORDS, "c-1")
    assert (reply.problem["status"], reply.headers["retry-after"]) == (503, "1")
    assert edge.say(visitor, WORDS, "c-1").status == 202
    assert len(edge.read(visitor).json["messages"]) == 1


def test_the_answer_arrives_with_its_cursor_and_then_nothing_is_pending(edge: Edge) -> None:
    visitor = edge.visitor()
    cursor = edge.say(visitor, WORDS, "c-1").json["cursor"]
    task, turn_id = answer(edge)
    assert edge.read(visitor, after=cursor).json == {
        "messages": [],
        "cursor": cursor,
        "owner": "machine",
        "pending": True,
    }
    send(edge.world, task, turn_id)
    news = edge.read(visitor, after=cursor).json
    assert [(each["from"], each["text"]) for each in news["messages"]] == [("machine", "part 1 of round 1")]
    assert (news["cursor"], news["pending"]) == (cursor + 1, False)
    assert edge.read(visitor, after=news["cursor"]).json["messages"] == []
    assert len(edge.read(visitor).json["messages"]) == 2
    assert edge.world.sender.sent == [], "the timeline is the channel"


def test_a_hand_over_is_told_and_a_person_is_heard(edge: Edge) -> None:
    visitor = edge.visitor()
    edge.say(visitor, WORDS, "c-1")
    task, turn_id = answer(edge)
    give_up(edge.world, task, turn_id)
    tell(edge.world, task, turn_id)
    take_over(task.conversation, "ana", operating(edge.world))
    path = f"/v1/conversations/{task.conversation_id}/messages"
    headers = {"X-Api-Key": SHOP_KEY, "Idempotency-Key": "k-1"}
    assert edge.call("POST", path, {"text": "Halo, saya Ana"}, headers).status == 200
    seen = edge.read(visitor).json
    assert [each["from"] for each in seen["messages"]] == ["customer", "notice", "person"]
    assert (seen["owner"], seen["pending"]) == ("person", False)


# ── long poll ─────────────────────────────────────────────────────────────────────────────────────
def test_a_long_poll_ends_as_soon_as_there_is_news_and_at_its_time(
    edge: Edge, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = edge.visitor()
    cursor = edge.say(visitor, WORDS, "c-1").json["cursor"]
    task, turn_id = answer(edge)
    started, naps = edge.world.now, [0]

    def nap(seconds: float) -> None:
        naps[0] += 1
        edge.world.now += seconds
        if naps[0] == 3:
            send(edge.world, task, turn_id)

    monkeypatch.setattr(compose, "time", SimpleNamespace(sleep=nap))
    bootstrap.needs_of.cache_clear()
    news = edge.read(visitor, after=cursor, wait=20).json
    assert [each["from"] for each in news["messages"]] == ["machine"]
    assert edge.world.now - started < 3
    started = edge.world.now
    assert edge.read(visitor, after=news["cursor"], wait=5).json["messages"] == []
    assert 5 <= edge.world.now - started < 6


def test_a_visitor_who_wrote_nothing_waits_for_nothing_but_may_ask(edge: Edge) -> None:
    empty = {"messages": [], "cursor": 0, "owner": "machine", "pending": False}
    assert edge.read(edge.visitor(), wait=2).json == empty


# ── isolation ─────────────────────────────────────────────────────────────────────────────────────
def test_visitors_see_their_own_words_only(edge: Edge) -> None:
    shop, other, bank = edge.visitor(), edge.visitor(), edge.visitor(BANK_CHAT)
    edge.say(shop, "rahasia", "c-1")
    for stranger in (other, bank):
        assert edge.read(stranger).json["messages"] == []
    edge.say(bank, "hello", "c-1")
    tenants = {item["pk"].split("#")[1] for item in items_of("conversations")}
    assert tenants == {"shop", "bank"}
    assert [each["text"] for each in edge.read(bank).json["messages"]] == ["hello"]


def test_a_visitors_id_on_another_channel_is_somebody_else(edge: Edge) -> None:
    visitor = edge.session().json
    edge.say({"Authorization": f"Bearer {visitor['visitor_token']}"}, "rahasia", "c-1")
    find = edge.world.made.inbox.find
    name = f"user:{visitor['visitor_id']}"
    assert find(TenantId("shop"), SHOP_CHAT, name) is not None
    assert find(TenantId("shop"), "another chat", name) is None
    assert find(TenantId("bank"), SHOP_CHAT, name) is None
    assert edge.world.made.inbox.list(TenantId("shop"), Owner.MACHINE, 9)[0].tenant == TenantId("shop")
