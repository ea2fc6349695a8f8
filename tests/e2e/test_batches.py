"""Webhooks as Meta posts them: many things at once, some of them odd. None takes its siblings along."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from sahut.domain.conversation import Owner
from sahut.domain.message import MessageKind
from sandbox.graph_api import webhooks
from sandbox.graph_api.webhooks import Business, Item
from sandbox.stack import Stack
from tests.e2e.questions import BALI, CHAPS, PAPUA, PLUS, RETURNS, UNKNOWN_EN
from tests.e2e.support import Answer, Customer, Shop, http, new_id


@dataclass
class Crowd:
    """Customers of both shops, by what they do."""

    asks: Customer
    nameless: Customer
    edits: Customer
    takes_back: Customer
    sends_place: Customer
    hides: Customer
    doubles: Customer
    staffs: Customer
    banks: Customer
    banks_unknown: Customer

    def shops(self, now: float) -> list[Item]:
        """Everything that Meta tells about the shop's number."""
        edited, taken_back = self.edits.text(PAPUA.words), self.takes_back.text(PAPUA.words)
        double = self.doubles.text(RETURNS.words)
        person, later = self.asks.person, now + 1
        place = {"latitude": -7.8, "longitude": 110.4}
        return [
            self.asks.text(PAPUA.words),
            self.nameless.text(BALI.words),
            edited,
            webhooks.edit(self.edits.person, id_of(edited), BALI.words, message_id=new_id(), at=later),
            taken_back,
            webhooks.revoke(self.takes_back.person, id_of(taken_back), message_id=new_id(), at=later),
            webhooks.message(self.sends_place.person, "location", place, message_id=new_id(), at=now),
            webhooks.unsupported(self.hides.person, message_id=new_id(), at=now),
            double,
            double,
            webhooks.reaction(person, new_id(), "👍", message_id=new_id(), at=now),
            webhooks.message(person, "hologram", {"depth": 3}, message_id=new_id(), at=now),
            webhooks.status(new_id(), "delivered", person, at=now),
            webhooks.status(new_id(), "failed", person, at=now, error_code=131026),
            webhooks.text(person, "a message without an id", message_id="", at=now),
            webhooks.echo(
                self.asks.shop.business, self.staffs.person, "Kami kirim", message_id=new_id(), at=now
            ),
            webhooks.account("phone_number_quality_update", {"event": "FLAGGED"}),
            webhooks.failure(131000, "Something went wrong"),
        ]


def id_of(item: Item) -> str:
    return str(item.content["id"])


@pytest.fixture(scope="module")
def crowd(stack: Stack) -> Crowd:
    """After all of them were in one webhook that was answered with 200."""
    shop, bank = Shop(stack, "toko-melati"), Shop(stack, "northwind-bank")
    crowd = Crowd(
        asks=shop.customer(),
        nameless=shop.nameless(),
        edits=shop.customer(),
        takes_back=shop.customer(),
        sends_place=shop.customer(),
        hides=shop.customer(),
        doubles=shop.customer(),
        staffs=shop.customer(),
        banks=bank.customer(),
        banks_unknown=bank.customer(),
    )
    banks = (crowd.banks.text(PLUS.words), crowd.banks_unknown.text(UNKNOWN_EN))
    envelopes = (
        webhooks.batch(shop.business, *crowd.shops(time.time())),
        webhooks.batch(bank.business, *banks),
        webhooks.batch(Business("999999999999999"), shop.customer().text("Halo")),
    )
    assert shop.receives_raw(webhooks.encode(webhooks.join(*envelopes))) == 200
    return crowd


ANSWERED, UNREADABLE = [("answered", "")], [("handed_over", "media_unreadable")]


@pytest.mark.parametrize(
    ("who", "outcomes", "reads"),
    [
        ("nameless", ANSWERED, [BALI.answer]),
        ("doubles", ANSWERED, [RETURNS.answer]),
        ("edits", ANSWERED, [BALI.answer]),
        ("takes_back", [], []),
        ("sends_place", UNREADABLE, ["tidak dapat membaca"]),
        ("hides", UNREADABLE, ["tidak dapat membaca"]),
        ("asks", UNREADABLE, ["tidak dapat membaca"]),  # a question and a thing that nobody can read
        ("staffs", [], []),
        ("banks", ANSWERED, [PLUS.answer]),
        ("banks_unknown", [("handed_over", "no_evidence")], ["I don't have a reliable answer"]),
    ],
)
def test_twenty_one_things_in_one_webhook(
    crowd: Crowd, who: str, outcomes: list[tuple[str, str]], reads: list[str]
) -> None:
    customer: Customer = getattr(crowd, who)
    received = customer.rests()
    assert customer.outcomes == outcomes
    assert [words in sent.text for words, sent in zip(reads, received, strict=True)] == [True] * len(reads)


def test_everything_of_the_webhook_was_stored(crowd: Crowd, shop: Shop) -> None:
    crowd.asks.rests()
    kinds = [line.kind for line in shop.records.lines(crowd.asks.ref) if line.author == "customer"]
    assert kinds == [MessageKind.TEXT, MessageKind.REACTION, MessageKind.UNKNOWN]
    assert crowd.staffs.head.owner is Owner.PERSON


def test_customers_who_write_at_once_each_get_their_own_answer(shop: Shop, bank: Shop) -> None:
    questions = [(shop, PAPUA), (shop, BALI), (shop, RETURNS), (bank, PLUS), (bank, CHAPS)] * 2
    customers = [(where.customer(), question) for where, question in questions]
    with ThreadPoolExecutor(len(customers)) as pool:
        list(pool.map(lambda each: each[0].says(each[1].words), customers))
    for customer, question in customers:
        (reply,) = customer.rests()
        assert question.answer in reply.text
        assert customer.outcomes == [("answered", "")]


def posted(shop: Shop, body: bytes, signature: str) -> Answer:
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
    return http("POST", shop.stack.endpoints.whatsapp.webhook_url, body, headers)


@pytest.mark.parametrize(
    ("broken", "status"), [("unsigned", 401), ("wrongly signed", 401), ("malformed", 400), ("too large", 413)]
)
def test_what_is_not_from_meta_or_not_a_webhook_is_refused(shop: Shop, broken: str, status: int) -> None:
    customer = shop.customer()
    body = webhooks.encode(webhooks.batch(shop.business, customer.text(PAPUA.words)))
    secret = shop.stack.endpoints.whatsapp.app_secret
    if broken == "malformed":
        body = body[:-1]
    if broken == "too large":
        body += b" " * 3_200_000
    signature = webhooks.sign(body, "another secret" if broken == "wrongly signed" else secret)
    refused = posted(shop, body, "" if broken == "unsigned" else signature)
    assert refused.status == status
    assert refused.body["status"] == status
    assert customer.known is None


def test_meta_can_verify_the_webhook(shop: Shop) -> None:
    whatsapp = shop.stack.endpoints.whatsapp
    asked = f"{whatsapp.webhook_url}?hub.mode=subscribe&hub.challenge=4711&hub.verify_token="
    assert http("GET", asked + whatsapp.verify_token).text == "4711"
    assert http("GET", asked + "guessed").status == 403
