"""One message of a web chat, end to end."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest

from sahut.domain.conversation import Owner
from sandbox.stack import Stack
from tests.e2e.questions import BALI, PAPUA, UNKNOWN_ID
from tests.e2e.support import Shop
from tests.e2e.webchat import Chat, Visitor


@pytest.fixture
def visitor(stack: Stack, shop: Shop) -> Visitor:
    """Somebody who opened the shop's web chat for the first time."""
    return Chat(stack, shop.tenant_id, shop.seeded.webchat_key).visitor()


def cited(reply: Mapping[str, object]) -> list[Mapping[str, object]]:
    citations = reply["citations"]
    assert isinstance(citations, list)
    return citations


def test_a_visitor_gets_a_cited_reply_by_the_long_poll(visitor: Visitor) -> None:
    written = visitor.writes(PAPUA.words)
    assert written.status == 202
    reply = visitor.hears()
    assert PAPUA.answer in str(reply["text"])
    assert "[1]" in str(reply["text"])
    assert [each["number"] for each in cited(reply)] == list(range(1, len(cited(reply)) + 1))
    assert cited(reply)[0]["title"] == "Pengiriman > Lama pengiriman"
    assert str(reply["text"]).startswith("Saya asisten otomatis Toko Melati")
    assert [each["from"] for each in visitor.rests()] == ["customer", "machine"]
    (turn,) = visitor.turns
    assert turn.state.value == "answered"


def test_the_same_client_message_id_is_the_same_message(visitor: Visitor) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: visitor.writes(PAPUA.words, "once"), range(4)))
    assert {answer.status for answer in answers} == {202}
    assert len({str(answer.body["message_id"]) for answer in answers}) == 1
    visitor.hears()
    assert visitor.writes(PAPUA.words, "once").status == 202
    assert [each["from"] for each in visitor.rests()] == ["customer", "machine"]
    assert len(visitor.turns) == 1


def test_an_open_question_and_its_reply_survive_a_new_poll(visitor: Visitor) -> None:
    visitor.writes(PAPUA.words)
    visitor.hears()
    visitor.writes(BALI.words)
    assert [each["from"] for each in visitor.rests()] == ["customer", "machine"] * 2
    again = visitor.polls(wait_s=0)
    assert (again.body["messages"], again.body["pending"]) == ([], False)


def test_without_evidence_the_visitor_reads_that_a_person_comes(visitor: Visitor) -> None:
    visitor.writes(UNKNOWN_ID)
    notice = visitor.hears("notice")
    assert "Saya tidak punya jawaban yang pasti" in str(notice["text"])
    assert [each["from"] for each in visitor.rests()] == ["customer", "notice"]
    assert visitor.polls().body["owner"] == "waiting"
    assert visitor.records.head(visitor.ref).owner is Owner.WAITING


def test_a_person_writes_into_the_web_chat(visitor: Visitor, shop: Shop) -> None:
    visitor.writes(PAPUA.words)
    visitor.hears()
    path = f"/v1/conversations/{visitor.ref.conversation_id}"
    assert shop.calls("POST", f"{path}/take-over").body["owner"] == "person"
    said = shop.calls("POST", f"{path}/messages", {"text": "Halo, saya Dewi."}, **{"Idempotency-Key": "1"})
    assert said.body["state"] == "sent"
    assert visitor.hears("person")["text"] == "Halo, saya Dewi."
    visitor.writes(BALI.words)
    assert [each["from"] for each in visitor.rests()] == ["customer", "machine", "person", "customer"]


@pytest.mark.parametrize("origin", ["https://elsewhere.example", ""])
def test_another_origin_gets_no_session(stack: Stack, shop: Shop, origin: str) -> None:
    refused = Chat(stack, shop.tenant_id, shop.seeded.webchat_key).opens(Origin=origin)
    assert refused.status == 403


def test_without_a_token_nothing_is_stored_or_read(visitor: Visitor) -> None:
    visitor.token = "not a token"
    assert visitor.writes(PAPUA.words).status == 401
    assert visitor.polls().status == 401


def test_a_visitor_of_one_shop_is_nobody_in_the_other(stack: Stack, shop: Shop, bank: Shop) -> None:
    """The token names its tenant; the bank's page can't be used with it, nor read by it."""
    visitor = Chat(stack, shop.tenant_id, shop.seeded.webchat_key).visitor()
    visitor.writes(PAPUA.words)
    visitor.hears()
    path = f"/v1/conversations/{visitor.ref.conversation_id}"
    assert bank.calls("GET", path).status == 404
    assert shop.calls("GET", path).status == 200
