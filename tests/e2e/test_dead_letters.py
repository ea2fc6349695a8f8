"""What nobody can process: recorded, given to a person, readable and redrivable by `sahut dlq`."""

import json
import os
import subprocess
import sys

import pytest

from sahut.adapters.dynamodb import keys
from sahut.domain.conversation import Owner
from sandbox.deploy import aws_environment
from sandbox.graph_api import webhooks
from sandbox.graph_api.webhooks import Business
from tests.e2e.questions import BALI, PAPUA
from tests.e2e.support import Customer, Shop, until
from tests.e2e.trouble import GATHERING, HANDING_OVER, REFUSED, Trouble


def sahut(shop: Shop, *arguments: str) -> str:
    """What the command line says; it must succeed."""
    endpoints = shop.stack.endpoints
    command = [sys.executable, "-m", "sahut.runtime.cli", "--stack", endpoints.stack_name, *arguments]
    environment = {**os.environ, **aws_environment(endpoints.aws_endpoint_url)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def poisoned(shop: Shop, trouble: Trouble) -> tuple[Customer, str]:
    """A customer whose question no attempt could settle, and the letter's id. The cause is mended."""
    customer = shop.customer()
    causes = [trouble.at(place, REFUSED, times=None) for place in (GATHERING, HANDING_OVER)]
    with trouble.impatient_queue(receives=2):
        customer.says(PAPUA.words)
        until(lambda: shop.records.letters(customer.ref), "a dead letter")
    for cause in causes:
        trouble.mend(cause)
    (notice,) = customer.rests()
    assert "Pesan Anda sudah saya teruskan ke petugas" in notice.text
    assert customer.outcomes == [("handed_over", "dead_letter")]
    assert customer.head.owner is Owner.WAITING
    (letter,) = shop.records.letters(customer.ref)
    return customer, str(letter["letter_id"])


def test_a_poison_message_reaches_a_person_and_is_answered_after_a_redrive(
    shop: Shop, trouble: Trouble
) -> None:
    customer, letter_id = poisoned(shop, trouble)
    assert len(customer.paths) == 2
    assert letter_id in sahut(shop, "dlq", "list")
    shown = json.loads(sahut(shop, "dlq", "show", letter_id))
    assert json.loads(shown["body"])["message_id"] == customer.said[0]
    assert PAPUA.words not in json.dumps(shown)

    assert sahut(shop, "dlq", "redrive", letter_id).split() == [letter_id, "redriven"]
    _, answer = customer.rests()
    assert PAPUA.answer in answer.text
    assert customer.outcomes == [("answered", "")]
    assert customer.head.owner is Owner.MACHINE
    assert letter_id not in sahut(shop, "dlq", "list")

    assert sahut(shop, "dlq", "redrive", letter_id).split() == [letter_id, "redriven"]
    assert len(customer.rests()) == 2
    customer.says(BALI.words)
    *_, latest = customer.rests()
    assert BALI.answer in latest.text


def test_a_redrive_leaves_alone_what_a_person_has_taken(shop: Shop, trouble: Trouble) -> None:
    customer, letter_id = poisoned(shop, trouble)
    assert customer.operator("take-over").status == 200
    assert sahut(shop, "dlq", "redrive", letter_id).split() == [letter_id, "settled"]
    assert len(customer.rests()) == 1
    assert customer.head.owner is Owner.PERSON


def test_a_letter_of_yesterday_stays_with_the_person(shop: Shop, trouble: Trouble) -> None:
    customer, letter_id = poisoned(shop, trouble)
    shop.stack.client("dynamodb").update_item(
        TableName=shop.stack.outputs["ConversationsTable"],
        Key={name: {"S": value} for name, value in keys.turn(customer.turns[0].ref).as_item().items()},
        UpdateExpression="SET first_claimed_at = first_claimed_at - :day",
        ExpressionAttributeValues={":day": {"N": str(25 * 3600)}},
    )
    assert sahut(shop, "dlq", "redrive", letter_id).split() == [letter_id, "stale"]
    assert len(customer.rests()) == 1
    assert customer.outcomes == [("handed_over", "dead_letter")]


@pytest.mark.parametrize("size", [0, 40_000], ids=["small", "too large for an item"])
def test_a_webhook_for_an_unknown_number_is_kept(shop: Shop, size: int) -> None:
    """Meta hears 200, or it would retry for ever."""
    customer = shop.customer()
    words = f"{customer.address} {'x' * size}"
    nowhere = Business("999999999999999")
    assert shop.receives_raw(webhooks.encode(webhooks.batch(nowhere, customer.text(words)))) == 200
    assert customer.known is None
    listed = json.loads(sahut(shop, "dlq", "list", "--json"))
    bodies = [
        json.loads(sahut(shop, "dlq", "show", letter["letter_id"]))["body"]
        for letter in listed
        if letter["kind"] == "unrouted" and ("object_key" in letter) == bool(size)
    ]
    assert any(words in body for body in bodies)
