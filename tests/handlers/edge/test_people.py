"""The API of people and backends: who has a conversation, what they say in it, and whose it is."""

from __future__ import annotations

import pytest

from sahut.contracts.tasks import DeliverOutcome
from sahut.domain.conversation import Owner
from sahut.domain.errors import ChannelRefused, TryAgain, Uncertain
from sahut.domain.tenant import ConversationRef, TenantId
from sahut.domain.turn import TurnState
from sahut.ports.conversations import Stored
from tests.handlers.conftest import SHOP
from tests.handlers.edge.conftest import BANK_KEY, SHOP_KEY, Edge, Reply
from tests.handlers.steps import dispatch_jobs, items_of, lines, send, written

WORDS = "Halo, saya Ana. Saya bantu ya."


def path_of(stored: Stored, action: str = "") -> str:
    return f"/v1/conversations/{stored.conversation.conversation_id}{action}"


def call(
    edge: Edge, method: str, path: str, body: object = None, key: str = SHOP_KEY, **headers: str
) -> Reply:
    return edge.call(method, path, body, {"X-Api-Key": key} | headers)


def write(
    edge: Edge, stored: Stored, text: str = WORDS, request_id: str = "r-1", key: str = SHOP_KEY
) -> Reply:
    more = {"Idempotency-Key": request_id}
    return call(edge, "POST", path_of(stored, "/messages"), {"text": text}, key, **more)


def take(edge: Edge, stored: Stored) -> Reply:
    return call(edge, "POST", path_of(stored, "/take-over"), {"by": "ana"})


# ── take-over and release ─────────────────────────────────────────────────────────────────────────
def test_a_person_takes_over_speaks_and_gives_back(edge: Edge) -> None:
    stored = edge.world.write("halo")
    taken = take(edge, stored).json
    assert (taken["owner"], taken["in_flight"], taken["window_open"]) == ("person", 0, True)
    assert write(edge, stored).json["state"] == "sent"
    [request] = edge.world.sender.sent
    assert (request.text, request.contact.phone) == (WORDS, "6281")
    assert call(edge, "POST", path_of(stored, "/release")).json["owner"] == "machine"
    head = edge.world.head(stored.conversation)
    assert head.watermark == head.line_seq == 2
    assert [line.author for line in lines(edge.world, stored.conversation)] == ["customer", "person"]
    events = {(item["event"], item["by"]) for item in items_of("logs")}
    assert events == {("conversation.owner.person", "ana"), ("conversation.owner.machine", "ci")}


def test_after_the_200_of_a_take_over_nothing_of_the_machines_goes_out(edge: Edge) -> None:
    stored, task, turn_id = written(edge.world)
    assert take(edge, stored).status == 200
    assert send(edge.world, task, turn_id) is DeliverOutcome.LEFT_TO_PERSON
    assert edge.world.sender.sent == []


def test_a_take_over_waits_for_a_part_in_flight_until_it_landed(edge: Edge) -> None:
    """The call that was under way is over before the person is told that it is theirs."""
    world = edge.world
    stored, task, turn_id = written(world)
    seen: list[tuple[int, float]] = []

    def taken_meanwhile() -> None:
        world.made.ownership.take_over(stored.conversation, world.now, "ana")
        view = call(edge, "GET", path_of(stored)).json
        seen.append((view["in_flight"], world.now))

    world.sender.before = taken_meanwhile
    assert send(world, task, turn_id) is DeliverOutcome.ANSWERED
    assert seen[0][0] == 1, "the console shows it in flight"
    started = world.now
    assert take(edge, stored).json["in_flight"] == 0
    assert world.now == started


def test_a_take_over_of_a_part_that_never_landed_waits_no_longer_than_its_call_can_live(edge: Edge) -> None:
    world = edge.world
    stored, task, turn_id = written(world)
    world.sender.answers = [Uncertain("time-out")]
    send(world, task, turn_id)
    started = world.now
    assert take(edge, stored).json["in_flight"] == 0
    longest = world.made.settings.http_timeout_s + 1
    assert longest <= world.now - started < longest + 0.3


# ── a person's words ──────────────────────────────────────────────────────────────────────────────
def test_the_same_request_is_the_same_message(edge: Edge) -> None:
    stored = edge.world.write("halo")
    take(edge, stored)
    replies = [write(edge, stored, text) for text in (WORDS, WORDS, "other words")]
    assert len({reply.body for reply in replies}) == 1
    assert [request.text for request in edge.world.sender.sent] == [WORDS]
    assert write(edge, stored, WORDS, "r-2").status == 200
    assert len(edge.world.sender.sent) == 2


def test_long_words_go_out_in_parts(edge: Edge) -> None:
    stored = edge.world.write("halo")
    take(edge, stored)
    text = ("kalimat panjang. " * 240).strip()
    assert len(text) < 4096
    assert write(edge, stored, text + "🙏" * 10).json["state"] == "sent"
    assert "".join(request.text for request in edge.world.sender.sent).count("kalimat") == 240


def test_words_need_a_conversation_that_is_a_persons(edge: Edge) -> None:
    stored = edge.world.write("halo")
    before = len(items_of("conversations"))
    refused = write(edge, stored)
    assert (refused.status, edge.world.sender.sent) == (409, [])
    assert "take it over" in refused.problem["detail"]
    nowhere = Stored(ConversationRef(SHOP, "nowhere"), "", 0, 0, False)
    assert write(edge, nowhere).problem["status"] == 404
    assert len(items_of("conversations")) == before, "nothing is stored for what can't be said"
    take(edge, stored)
    assert write(edge, stored).status == 200


ANSWERS: list[tuple[Exception, int, int]] = [
    # what the channel says, the status of the request, and of its repetition
    (ChannelRefused(131026, "not on WhatsApp"), 502, 502),
    (ChannelRefused(0, "HTTP 400 without a code"), 502, 502),
    (ChannelRefused(130429, "rate"), 503, 200),
    (TryAgain("not begun"), 503, 200),
    (Uncertain("time-out"), 200, 200),
]


@pytest.mark.parametrize(("answer", "first", "second"), ANSWERS, ids=lambda value: str(value)[:30])
def test_the_channels_answer_is_told_and_uncertain_words_are_never_repeated(
    edge: Edge, answer: Exception, first: int, second: int
) -> None:
    stored = edge.world.write("halo")
    take(edge, stored)
    edge.world.sender.answers = [answer]
    reply = write(edge, stored)
    assert reply.status == first
    if isinstance(answer, Uncertain):
        assert reply.json["state"] == "unknown"
        assert write(edge, stored).json["state"] == "unknown"
        assert edge.world.sender.sent == []
    else:
        assert reply.problem
        assert write(edge, stored).status == second
        assert len(edge.world.sender.sent) == (1 if second == 200 else 0)


def test_a_persons_words_start_no_turn_and_end_none(edge: Edge) -> None:
    stored, task, turn_id = written(edge.world)
    take(edge, stored)
    said = write(edge, stored).json["message_id"]
    turn = edge.world.turn(stored.conversation, said)
    assert (turn.state, turn.messages) == (TurnState.ANSWERED, ())
    assert edge.world.head(stored.conversation).open_turn_id == turn_id
    assert send(edge.world, task, turn_id) is DeliverOutcome.LEFT_TO_PERSON
    assert dispatch_jobs(edge.world) == []


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────
def test_conversations_are_listed_by_who_has_them_the_latest_first(edge: Edge) -> None:
    first = edge.world.write("satu", "wamid.1", phone="6281")
    edge.world.now += 1
    second = edge.world.write("dua", "wamid.2", phone="6282")
    take(edge, second)

    def listed(owner: str) -> list[str]:
        reply = edge.call("GET", "/v1/conversations", None, {"X-Api-Key": SHOP_KEY}, {"owner": owner})
        return [each["conversation_id"] for each in reply.json["conversations"]]

    assert listed("machine") == [first.conversation.conversation_id]
    assert listed("person") == [second.conversation.conversation_id]
    assert listed("waiting") == []
    detail = call(edge, "GET", path_of(second)).json
    assert [each["text"] for each in detail["messages"]] == ["dua"]


# ── isolation ─────────────────────────────────────────────────────────────────────────────────────
def test_a_key_of_another_tenant_sees_and_changes_nothing(edge: Edge) -> None:
    stored = edge.world.write("rahasia dapur")
    take(edge, stored)
    before = items_of("conversations")
    attempts = [
        call(edge, "GET", path_of(stored), key=BANK_KEY),
        call(edge, "POST", path_of(stored, "/take-over"), key=BANK_KEY),
        call(edge, "POST", path_of(stored, "/release"), key=BANK_KEY),
        write(edge, stored, key=BANK_KEY),
    ]
    for reply in attempts:
        assert reply.status == 404
        assert "rahasia" not in reply.body
        assert reply.problem["title"] == "Not found"
    for owner in Owner:
        reply = edge.call("GET", "/v1/conversations", None, {"X-Api-Key": BANK_KEY}, {"owner": owner.value})
        assert reply.json == {"conversations": []}
    assert items_of("conversations") == before
    assert edge.world.sender.sent == []


def test_no_id_escapes_its_tenant(edge: Edge) -> None:
    edge.world.write("rahasia dapur")
    head = next(item for item in items_of("conversations") if item["sk"] == "HEAD")
    conversation_id = head["pk"].split("#")[-1]
    for trick in (
        f"x#../T#shop#C#{conversation_id}",
        f"%23T%23shop%23C%23{conversation_id}",
        "HEAD",
        "..",
        "*",
    ):
        assert call(edge, "GET", f"/v1/conversations/{trick}", key=BANK_KEY).status in (404, 422), trick
    assert str(TenantId("bank")) == "bank"


def test_who_has_no_valid_key_gets_nothing(edge: Edge) -> None:
    stored = edge.world.write("halo")
    actions = [
        ("GET", "/v1/conversations"),
        ("GET", path_of(stored)),
        ("POST", path_of(stored, "/take-over")),
        ("POST", path_of(stored, "/release")),
        ("POST", path_of(stored, "/messages")),
    ]
    for method, path in actions:
        for headers in (
            {},
            {"X-Api-Key": "guess"},
            {"X-Api-Key": ""},
            {"Authorization": f"Bearer {SHOP_KEY}"},
        ):
            reply = edge.call(method, path, {"text": "x"}, {**headers, "Idempotency-Key": "r"})
            assert reply.problem["status"] == 401, (method, path, headers)
    assert edge.world.head(stored.conversation).owner is Owner.MACHINE
