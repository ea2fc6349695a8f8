"""The load against a product of ten lines: what is counted, and what is not."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Awaitable, Callable

import pytest

from bench import load
from bench.http_server import Request, Response, serve
from bench.load import Outcome, Plan, run_load
from bench.questions import QUESTIONS, question
from bench.reliability import deliver_three_times
from bench.side import Door
from bench.stubs import Stubs
from bench.webhooks import signature_header, text_webhook
from sandbox.model_api import quote_first_passage

NUMBER = next(iter(QUESTIONS))
Product = Callable[[str, Stubs], Awaitable[int]]


async def _drive(product: Product, plan: Plan) -> tuple[Outcome, Stubs]:
    stubs = Stubs()
    await stubs.start()

    async def hook(request: Request) -> Response:
        customer = json.loads(request.body)["entry"][0]["changes"][0]["value"]["messages"][0]["from"]
        return Response(b"{}", await product(customer, stubs))

    server, port = await serve(hook)
    door = Door(f"http://127.0.0.1:{port}/hook", "secret", (NUMBER,))
    outcome = await run_load(plan, door, stubs)
    server.close()
    stubs.stop()
    return outcome, stubs


async def _answers(customer: str, stubs: Stubs) -> int:
    body = json.dumps({"to": customer, "type": "text", "text": {"body": "Yes. [1]"}}).encode()
    stubs._accept_message(f"/v23.0/{NUMBER}/messages", body)
    return 200


@pytest.mark.parametrize("wait", [True, False])
def test_every_reply_is_timed_and_counted(wait: bool) -> None:
    outcome, stubs = asyncio.run(_drive(_answers, Plan(3, 4, wait)))
    assert len(outcome.messages) == len(outcome.replies_s) == len(outcome.acknowledgements_s) == 12
    assert (outcome.unanswered, outcome.refused) == (0, 0)
    assert outcome.turns_per_s > 0
    assert {sent.phone_number_id for sent in stubs.sent} == {NUMBER}


def test_a_refused_message_is_not_waited_for() -> None:
    async def refuses(_customer: str, _stubs: Stubs) -> int:
        return 404

    outcome, _ = asyncio.run(_drive(refuses, Plan(2, 2, True)))
    assert (outcome.refused, outcome.unanswered, outcome.turns_per_s) == (4, 0, 0.0)


def test_a_missing_reply_is_counted_and_its_customer_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "REPLY_TIMEOUT_S", 0.05)

    async def silent(_customer: str, _stubs: Stubs) -> int:
        return 200

    outcome, _ = asyncio.run(_drive(silent, Plan(1, 6, True)))
    assert outcome.unanswered == 6
    assert len({message.customer for message in outcome.messages}) == 6


def test_webhooks_are_signed_over_their_raw_bytes() -> None:
    body = text_webhook(NUMBER, "628", "Apa?", "wamid.1")
    expected = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert signature_header(body, "secret") == {"X-Hub-Signature-256": f"sha256={expected}"}


def test_questions_are_finished_and_repeat() -> None:
    assert all(text.endswith("?") for texts in QUESTIONS.values() for text in texts)
    assert question(NUMBER, 0) == question(NUMBER, len(QUESTIONS[NUMBER]))


def test_the_model_quotes_the_first_passage_of_the_last_question() -> None:
    prompt = (
        "Rules: a mark like [2].\nWe said before that it is so. [1]\n=== passages ===\n"
        "[1] Shipping\nWe ship on the same day before 14.00.\n\n[2] Other words that nobody wants here."
    )
    assert quote_first_passage(prompt) == "We ship on the same day before 14.00. [1]"
    assert "[1]" not in quote_first_passage("no passages here")


def test_replies_to_a_repeated_message_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.reliability._QUIET_S", 0.3)

    class TwiceAtMost:
        name = "twice"
        door: Door

    async def scenario() -> tuple[int, int, int]:
        stubs = Stubs()
        seen: dict[str, int] = {}

        async def hook(request: Request) -> Response:
            message = json.loads(request.body)["entry"][0]["changes"][0]["value"]["messages"][0]
            seen[message["id"]] = seen.get(message["id"], 0) + 1
            if seen[message["id"]] <= 2:
                await _answers(message["from"], stubs)
            return Response(b"{}")

        server, port = await serve(hook)
        side = TwiceAtMost()
        side.door = Door(f"http://127.0.0.1:{port}/hook", "secret", (NUMBER,))
        figures = await deliver_three_times(side, stubs, 2)  # type: ignore[arg-type]  # name and door suffice
        server.close()
        return figures.deliveries, figures.replies, figures.most

    assert asyncio.run(scenario()) == (6, 4, 2)
