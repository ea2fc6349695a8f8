"""One WhatsApp message, end to end: what the customer reads, and what the turn's record says."""

import time
from dataclasses import dataclass

import pytest

from sahut.domain.conversation import Owner
from sandbox.graph_api import webhooks
from sandbox.tenants import load_tenants
from tests.e2e.questions import (
    BALI,
    CHAPS,
    PAPUA,
    PLUS,
    UNKNOWN_EN,
    UNKNOWN_ID,
    WISH_EN,
    WISH_ID,
    Question,
)
from tests.e2e.support import Customer, Shop, http, new_id, until


@dataclass(frozen=True)
class Talk:
    """A shop's question with the words around its answer."""

    tenant_id: str
    question: Question
    discloses: str
    sources: str


TALKS = (
    Talk("toko-melati", PAPUA, "Saya asisten otomatis Toko Melati", "Sumber: [1] Pengiriman"),
    Talk("northwind-bank", PLUS, "I'm the automated assistant of Northwind Bank", "Sources: [1] "),
)


def shop_of(tenant_id: str, *shops: Shop) -> Shop:
    return next(shop for shop in shops if shop.tenant_id == tenant_id)


def is_with_person(customer: Customer, reason: str) -> None:
    """A person has the conversation, with an open ticket that says why."""
    turn = customer.turns[-1]
    assert customer.outcomes[-1] == ("handed_over", reason)
    head = customer.head
    assert (head.owner, head.ticket_id) == (Owner.WAITING, turn.ref.turn_id)
    ticket = customer.shop.records.ticket(turn.ref)
    assert (ticket["state"], ticket["reason"]) == ("open", reason)


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.tenant_id)
def test_a_question_gets_a_cited_reply_in_its_language(shop: Shop, bank: Shop, talk: Talk) -> None:
    customer = shop_of(talk.tenant_id, shop, bank).customer()
    customer.says(talk.question.words)
    (reply,) = customer.rests()
    assert talk.question.answer in reply.text
    assert talk.sources in reply.text
    assert "[1]" in reply.text.split(talk.sources)[0]
    assert customer.outcomes == [("answered", "")]
    (turn,) = customer.turns
    ledger = customer.shop.records.ledger(turn.ref)
    assert (ledger["model"], ledger["verdict"]) == ("extractive", "safe")
    assert ledger["kb_version"]
    assert turn.answer_parts[0].provider_id == reply.message_id


@pytest.mark.parametrize("talk", TALKS, ids=lambda talk: talk.tenant_id)
def test_only_the_first_reply_of_a_session_says_that_a_machine_writes(
    shop: Shop, bank: Shop, talk: Talk
) -> None:
    customer = shop_of(talk.tenant_id, shop, bank).customer()
    customer.says(talk.question.words)
    (first,) = customer.reads(1)
    assert first.text.startswith(talk.discloses)
    customer.says(talk.question.words)
    _, second = customer.reads(2)
    assert talk.discloses not in second.text
    assert talk.question.answer in second.text


def test_an_english_question_to_the_indonesian_shop_is_answered(shop: Shop) -> None:
    customer = shop.customer()
    customer.says("Do you ship to Singapore?")
    (reply,) = customer.rests()
    assert "Singapore" in reply.text
    assert "Sources: [1]" in reply.text


@pytest.mark.parametrize(
    ("tenant_id", "words", "notice"),
    [
        ("toko-melati", UNKNOWN_ID, "Saya tidak punya jawaban yang pasti untuk itu"),
        ("toko-melati", UNKNOWN_EN, "I don't have a reliable answer to that"),
        ("northwind-bank", UNKNOWN_EN, "I don't have a reliable answer to that"),
    ],
)
def test_without_evidence_a_person_gets_it(
    shop: Shop, bank: Shop, tenant_id: str, words: str, notice: str
) -> None:
    customer = shop_of(tenant_id, shop, bank).customer()
    customer.says(words)
    (told,) = customer.rests()
    assert told.is_notice
    assert notice in told.text
    is_with_person(customer, "no_evidence")


def test_the_shops_question_is_never_answered_by_the_bank(bank: Shop) -> None:
    customer = bank.customer()
    customer.says(PAPUA.words)
    (told,) = customer.rests()
    assert told.is_notice
    assert "hari" not in told.text
    (turn,) = customer.turns
    assert turn.passages  # it did look, in its own documents
    (banks,) = (tenant for tenant in load_tenants() if tenant.tenant_id == bank.tenant_id)
    own = {path.name for path in banks.documents}
    assert {found.passage.document_id for found in turn.passages} <= own


@pytest.mark.parametrize(
    ("tenant_id", "words", "notice"),
    [
        ("toko-melati", WISH_ID, "Saya teruskan ke petugas kami"),
        ("northwind-bank", WISH_EN, "I'm passing you to a colleague"),
    ],
)
def test_whoever_asks_for_a_person_gets_one(
    shop: Shop, bank: Shop, tenant_id: str, words: str, notice: str
) -> None:
    customer = shop_of(tenant_id, shop, bank).customer()
    customer.says(words)
    (told,) = customer.rests()
    assert notice in told.text
    is_with_person(customer, "asked_for_person")


def test_a_picture_goes_to_a_person_who_finds_the_file(shop: Shop) -> None:
    file = b"\xff\xd8\xff not really a picture"
    uploaded = http("POST", f"{shop.meta}/phone/media", file, {"Content-Type": "image/jpeg"})
    customer = shop.customer()
    message = webhooks.image(customer.person, str(uploaded.body["id"]), message_id=new_id(), at=time.time())
    assert shop.receives(message) == 200
    (told,) = customer.rests()
    assert "Saya tidak dapat membaca berkas, gambar, atau pesan suara" in told.text
    is_with_person(customer, "media_unreadable")
    (line,) = [line for line in shop.records.lines(customer.ref) if line.author == "customer"]
    stored = shop.stack.client("s3").get_object(
        Bucket=shop.stack.outputs["DocumentsBucket"], Key=line.media["object_key"]
    )
    assert stored["Body"].read() == file
    assert line.media["object_key"].startswith("toko-melati/media/")


def test_a_customer_without_a_number_is_answered_by_their_user_id(shop: Shop) -> None:
    customer = shop.nameless()
    customer.says(PAPUA.words)
    (reply,) = customer.rests()
    assert (reply.to, reply.recipient) == ("", customer.person.user_id)
    assert PAPUA.answer in reply.text
    assert customer.outcomes == [("answered", "")]


def test_a_burst_of_fragments_gets_one_reply(shop: Shop) -> None:
    customer = shop.customer()
    for words in ("Halo kak", "mau tanya pengiriman", "berapa lama ke Papua?"):
        customer.says(words)
    (reply,) = customer.rests()
    assert PAPUA.answer in reply.text
    assert customer.outcomes == [("answered", "")]
    assert [message.provider_id for message in customer.turns[0].messages] == customer.said


def test_a_message_delivered_three_times_gets_one_reply(shop: Shop) -> None:
    customer = shop.customer()
    message = customer.text(PAPUA.words)
    assert [shop.receives(message) for _ in range(3)] == [200, 200, 200]
    (reply,) = customer.rests()
    assert PAPUA.answer in reply.text
    assert customer.outcomes == [("answered", "")]
    assert len(shop.records.lines(customer.ref)) == 2  # the question once, its answer once


def test_the_question_is_marked_as_read(bank: Shop) -> None:
    customer = bank.customer()
    customer.says(CHAPS.words)
    (reply,) = customer.rests()
    assert CHAPS.answer in reply.text

    until(lambda: customer.said[0] in http("GET", f"{bank.meta}/receipts").text, "the read receipt")


def test_a_follow_up_is_understood_from_what_was_asked_before(shop: Shop) -> None:
    """ "And to Papua?" says nothing by itself; the record shows what was looked for."""
    customer = shop.customer()
    customer.says(BALI.words)
    customer.rests()
    customer.says("kalau ke Papua?")
    *_, reply = customer.rests()
    assert PAPUA.answer in reply.text
    looked_for = shop.records.ledger(customer.turns[-1].ref)["query"]
    assert "pengiriman" in str(looked_for)
